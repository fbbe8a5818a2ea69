from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_origin

import pytest
import yaml
from pydantic import ValidationError

from medtune.config import Run
from medtune.config.explain import every_setting, explain, schema_at, shown
from medtune.config.load import run_as_dict
from medtune.config.located import Located, Place
from medtune.config.run_kinds import RUN_OF
from medtune.config.section import Section

# Every alternative of the schema is used once, so that every setting can be got wrong.
WHOLE: dict[str, Any] = run_as_dict(
    Run.model_validate(
        {
            "name": "whole",
            "data": {
                "images": "dicom",
                "labels": "labels.csv",
                "include": {"body_part": ["CHEST"], "view": ["PA"]},
                "findings": {"opacity": {"present": ["a"], "absent": ["b"]}, "nodule": "c"},
                "uncertain": {"opacity": "soft"},
                "split": {"by": "site", "test_values": ["x"], "file": "labels.csv"},
            },
            "model": {"backbone": "timm/resnet18", "weights": "none"},
            "training": {"more_seeds": [1]},
            "search": {
                "space": {
                    "training.mixup": {"low": 0.1, "high": 0.4, "log": True},
                    "model.adapt": ["full", "norm"],
                },
            },
            "evaluation": {
                "compare_with": [
                    "frozen_backbone",
                    {"shipped": "dicom", "findings": {"theirs": "opacity"}},
                    {"scores": "labels.csv", "column": "ai", "threshold": 0.5, "name": "vendor"},
                ],
                "primary": {"finding": "opacity"},
                "planned": {"gain": 0.05, "discordant": 0.2},
                "reference_accuracy": {"sensitivity": 0.9, "specificity": 0.95},
                "operating_point": {
                    "opacity": {"sensitivity": 0.9},
                    "nodule": {"specificity": 0.9},
                },
                "subgroups": ["sex"],
            },
        }
    )
)

# Targets stand in the place of findings, so they are got wrong in a run of their own.
TARGETS: dict[str, Any] = {
    **WHOLE,
    "data": {
        **WHOLE["data"],
        "findings": {},
        "uncertain": "ignore",
        "targets": {
            "a": {"kind": "ordinal", "column": "b", "classes": ["0", "1"], "unit": None,
                  "range": None},
            "c": {"kind": "continuous", "column": None, "classes": None, "unit": "cm",
                  "range": [0.0, 1.0]},
        },
    },
}  # fmt: skip


def settings_in(value: Any, before: tuple[str | int, ...] = ()):
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in items:
        yield (*before, name)
        if isinstance(inner, (dict, list)):
            yield from settings_in(inner, (*before, name))


def limits_of(setting: tuple[str | int, ...]):
    """Values just outside of a number's range, and the words for what is allowed."""
    _, field = schema_at(setting)
    for rule in field.metadata:
        if hasattr(rule, "ge"):
            yield rule.ge - 1, f"at least {rule.ge:g}"
        if hasattr(rule, "gt"):
            yield rule.gt, f"greater than {rule.gt:g}"
        if hasattr(rule, "le"):
            yield rule.le + 1, f"at most {rule.le:g}"
        if hasattr(rule, "lt"):
            yield rule.lt, f"less than {rule.lt:g}"


def written_with(setting: tuple[str | int, ...], value: str) -> tuple[str, int]:
    """WHOLE as YAML with one value replaced, and the line on which that stands."""
    changed = yaml.safe_load(yaml.safe_dump(TARGETS if setting in OF_TARGETS else WHOLE))
    holder = changed
    for part in setting[:-1]:
        holder = holder[part]
    holder[setting[-1]] = "THE-PLACE"
    lines = yaml.safe_dump(changed, sort_keys=False).splitlines()
    (line,) = (number for number, row in enumerate(lines, start=1) if "THE-PLACE" in row)
    return "\n".join(lines).replace("THE-PLACE", value), line


def name_of(setting: tuple[str | int, ...]) -> str:
    return ".".join(part for part in setting if isinstance(part, str))


OF_TARGETS = list(settings_in(TARGETS["data"]["targets"], ("data", "targets")))
# What is listed in a space is held against another setting: tests/config/test_space.py.
LISTED = [("search", "space", "model.adapt", place) for place in (0, 1)]
SETTINGS = [s for s in [*settings_in(WHOLE), *OF_TARGETS] if s not in LISTED]


