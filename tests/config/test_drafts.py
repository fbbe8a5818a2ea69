"""A run that drafts: what differs from a run that answers, told by file, line, name and value."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from medtune.config.load import dump_run, load_run, run_schema
from medtune.config.text_run import ChatRun, DraftRun

SMALL = """\
name: drafts
task: legal_drafting
data:
  format: pairs
  files: q.jsonl
  group: company
model:
  backbone: tiny
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with the files that SMALL asks for, and SMALL itself as run.yaml."""
    for name in ("tiny", "matters", "later"):
        (tmp_path / name).mkdir()
    (tmp_path / "q.jsonl").write_text("")
    (tmp_path / "run.yaml").write_text(SMALL)
    return tmp_path


@pytest.mark.parametrize("source", ["pairs", "openai_chat", "sharegpt", "alpaca"])
def test_a_run_is_read_back_as_it_was(house, source, tmp_path_factory):
    run = load_run(house / "run.yaml", [f"data.format={source}"])
    assert isinstance(run, DraftRun)
    assert isinstance(run, ChatRun), "it has all that a run has that answers"
    assert (run.data.learned, run.data.kind) == (["answer"], "text")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "run.yaml"
    dump_run(run, elsewhere)
    assert load_run(elsewhere) == run


@pytest.mark.parametrize("files", ["matters", "{train: matters, test: later}"])
def test_documents_lie_in_folders(house, files):
    run = load_run(house / "run.yaml", ["data.format=documents", f"data.files={files}"])
    assert all(path.is_dir() for path in run.data.sources.values())


def test_the_schema_for_editors_knows_the_task(house):
    schema, written = run_schema(), yaml.safe_load(SMALL)
    jsonschema.validate({**written, "training": {"packing": True}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**written, "model": {"backbone": "tiny", "adapt": "gradual"}}, schema)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("group: company", "group: null"), "line 6: 'data.group': clauses of one company or"),
        (("format: pairs", "format: helpdesk"), "'task: legal_drafting' reads pairs or openai"),
        (("format: pairs", "format: intents"), "'task: legal_drafting' reads pairs or openai"),
        (("q.jsonl", "r.jsonl"), "there is no such file or folder. Did you mean 'q.jsonl'?"),
        (("legal_drafting", "legal_draft"), "'task' must be"),
        (
            ("model:", "evaluation: {by_heart: {prefix: 500, suffix: 13}}\nmodel:"),
            "no text is that long: 'prefix' and 'suffix' together are more than 'data.max_tokens'",
        ),
        (
            ("model:", "evaluation: {by_heart: {canaries: {times: [1, 4, 1]}}}\nmodel:"),
            "'evaluation.by_heart.canaries.times': 1 is there twice",
        ),
        (
            (
                "model:",
                "evaluation: {generated: 9, drafts: {checklist: q.jsonl, labelled: q.jsonl}}\n"
                "model:",
            ),
            "'evaluation.drafts.labelled': kinds of clause are told by phrases or by what labels",
        ),
        (
            ("model:", "evaluation: {generated: 9, drafts: {labelled: r.jsonl}}\nmodel:"),
            "'evaluation.drafts.labelled' points to r.jsonl, and there is no such file",
        ),
    ],
)
def test_what_does_not_fit_is_told(house, refused, change, said):
    (house / "run.yaml").write_text(SMALL.replace(*change))
    assert any(said in problem for problem in refused(house / "run.yaml"))
