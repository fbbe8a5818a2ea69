"""No setting of a run about texts is without effect: each is read on the road, or refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pandas as pd
import pytest
import yaml

from medtune.config.load import load_run
from medtune.config.section import Section
from medtune.config.text_data import HelpdeskColumns
from medtune.config.text_run import OF_FILMS, TextRun
from medtune.errors import ConfigError
from medtune.text.formats import Columns
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.train import train
from tests.text.pipelines import write_pipeline
from tests.workflow.text_runs import write_desk

# What a run of questions and intents does not read, and another value of it, which is refused.
REFUSED: dict[str, Any] = {
    "data.columns": {"ticket": "a", "role": "b", "body": "c"},
    "data.request": "Draft it.",
    "evaluation.planned": {"gain": 0.05},
    "evaluation.reference": "questions.csv",
    "evaluation.reference_accuracy": {"sensitivity": 0.9, "specificity": 0.9},
    "evaluation.operating_point": {"sensitivity": 0.8},
    "evaluation.refer": {"wrong_absent": 0.1},
    "evaluation.prevalences": {"intent": 0.5},
    "evaluation.act_at": {"intent": 0.5},
    "evaluation.proportions": "exact",
    "evaluation.auroc_interval": "logit",
    "evaluation.pool": "max",
    "evaluation.unusual": 0.1,
    "evaluation.read_again": 5,
    "evaluation.site": "site.yaml",
    "report.pictures": "all",
}
SHORT = ["training.epochs=2", "training.head_epochs=1"]
METHODS = ("layer_decay", "lora", "surgical")  # which have settings of their own


def settings_of(section: type[Section], before: str = "") -> Iterator[tuple[str, Any, str]]:
    """Every setting: its whole name, its section and its name there."""
    for name, field in section.model_fields.items():
        yield before + name, section, name
        if before + name not in REFUSED:
            for inner in sections_in(field.annotation):
                yield from settings_of(inner, f"{before}{name}.")


def sections_in(kind: Any) -> Iterator[type[Section]]:
    if isinstance(kind, type) and issubclass(kind, Section):
        yield kind
    for part in get_args(kind):
        yield from sections_in(part)


def pinned(section: type[Section], name: str) -> bool:
    """Whether there is one value only, so that every other one is refused."""
    kind = section.model_fields[name].annotation
    return get_origin(kind) is Literal and len(get_args(kind)) == 1


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    write_desk(folder, count=120)
    return folder


@pytest.fixture(scope="module")
def read(desk: Path) -> set[tuple[type, str]]:
    """The settings that the road reads, by section; validators of the sections do not count."""
    found: set[tuple[type, str]] = set()

    def seen(self: Section, name: str) -> Any:
        if name in type(self).model_fields:
            frame = sys._getframe(1)
            # a property of a section reads for whoever asked for it
            while (asker := frame.f_globals["__name__"]).startswith(("medtune.config.", __name__)):
                assert frame.f_back is not None
                frame = frame.f_back
            if asker.startswith("medtune."):
                found.add((type(self), name))
        return object.__getattribute__(self, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Section, "__getattribute__", seen)
        run = load_run(desk / "run.yaml", SHORT)
        check(run)
        train(run, show=False)
        evaluate(run, show=False)
        found_by = f"{{pipeline: {write_pipeline(desk / 'spacy').name}}}"
        check(load_run(desk / "run.yaml", [f"data.redact.presidio={found_by}"]))
        for method in METHODS:
            settings = [f"model.adapt={method}", f"name={method}", "training.epochs=1"]
            train(load_run(desk / "run.yaml", settings), show=False)
        asked = pd.read_csv(desk / "questions.csv").head(3)
        asked.to_csv(desk / "asked.csv", index=False)
        predict(run.runs / run.name, desk / "asked.csv", desk / "said.csv", show=False)
    return found


def test_every_setting_is_read_or_refused(read):
    idle = [
        whole
        for whole, section, name in settings_of(TextRun)
        if (section, name) not in read and whole not in REFUSED and not pinned(section, name)
    ]
    assert idle == []


@pytest.mark.parametrize("setting", REFUSED)
def test_what_is_not_read_is_refused(desk, setting):
    value = yaml.safe_dump(REFUSED[setting], default_flow_style=True).partition("\n")[0]
    with pytest.raises(ConfigError, match=setting):
        load_run(desk / "run.yaml", [f"{setting}={value}"])


def test_all_that_is_for_films_is_tried():
    assert {f"evaluation.{name}" for name in OF_FILMS} <= set(REFUSED)


def test_every_column_of_a_help_desk_is_handed_on():
    assert {*HelpdeskColumns.model_fields, "group"} == {field.name for field in fields(Columns)}
