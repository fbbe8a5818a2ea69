"""A run about texts: every setting got wrong is told by file, line, name and value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from medtune.config import TextRun
from medtune.config.explain import every_setting, schema_at
from medtune.config.load import dump_run, load_films_run, load_run, run_as_dict, run_schema
from medtune.config.text_data import INTENT, TAKEN
from medtune.errors import ConfigError
from medtune.evaluation.pooling import NOT_ATTRIBUTES
from medtune.tables import cases, predictions

SMALL = """\
name: desk
task: support_intent
data:
  format: intents
  files: q.csv
  group: customer
model:
  backbone: tiny
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the files that SMALL asks for, and SMALL itself as run.yaml."""
    (tmp_path / "tiny").mkdir()
    (tmp_path / "q.csv").write_text("text,label,customer\n")
    (tmp_path / "names.txt").write_text("Ada\n")
    (tmp_path / "run.yaml").write_text(SMALL)
    return tmp_path


INTENTS = "format: intents"
# Every alternative of the schema is used once, so that every setting can be got wrong.
WHOLE: dict[str, Any] = run_as_dict(
    TextRun.model_validate(
        {
            "name": "whole",
            "task": "support_intent",
            "data": {
                "format": "intents",
                "files": {"train": "q.csv", "test": "q.csv"},
                "group": "customer",
                "redact": {"names": "names.txt"},
                "attributes": ["product"],
            },
            "model": {"backbone": "tiny"},
            "training": {"more_seeds": [1]},
            "evaluation": {"compare_with": ["frozen_backbone", "tfidf"]},
        }
    )
)


def settings_in(value: Any, before: tuple[str, ...] = ()):
    for name, inner in value.items():
        yield (*before, name)
        if isinstance(inner, dict):
            yield from settings_in(inner, (*before, name))


# of one word or one number there is no other value of another type that YAML could mean
FIXED = {("training", name) for name in ("mixup", "cutmix", "devices", "nodes")}
SETTINGS = [s for s in settings_in(WHOLE) if s not in FIXED]
OF_HELPDESKS = "data.columns."


def test_every_setting_is_in_the_whole_run():
    there = {".".join(s) for s in settings_in(WHOLE)}
    lacking = [name for name in every_setting(TextRun) if name not in there]
    assert [name for name in lacking if not name.startswith(OF_HELPDESKS)] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=".".join)
def test_a_wrong_type_is_told(desk, refused, setting):
    kinds, field = schema_at(setting, TextRun)
    changed = yaml.safe_load(yaml.safe_dump(WHOLE))
    holder = changed
    for part in setting[:-1]:
        holder = holder[part]
    holder[setting[-1]] = "THE-PLACE"
    lines = yaml.safe_dump(changed, sort_keys=False).splitlines()
    (line,) = (number for number, row in enumerate(lines, start=1) if "THE-PLACE" in row)
    wrong = "['many']" if float in kinds else "3.5"
    (desk / "run.yaml").write_text("\n".join(lines).replace("THE-PLACE", wrong))
    name = ".".join(setting)
    said = [problem for problem in refused(desk / "run.yaml") if f"'{name}' must be" in problem]
    assert len(said) == 1
    assert said[0].startswith(f"run.yaml, line {line}: ")
    assert field.description in said[0]
    assert len(field.description) < 200
    assert field.description.endswith(".")


def test_a_run_is_read_back_as_it_was(desk, tmp_path_factory):
    run = load_run(desk / "run.yaml")
    assert isinstance(run, TextRun)
    assert run.data.work == desk / "work"
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "run.yaml"
    dump_run(run, elsewhere)
    assert load_run(elsewhere) == run


def test_a_run_can_start_from_another(desk):
    (desk / "more.yaml").write_text("start_from: run.yaml\nname: more\ndata: {max_tokens: 99}\n")
    run = load_run(desk / "more.yaml", ["training.epochs=2"])
    assert (run.name, run.data.max_tokens, run.data.group) == ("more", 99, "customer")
    assert run.training.epochs == 2


def test_the_schema_for_editors_knows_both_kinds_of_run(desk):
    schema = json.loads(json.dumps(run_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    written = yaml.safe_load(SMALL)
    jsonschema.validate(written, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**written, "model": {"backbone": "tiny", "image_size": 64}}, schema)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("task: support_intent", "task: suport_intent"), "Did you mean 'support_intent'?"),
        (("intents", "helpdesk"), "'data.format': 'task: support_intent' reads intents, not"),
        (("q.csv", "qq.csv"), "points to qq.csv, and there is no such file"),
        (("tiny", "tinny"), "there is no such folder. Did you mean 'tiny'?"),
        (("  group: customer\n", ""), "the setting 'data.group' is missing. Field or column"),
        (("format: intents", "format: intents\n  images: x"), "no setting called 'data.images'"),
        (("backbone", "image_size: 3\n  backbone"), "no setting called 'model.image_size'"),
        (("name: desk", "name: desk\nevaluation: {pool: max}"), "it is for findings on films"),
        (("name: desk", "name: desk\nevaluation: {subgroups: [age]}"), "none of 'data.attri"),
        (
            ("files: q.csv", "files: {train: q.csv}"),
            "'data.files': files by split need train and test",
        ),
        (
            ("group: customer", "group: customer\n  split: {by: time}"),
            "'by: time' needs 'data.time'",
        ),
        *(
            ((INTENTS, f"{INTENTS}\n  attributes: [product, {name}]"), f"'data.attributes': {said}")
            for name, said in (
                ("given", "the tables of a run have a column given already"),
                ("customer", "customer is 'data.group' already, and is not kept beside a text"),
                ("label", "label is 'data.label' already"),
                ("product", "product is there twice"),
                ("a=b", "its name cannot have '=' or '|'"),
            )
        ),
        *(
            ((INTENTS, f"format: {others}\n  {name}: {value}"), f"'data.{name}': it is of 'format:")
            for others, name, value in (
                ("openai_chat", "text", "question"),
                ("openai_chat", "label", "topic"),
                ("sharegpt", "out_of_scope", "none"),
                ("alpaca", "columns", "{ticket: a, role: b, body: c}"),
                ("intents", "request", "Draft it."),
                ("helpdesk", "id", "ticket"),
                ("helpdesk", "time", "created"),
                ("documents", "attributes", "[product]"),
            )
        ),
        (
            ("name: desk", "name: desk\ntraining: {augmentation: generic}"),
            "'training.augmentation' must be none",
        ),
        (("name: desk", "name: desk\ntraining: {devices: 2}"), "'training.devices' must be 1"),
        (("name: desk", "name: desk\ntraining: {nodes: 2}"), "'training.nodes' must be 1"),
        (
            (
                "name: desk",
                "name: desk\nevaluation: {answer_alone: null, primary: {measure: answered_right}}",
            ),
            "'evaluation.primary.measure': nothing is answered without a person where",
        ),
        (
            (
                "name: desk",
                "name: desk\nevaluation: {primary: {measure: answered_right}}\n"
                "training: {more_seeds: [1]}",
            ),
            "'training.more_seeds': the measure is answered_right; it is judged of one training",
        ),
    ],
)
def test_what_does_not_fit_is_told(desk, refused, change, said):
    (desk / "run.yaml").write_text(SMALL.replace(*change))
    assert any(said in problem for problem in refused(desk / "run.yaml"))


def test_no_attribute_is_taken_for_a_column_of_the_tables_of_a_run():
    of_tables = {*cases.COLUMNS, *predictions.COLUMNS, *NOT_ATTRIBUTES, "given", INTENT}
    assert of_tables <= TAKEN


def test_what_is_for_films_refuses_texts_in_a_sentence(desk):
    with pytest.raises(ConfigError, match=r"run\.yaml: this is for films, and 'task: support_int"):
        load_films_run(desk / "run.yaml")
