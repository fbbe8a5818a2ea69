"""A run about conversations: every setting got wrong is told by file, line, name and value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from medtune.config.explain import every_setting, schema_at
from medtune.config.load import dump_run, load_run, run_as_dict, run_schema
from medtune.config.text_run import ChatRun
from tests.config.test_text import FIXED, OF_HELPDESKS, settings_in

SMALL = """\
name: desk
task: support_chat
data:
  format: openai_chat
  files: q.jsonl
  group: customer
model:
  backbone: tiny
"""
WHOLE: dict[str, Any] = run_as_dict(
    ChatRun.model_validate({
        **yaml.safe_load(SMALL),
        "data": {
            "format": "openai_chat",
            "files": {"train": "q.jsonl", "test": "q.jsonl"},
            "group": "customer",
            "redact": {"names": "names.txt"},
            "attributes": ["product"],
        },
        "evaluation": {
            "generic": "generic.txt", "generated": 1, "glossary": "terms.txt",
            "drafts": {
                "terms": "terms.txt", "citations": "terms.txt", "checklist": "terms.txt",
                "bank": "terms.txt", "other_houses": "terms.txt",
            },
        },
    })
)  # fmt: skip
FIXED_HERE = FIXED | {("training", "label_smoothing")}
SETTINGS = [setting for setting in settings_in(WHOLE) if setting not in FIXED_HERE]
OF_INTENTS = "evaluation.answer_alone."


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the files that SMALL asks for, and SMALL itself as run.yaml."""
    (tmp_path / "tiny").mkdir()
    for name in ("q.jsonl", "names.txt", "generic.txt", "terms.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "run.yaml").write_text(SMALL)
    return tmp_path


def test_every_setting_is_in_the_whole_run():
    there = {".".join(setting) for setting in settings_in(WHOLE)}
    lacking = [name for name in every_setting(ChatRun) if name not in there]
    assert [name for name in lacking if not name.startswith((OF_HELPDESKS, OF_INTENTS))] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=".".join)
def test_a_wrong_type_is_told(desk, refused, setting):
    kinds, field = schema_at(setting, ChatRun)
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
    run = load_run(desk / "run.yaml", ["evaluation.generic=generic.txt"])
    assert isinstance(run, ChatRun)
    assert (run.data.learned, run.data.kind) == (["answer"], "text")
    assert run.evaluation.generic == desk / "generic.txt"
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "run.yaml"
    dump_run(run, elsewhere)
    assert load_run(elsewhere) == run


def test_the_schema_for_editors_tells_the_tasks_apart(desk):
    schema, written = run_schema(), yaml.safe_load(SMALL)
    jsonschema.validate(written, schema)
    jsonschema.validate({**written, "training": {"packing": True}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**written, "model": {"backbone": "tiny", "adapt": "gradual"}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {**written, "task": "support_intent", "training": {"packing": True}}, schema
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("openai_chat", "intents"), "'data.format': 'task: support_chat' reads openai_chat or"),
        (("openai_chat", "documents"), "'data.format': 'task: support_chat' reads openai_chat or"),
        (("backbone: tiny", "backbone: tiny\n  adapt: lp_ft"), "'model.adapt' must be"),
        (("name: desk", "name: desk\nevaluation: {answer_alone: {}}"), "it is for intents, whose"),
        (
            ("name: desk", "name: desk\nevaluation: {compare_with: [tfidf]}"),
            "must be one of: untouched, from_scratch",
        ),
        (("name: desk", "name: desk\nevaluation: {generic: g.txt}"), "there is no such file"),
        (("name: desk", "name: desk\ntraining: {more_seeds: [1]}"), "with one seed so far"),
        (
            ("name: desk", "name: desk\ntraining: {keep: swa}"),
            "swa averages weights, and the average of adapters is not",
        ),
        (
            ("backbone: tiny", "backbone: tiny\n  adapt: full\n  four_bits: true"),
            "'model.four_bits': with 'adapt: full' weights need all their bits",
        ),
        (
            ("name: desk", "name: desk\nevaluation: {primary: {measure: edit_effort_words}}"),
            "'evaluation.primary.measure': it is measured in what is written: set 'generated' too",
        ),
        (("name: desk", "name: desk\nevaluation: {drafts: {}}"), "'evaluation.drafts': drafts are"),
        (
            ("name: desk", "name: desk\nevaluation: {primary: {compared_with: tfidf}}"),
            "tfidf is none of the models in 'compare_with': untouched, from_scratch",
        ),
        (
            ("name: desk", "name: desk\nevaluation: {primary: {measure: macro_auroc}}"),
            "it is judged by bits_per_byte or edit_effort_characters or edit_effort_words, not",
        ),
    ],
)
def test_what_does_not_fit_is_told(desk, refused, change, said):
    (desk / "run.yaml").write_text(SMALL.replace(*change))
    assert any(said in problem for problem in refused(desk / "run.yaml"))