def test_the_whole_run_has_every_setting_and_is_right(hospital, refused):
    assert {".".join(map(str, s)) for s in SETTINGS} >= set(every_setting(Run))
    (hospital / "run.yaml").write_text(yaml.safe_dump(WHOLE))
    with pytest.raises(pytest.fail.Exception):
        refused(hospital / "run.yaml")


@pytest.mark.parametrize("setting", SETTINGS, ids=name_of)
def test_every_setting_of_the_wrong_type_is_told_by_file_line_name_and_value(
    hospital, setting, refused
):
    kinds, field = schema_at(setting)
    wrong = "['many']" if float in kinds else "3.5"
    text, line = written_with(setting, wrong)
    (hospital / "run.yaml").write_text(text)
    said = [p for p in refused(hospital / "run.yaml") if f"'{name_of(setting)}' must be" in p]
    assert len(said) == 1
    assert said[0].startswith(f"run.yaml, line {line}: ")
    assert f"but is {'a list' if float in kinds else '3.5'}." in said[0]
    assert field.description in said[0]


@pytest.mark.parametrize(
    ("setting", "value", "allowed"),
    [
        pytest.param(setting, value, allowed, id=f"{name_of(setting)}={value}")
        for setting in SETTINGS
        for value, allowed in limits_of(setting)
    ],
)
def test_every_number_out_of_its_range_is_told(hospital, setting, value, allowed, refused):
    text, line = written_with(setting, str(value))
    (hospital / "run.yaml").write_text(text)
    said = [p for p in refused(hospital / "run.yaml") if f"'{name_of(setting)}' must be" in p]
    assert len(said) == 1
    assert said[0].startswith(f"run.yaml, line {line}: '{name_of(setting)}' must be {allowed}, ")
    assert f"but is {value}." in said[0]


@pytest.mark.parametrize("setting", SETTINGS, ids=name_of)
def test_every_setting_says_in_a_sentence_what_it_is_for(setting):
    _, field = schema_at(setting)
    assert field.description.endswith(".")
    assert 10 < len(field.description) < 200


