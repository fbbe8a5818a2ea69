"""``medtune train``: from a run to a finished model."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.errors import DataError
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.pooling import pool_studies, roll
from medtune.films.store import Decoded
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware, choose
from medtune.learning.lesson import Lesson
from medtune.learning.predict import score
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table, write_cases_table
from medtune.tables.schema import write_table, write_text
from medtune.tables.splits import read_splits, write_splits
from medtune.vision import augment
from medtune.vision.backbones import card_name
from medtune.vision.card import Card, TaughtWith, origin_of
from medtune.vision.fitting import most_views
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import must_start_alike, save, start, with_thresholds
from medtune.workflow.balancing import loss_for, odds_for
from medtune.workflow.cases import gather, private
from medtune.workflow.decoding import decode, readable, spec_of
from medtune.workflow.firewall import find_leaks, refuse_leaks
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.progress import say, silent
from medtune.workflow.rerun import refuse_another
from medtune.workflow.scoring import rows, samples
from medtune.workflow.splitting import split, taught
from medtune.workflow.studies import (
    Grouping,
    can_be_seen,
    films_of_splits,
    grouping_of,
    pools,
    read_films,
    studies_of,
    studies_of_splits,
    without_late_films,
)


def train(run: Run, *, allow: Sequence[str] = (), show: bool = True) -> Path:
    """Fine-tune a model, or go on with a fine-tuning that was interrupted.

    Args:
        run: as ``load_run`` gives it.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.

    Returns:
        The run's folder. A finished run is left as it is.

    Raises:
        RunError: the folder holds a run with other settings.
        LeakError: what is in the test would be known before; see ``medtune check``.
        InputError: films, labels, weights or settings that cannot be used.
    """
    tell = say if show else silent
    folder = RunFolder(run.runs / run.name)
    if folder.begun:
        refuse_another(run, folder)
        if folder.finished:
            tell(f"The run {run.name} is finished already; nothing was trained.")
            return folder.path
    hardware = choose(run.training)
    tell(f"training on {hardware.words}")
    findings, spec = list(run.data.findings), spec_of(run)
    origin = origin_of(run.model)
    must_start_alike(run.model, spec)
    cases, splits, decoded, grouping = _prepared(run, folder, allow, show=show)
    cases_of = {
        name: cases[cases["case_id"].isin(splits.loc[splits["split"] == name, "case_id"])]
        for name in ("train", "tune", "calibration")
    }
    usable = {
        name: part[can_be_seen(decoded, part, grouping)].reset_index(drop=True)
        for name, part in cases_of.items()
    }
    _refuse_poor_splits(usable, findings)
    labelled = {
        name: part[part[findings].notna().any(axis=1) | (part["uncertain"].fillna("") != "")]
        for name, part in usable.items()
    }
    if grouping is not None:
        tell(grouping.words(decoded, cases))
    network = start(run.model, findings, spec, seed=run.training.seed)
    network.to(hardware.device)
    policy = run.data.uncertain_policy
    change = augment.change(augment.generic()) if run.training.augmentation == "generic" else None
    teach = samples(decoded, labelled["train"], findings, grouping, policy=policy, change=change)
    task = XrayFindings(findings, loss_for(run, teach, tell))
    lesson = Lesson(
        task=task,
        network=network,
        train=teach,
        tune=samples(decoded, labelled["tune"], findings, grouping),
        model=run.model,
        training=run.training,
        hardware=hardware,
        folder=folder.checkpoints,
        metrics=folder.metrics,
        say=tell,
        odds=odds_for(run, teach, labelled["train"]["group_id"], tell),
    )
    tune_auroc, tune_loss = fit(lesson)
    card = Card(
        name=run.name,
        site=run.site,
        backbone=card_name(run.model.backbone),
        normalisation=network.backbone.normalisation,  # type: ignore[arg-type]
        preprocessing=spec,
        include=run.data.include.model_dump(mode="json"),
        findings=findings,
        version=importlib.metadata.version("medtune"),
        origin=origin,
        taught_with=_taught_with(folder, labelled, decoded, grouping),
        views=run.model.views,
        most_views=most_views(run.model),
    )
    calibration = usable["calibration"]
    if len(calibration):
        shown = samples(decoded, calibration, findings, grouping)
        scores = score(task, network, shown, hardware)
        card = _with_thresholds(run, card, calibration, scores, splits)
    dark = _undecodable(read_films(folder), splits, decoded, grouping)
    _write_environment(folder, run, hardware, tune_auroc, tune_loss, usable, dark)
    save(network, card, folder.model)
    tell(f"finished: tune AUROC {tune_auroc:.4f}")
    return folder.path


def _prepared(
    run: Run, folder: RunFolder, allow: Sequence[str], *, show: bool
) -> tuple[pd.DataFrame, pd.DataFrame, Decoded, Grouping | None]:
    """Cases, split and films of the run: those it began with, or new ones, written down."""
    spec = spec_of(run)
    if folder.begun:
        films = read_films(folder)
        decoded = decode(run.data.work, films, spec, private=private(run), show=show)
        cases, splits = read_cases_table(folder.cases), read_splits(folder.splits)
        return cases, splits, decoded, grouping_of(run.model, films)
    gathered = gather(run, show=show)
    ahead = split(run, gathered.cases, store=False)
    decoded = decode(run.data.work, gathered.cases, spec, private=private(run), show=show)
    leaks = find_leaks(run, gathered, taught(run, gathered.cases, ahead), decoded, show=show)
    refuse_leaks(leaks, allow)
    whole = split(run, gathered.cases)
    splits = taught(run, gathered.cases, whole)
    flow = _flow(gathered.flow, gathered.cases, whole, splits)
    cases = gathered.cases[gathered.cases["case_id"].isin(splits["case_id"])]
    cases = cases.reset_index(drop=True)
    refuse_taught_test_patients(run, cases, splits)
    films = cases
    if pools(run.model):
        films = without_late_films(films, splits)
        cases = studies_of(films, list(run.data.findings))
        splits = studies_of_splits(films, splits)
    write_text(run_as_yaml(run), folder.config)
    write_table(leaks.assign(allowed=leaks["leak"].isin(allow)), folder.leaks)
    write_table(flow, folder.flow)
    write_splits(splits, folder.splits)
    if pools(run.model):
        write_cases_table(films, folder.films)
    write_cases_table(cases, folder.cases)
    return cases, splits, decoded, grouping_of(run.model, films)


def _flow(
    flow: pd.DataFrame, cases: pd.DataFrame, whole: pd.DataFrame, splits: pd.DataFrame
) -> pd.DataFrame:
    """The flow so far, and how the cases went to the splits."""
    steps = [flow.assign(split=None)]
    unused = whole[~whole["case_id"].isin(splits["case_id"])]
    for name, reason, ids in [
        *((name, None, part["case_id"]) for name, part in splits.groupby("split")),
        ("train", "left out by 'data.train_studies'", unused["case_id"]),
    ]:
        part = cases[cases["case_id"].isin(ids)]
        if len(part):
            counts = {
                "films": len(part),
                "studies": part["study_id"].nunique(),
                "patients": part["group_id"].nunique(),
            }
            steps.append(
                pd.DataFrame([{"step": "split", "split": name, "reason": reason, **counts}])
            )
    return pd.concat(steps, ignore_index=True)


def _refuse_poor_splits(usable: dict[str, pd.DataFrame], findings: list[str]) -> None:
    """Refuse splits that cannot teach or cannot select.

    Raises:
        DataError: no finding has both values in train, or in tune.
    """
    for name, part in usable.items():
        if name == "calibration":
            continue
        both = [f for f in findings if {0, 1} <= set(part[f].dropna().astype(int))]
        if not both:
            said = "; ".join(
                f"{f}: {int((part[f] == 1).sum())} present, {int((part[f] == 0).sum())} absent"
                for f in findings[:5]
            )
            raise DataError(
                f"No finding has both present and absent films in the {name} split ({said}). "
                "More labelled studies are needed, or another 'data.split'."
            )


def _taught_with(
    folder: RunFolder,
    used: dict[str, pd.DataFrame],
    decoded: Decoded,
    grouping: Grouping | None,
) -> TaughtWith:
    """What taught, tuned and calibrated, for the card: digests and counts."""
    return TaughtWith(
        cases_sha256=sha256_of(folder.cases),
        splits_sha256=sha256_of(folder.splits),
        counts={
            name: {
                "films": len(part if grouping is None else grouping.seen(decoded, part)),
                "studies": int(part["study_id"].nunique()),
                "patients": int(part["group_id"].nunique()),
            }
            for name, part in used.items()
        },
    )


def _with_thresholds(
    run: Run,
    card: Card,
    calibration: pd.DataFrame,
    scores: NDArray[np.float64],
    splits: pd.DataFrame,
) -> Card:
    """The card with the thresholds that the scores of the calibration split give."""
    none = pd.Series([None] * len(calibration), dtype=object)
    predictions = rows(calibration, splits, "fine_tuned", card.findings, scores, none)
    studies = pool_studies(predictions, run.evaluation.pool, "calibration")
    thresholds, targets = {}, {}
    for finding in card.findings:
        called = roll(studies, finding, "calibration")
        known = np.isfinite(called.reference) & np.isfinite(called.score[0])
        target = run.evaluation.target_of(finding)
        threshold = choose_threshold(called.score[0][known], called.reference[known] == 1, target)
        if threshold is not None:
            thresholds[finding] = threshold
            targets[finding] = target.model_dump(exclude_none=True)
    return with_thresholds(card, thresholds, targets)


def _undecodable(
    films: pd.DataFrame, splits: pd.DataFrame, decoded: Decoded, grouping: Grouping | None
) -> dict[str, int]:
    """Films that cannot be decoded, by split."""
    by_film = splits if grouping is None else films_of_splits(films, splits)
    dark = films.loc[~readable(decoded, films), "case_id"]
    lost = by_film.loc[by_film["case_id"].isin(dark), "split"].value_counts()
    return {name: int(lost.get(name, 0)) for name in ("train", "tune", "calibration")}


PACKAGES = ("torch", "torchvision", "timm", "monai", "lightning", "pydicom", "albumentations",
            "scikit-learn", "numpy", "imagecodecs")  # fmt: skip


def _write_environment(
    folder: RunFolder,
    run: Run,
    hardware: Hardware,
    tune_auroc: float,
    tune_loss: float,
    usable: dict[str, pd.DataFrame],
    undecodable: dict[str, int],
) -> None:
    """What it was made with and how many films taught; names no host and no user."""
    content = {
        "medtune": importlib.metadata.version("medtune"),
        "python": platform.python_version(),
        "system": platform.system(),
        **{name: importlib.metadata.version(name) for name in PACKAGES},
        "hardware": asdict(hardware),
        "tune_auroc": tune_auroc,
        "tune_loss": tune_loss,
        "studies": {name: int(part["study_id"].nunique()) for name, part in usable.items()},
        "undecodable_films": undecodable,
        "cases_sha256": sha256_of(folder.cases),
        "splits_sha256": sha256_of(folder.splits),
    }
    write_text(json.dumps(content, indent=1), folder.environment)
