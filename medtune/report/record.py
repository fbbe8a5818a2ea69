"""How it was made: the settings, versions and digests that a reader may know. No path is one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from medtune.config.site import site_name
from medtune.report.cells import Cells
from medtune.report.words import Words
from medtune.tables.nouns import RETOLD, retold
from medtune.tables.results import Result

Entry = tuple[str, str]
Group = tuple[str, str, list[Entry]]  # key, title, entries

# What is printed of a run is listed here; whatever is not, paths above all, is not printed.
DATA = ("sampling", "train_studies", "unlabelled", "uncertain")
MODEL = (
    "backbone",
    "adapt",
    "layer_decay",
    "surgical_blocks",
    "lora_rank",
    "batch_norm",
    "image_size",
    "views",
    "most_views",
)
TRAINING = (
    "epochs",
    "batch_size",
    "packing",
    "devices",
    "nodes",
    "strategy",
    "learning_rate",
    "head_epochs",
    "head_learning_rate",
    "weight_decay",
    "patience",
    "warm_up",
    "films_at_once",
    "max_hours",
    "keep",
    "loss",
    "positive_weights",
    "label_smoothing",
    "sampler",
    "mixup",
    "cutmix",
    "augmentation",
    "seed",
    "more_seeds",
    "device",
    "precision",
    "compile",
)
JUDGING = ("level", "resamples", "seed", "pool", "min_cell", "min_patients_of_each_class")
DIGESTS = ("model_sha256", "cases_sha256", "splits_sha256", "table_sha256")
NOT_VERSIONS = (*DIGESTS, "hardware", "card", "studies", "undecodable_films")
TUNED = "tune_"  # what the tune split said of the weights: no version either


def record(
    result: Result,
    cells: Cells,
    run: Mapping[str, Any],
    environment: Mapping[str, Any],
    words: Words,
) -> list[Group]:
    """Groups of printed settings, each with its key and title.

    Args:
        result: what was found.
        cells: of the result.
        run: the resolved run; only what is listed above is read.
        environment: versions and digests.
        words: of the language.
    """
    data, model = run.get("data") or {}, run.get("model") or {}
    said = words.record_names
    judging = _chosen(result.settings, JUDGING)
    for finding, target in result.settings.get("operating_points", {}).items():
        name = said["operating_point"].format(finding=words.finding_name(finding))
        judging.append((name, _plain(target)))
    groups = [
        ("data", [*_chosen(data, DATA), *_data(run, data, words), *_labelled(result, words)]),
        (
            "model",
            [*_chosen(model, MODEL), *_weights(model), *_flat(environment.get("card") or {})],
        ),
        ("training", [*_chosen(run.get("training") or {}, TRAINING), *_search(run, words)]),
        ("judging", judging),
        ("reference", _reference(result.settings.get("reference") or {}, words)),
        ("digests", _chosen(environment, DIGESTS)),
        (
            "versions",
            [
                (name, _plain(value))
                for name, value in environment.items()
                if name not in NOT_VERSIONS and not name.startswith(TUNED)
            ],
        ),
        ("hardware", list(_flat(environment.get("hardware") or {}))),
    ]
    if (about := str(result.settings.get("about"))) in RETOLD:
        groups = [(title, [(retold(k, about), said) for k, said in each]) for title, each in groups]
    return [(key, words.record_groups[key], entries) for key, entries in groups if entries]


def _data(run: Mapping[str, Any], data: Mapping[str, Any], words: Words) -> list[Entry]:
    entries = [("site", site_name(str(run["site"])))] if "site" in run else []
    for finding, rule in (data.get("findings") or {}).items():
        said = words.record_names["present"].format(columns=", ".join(rule["present"]))
        if rule.get("absent"):
            said += words.record_names["absent"].format(columns=", ".join(rule["absent"]))
        name = words.record_names["finding"].format(finding=words.finding_name(finding))
        entries.append((name, said))
    for target, said in (data.get("targets") or {}).items():
        name = words.record_names["target"].format(target=words.finding_name(target))
        entries.append((name, _plain({k: v for k, v in said.items() if v is not None})))
    entries += _flat(data.get("include") or {})
    split = data.get("split") or {}
    entries += [
        (words.record_names["split"].format(name=name), value)
        for name, value in _chosen(split, ("train", "tune", "calibration", "test", "by", "seed"))
    ]
    return entries


def _search(run: Mapping[str, Any], words: Words) -> list[Entry]:
    """Among how many trials the settings were chosen, where a search chose them."""
    trials = (run.get("search") or {}).get("chosen_from")
    return [] if trials is None else [(words.record_names["chosen"], str(trials))]


def _reference(reference: Mapping[str, Any], words: Words) -> list[Entry]:
    """The table that was read for the test: its name, digest, readers, and what it changed."""
    if not reference:
        return []
    said = {
        "table": reference["table"],
        "sha256": reference["sha256"],
        "read": reference["read"],
        "not read": reference["not_read"],
        **reference["who"],
        **{
            f"changed, {words.finding_name(finding)}": counts
            for finding, counts in reference["changed"].items()
        },
    }
    return [(_name(key), _plain(value)) for key, value in said.items()]


def _labelled(result: Result, words: Words) -> list[Entry]:
    return [
        (words.record_names["labelled"].format(name=name), str(count))
        for name, count in result.settings.get("labelled_studies", {}).items()
    ]


def _weights(model: Mapping[str, Any]) -> list[Entry]:
    """Where the weights came from, without the folders before it."""
    return [("weights", PurePath(str(model["weights"])).name)] if "weights" in model else []


def _chosen(section: Mapping[str, Any], names: tuple[str, ...]) -> list[Entry]:
    written = [name for name in names if name in section and section[name] != []]
    return [(_name(name), _plain(section[name])) for name in written]


def _flat(section: Mapping[str, Any]) -> list[Entry]:
    return [(_name(key), _plain(value)) for key, value in section.items() if value is not None]


def _name(key: str) -> str:
    return key.replace("_sha256", "").replace("_", " ")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_name(str(key))} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(inner) for inner in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