def test_the_sentences_of_the_design(hospital, refused, small):
    (hospital / "run.yaml").write_text(
        small.replace("labels.csv", "lables.csv")
        + "training:\n  learing_rate: 1e-4\n  epochs: five\n"
    )
    assert refused(hospital / "run.yaml") == [
        "run.yaml, line 4: 'data.labels' points to lables.csv, and there is no such file. "
        "Did you mean 'labels.csv'?",
        "run.yaml, line 10: there is no setting called 'training.learing_rate'. "
        "Did you mean 'learning_rate'?",
        "run.yaml, line 11: 'training.epochs' must be a whole number, but is 'five'. "
        "Most passes over the training films, all layers.",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("epochs: 5", "there is no setting called 'epochs'. Did you mean 'training.epochs'?"),
        ("qqq: 5", "there is no setting called 'qqq'. There are: name, task, data, site, model"),
        (
            "training: {epochs: true}",
            "'training.epochs' must be a whole number, but is true.",
        ),
        (
            'training: {epochs: "5"}',
            "'training.epochs' must be a whole number, but is '5'.",
        ),
        ("training: fast", "'training' must be a section with settings below it, but is 'fast'."),
        (
            "evaluation: {operating_point: {sensitivity: 90}}",
            "'evaluation.operating_point.sensitivity' must be less than 1, but is 90.",
        ),
        ("site: 2024", "'site' must be text, but is 2024. Put it in quotes."),
        (
            "training: {augmentation: genric}",
            "'training.augmentation' must be one of: none, generic, site, but is 'genric'. "
            "Did you mean 'generic'?",
        ),
        (
            "training: {loss: focla}",
            "'training.loss' must be one of: bce, focal, asymmetric, but is 'focla'. "
            "Did you mean 'focal'?",
        ),
        (
            "training: {loss: asymmetric, positive_weights: balanced}",
            "'training.positive_weights': 'loss: asymmetric' weighs present findings by a rule of "
            "its own; take 'positive_weights' away, or write 'loss: bce'.",
        ),
        (
            "training: {sampler: class_balanced, positive_weights: balanced}",
            "'training.positive_weights': 'sampler: class_balanced' draws rare findings more often "
            "already; take one of the two away.",
        ),
        (
            "training: {seed: 2, more_seeds: [1, 2]}",
            "'training.more_seeds': the seed 2 is there already, and would be trained twice.",
        ),
        ("training: {weight_decay: .nan}", "'training.weight_decay' must be a number, but is nan."),
        (
            "evaluation: {compare_with: []}",
            "'evaluation.compare_with' must be at least 1 long, but is empty.",
        ),
        (
            "evaluation: {compare_with: [frozen_bakbone]}",
            "'evaluation.compare_with' must be frozen_backbone, or {shipped, findings, "
            "trained_on}, or {scores, id, column, finding, threshold, name, trained_on}, but is "
            "'frozen_bakbone'. "
            "Did you mean 'frozen_backbone'?",
        ),
        (
            "evaluation: {compare_with: [{score: labels.csv, column: a}]}",
            "there is no setting called 'evaluation.compare_with.score'. Did you mean 'scores'?",
        ),
        (
            "evaluation: {compare_with: [{shipped: dicom, column: a}]}",
            "there is no setting called 'evaluation.compare_with.column'. "
            "There are: shipped, findings, trained_on.",
        ),
        (
            "evaluation: {compare_with: [{scores: labels.csv}]}",
            "the setting 'evaluation.compare_with.column' is missing. The column with the score.",
        ),
        (
            "evaluation: {compare_with: [{shipped: dicom}, {shipped: dicom}]}",
            "'evaluation.compare_with': two models are called shipped:dicom: "
            "give one another name.",
        ),
        (
            "evaluation: {primary: {compared_with: shipped:nih}}",
            "'evaluation.primary.compared_with': shipped:nih is none of the models in "
            "'compare_with': frozen_backbone.",
        ),
        (
            "evaluation: {primary: {finding: nodule}}",
            "'evaluation.primary.finding': nodule is none of the findings: opacity.",
        ),
        (
            "evaluation: {compare_with: [{shipped: dicom, findings: {theirs: nodule}}]}",
            "'evaluation.compare_with.findings.theirs': nodule is none of the findings: opacity.",
        ),
        (
            "evaluation: {operating_point: {nodule: {sensitivity: 0.9}}}",
            "'evaluation.operating_point.nodule': nodule is none of the findings: opacity.",
        ),
        (
            "evaluation: {operating_point: {sensitivity: 0.9, specificity: 0.9}}",
            "'evaluation.operating_point': give either sensitivity or specificity, one of the two.",
        ),
        (
            "evaluation: {operating_point: {sensitivty: 0.9}}",
            "there is no setting called 'evaluation.operating_point.sensitivty'. "
            "Did you mean 'sensitivity'?",
        ),
    ],
)
def test_what_is_wrong_with_line_9(hospital, more, said, refused, small):
    (hospital / "run.yaml").write_text(small + more + "\n")
    (problem,) = refused(hospital / "run.yaml")
    assert problem.startswith(f"run.yaml, line 9: {said}")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("name: small", "name: a b", 1, "'name' must be made of the characters that are allowed"),
        ("name: small\n", "", 1, "the setting 'name' is missing. Name of the run"),
        ("  labels: labels.csv\n", "", 2, "'data.labels': it is missing: a table of labels, or a"),
        ("[opacity]", "", 5, "'data.findings' must be settings, 'name: value' each, but is empty."),
        ("[opacity]", "[a, a]", 5, "'data.findings': the finding a is listed twice."),
        ("[opacity]", "[a, 3]", 5, "'data.findings': each finding is the name of a column"),
        (
            "[opacity]",
            "[]",
            5,
            "'data.findings': there is nothing to learn: name 'findings', or",
        ),
        ("[opacity]", "[a]\n  train_studies: 0", 6, "'data.train_studies' must be at least 1"),
        (
            "[opacity]",
            "[a]\n  train_studies: some",
            6,
            "'data.train_studies' must be all, or a whole number, but is 'some'.",
        ),
        (
            "[opacity]",
            "[a]\n  uncertain: {b: ignore}",
            6,
            "'data.uncertain.b': b is none of the findings: a.",
        ),
        (
            "[opacity]",
            "[a]\n  uncertain: ignroe",
            6,
            "'data.uncertain' must be one of: ignore, positive, negative, soft, or one for each "
            "finding by name, but is 'ignroe'. Did you mean 'ignore'?",
        ),
        (
            "[opacity]",
            "[a]\n  split: {train: 0.9}",
            6,
            "'data.split': the shares train, tune, calibration and test must add up to 1, "
            "but give 1.25.",
        ),
        (
            "[opacity]",
            "[a]\n  split:\n    seed: 1\n    by: scanner",
            8,
            "'data.split.by': 'by: scanner' needs 'test_values', the scanners held out as test.",
        ),
        (
            "timm/resnet18",
            "resnet18",
            7,
            "'model.backbone': a backbone is written timm/NAME, monai/NAME, torchvision/NAME or "
            "xrv/NAME, but is 'resnet18'.",
        ),
    ],
)
def test_what_else_can_be_wrong(hospital, old, new, line, said, refused, small):
    (hospital / "run.yaml").write_text(small.replace(old, new))
    (problem,) = refused(hospital / "run.yaml")
    assert problem.startswith(f"run.yaml, line {line}: {said}")


def test_a_misspelt_setting_is_one_mistake_not_two(hospital, refused, small):
    (hospital / "run.yaml").write_text(small.replace("labels:", "lables:"))
    assert refused(hospital / "run.yaml") == [
        "run.yaml, line 4: there is no setting called 'data.lables'. Did you mean 'labels'?"
    ]


def test_everything_is_told_at_once_in_file_order(hospital, refused, small):
    text = small.replace("dicom", "dicmo").replace("timm/", "").replace("small", "1")
    (hospital / "run.yaml").write_text(text + "name: b\ntraining: {seed: -1}\n")
    lines = [p.partition(":")[0] for p in refused(hospital / "run.yaml")]
    assert lines == [f"run.yaml, line {n}" for n in (1, 3, 7, 9, 10)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("/data/anna/x.csv", "'x.csv'"),
        ("runs/nih", "'runs/nih'"),
        ("a" * 100, f"'{'a' * 60} ...'"),
        (None, "empty"),
        ({}, "empty"),
        (False, "false"),
        (0, "0"),
        (1e-5, "1e-05"),
    ],
)
def test_a_value_is_shown_short_and_without_folders(value, words):
    assert shown(value) == words


# What each plain type of a union is called, so that no alternative is left unsaid.
CALLED: dict[Any, str] = {int: "a whole number", float: "a number"}


def words_or_more():
    """The settings of every kind of run that are a word of a list, or something else."""
    schemas = {schema.__name__: schema for schema in RUN_OF.values()}
    for schema in schemas.values():
        for name in every_setting(schema):
            kinds, _ = schema_at(tuple(name.split(".")), schema)
            others = [kind for kind in kinds if get_origin(kind) is not Literal]
            if {*others} - {type(None)} and len(others) < len(kinds):
                yield pytest.param(schema, name, others, id=f"{schema.__name__}.{name}")


@pytest.mark.parametrize(("schema", "name", "others"), [*words_or_more()])
def test_what_is_no_word_of_a_list_is_told_all_that_it_may_be(
    schema: type[Section], name: str, others: list[Any]
) -> None:
    value: Any = "0,001"
    for part in reversed(name.split(".")):
        value = {part: value}
    with pytest.raises(ValidationError) as caught:
        schema.model_validate(value)
    found = Located(value, {(): Place(0, 1, "run.yaml", Path())})
    (said,) = (
        str(problem)
        for problem in explain(caught.value, found, schema)
        if f"'{name}' must be" in str(problem)
    )
    for kind in others:
        if get_origin(kind) is dict:
            assert ", or one for each finding by name, but" in said
        elif kind is not type(None):
            assert f", or {CALLED[kind]}, but is '0,001'." in said


def test_a_decimal_comma_is_told_that_a_number_would_do(hospital, refused):
    (said,) = refused(hospital / "run.yaml", "training.learning_rate=0,001")
    assert "'training.learning_rate' must be find, or a number, but is '0,001'." in said
