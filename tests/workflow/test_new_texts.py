"""A run file to start from, of each task about texts, and what the file of texts tells of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.explain import every_setting
from medtune.config.load import load_run, run_as_dict
from medtune.config.run_kinds import RUN_OF
from medtune.config.text_run import TextRun
from medtune.errors import DataError, InputError
from medtune.workflow.check import check
from medtune.workflow.new import new
from tests.workflow.text_runs import write_desk

TASKS = ["support_intent", "support_chat", "legal_drafting"]
# What no run of the task may change, so that nobody is asked to.
NOT_THERE = {
    "support_intent": ["training.augmentation", "evaluation.operating_point", "report.language"],
    "support_chat": [
        "model.ngrams",
        "evaluation.answer_alone",
        "training.more_seeds",
        "data.label",
    ],
    "legal_drafting": ["training.loss", "evaluation.prevalences", "data.request"],
}  # fmt: skip
SAID = [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "Here."}]


def settings_in(text: str) -> set[str]:
    """Settings of a run file, whether a '#' stands before them or not, by their full names."""
    above: list[str] = []
    found = set()
    for line in text.splitlines():
        if (setting := re.match(r"( *)#?(\w+):", line)) is not None:
            above[len(setting[1]) // 2 :] = [setting[2]]
            found.add(".".join(above))
    return found


def written(file: Path, task: str) -> TextRun:
    """The run for a file of texts."""
    path = new(file.with_suffix(".yaml"), task=task, files=file)
    run = load_run(path, files_must_exist=False)
    path.unlink()
    assert isinstance(run, TextRun)
    return run


@pytest.mark.parametrize("task", TASKS)
def test_what_is_written_is_a_run_of_the_task_with_all_that_it_has(task, tmp_path):
    path = new(tmp_path / "desk.yaml", task=task)
    run = load_run(path, files_must_exist=False)
    assert run.task == task
    found = settings_in(path.read_text())
    every = set(every_setting(RUN_OF[task]))
    assert found <= every
    assert not found & set(NOT_THERE[task])
    refused = {name for name in every - found if not name.startswith("data.")}
    for name in sorted(refused - {"training.strategy"}):
        with pytest.raises(InputError):  # each is another task's, whatever it is set to
            load_run(path, [f"{name}=another"], files_must_exist=False)


@pytest.mark.parametrize("task", TASKS)
def test_taking_every_hash_away_changes_nothing(task, tmp_path):
    path = new(tmp_path / "a.yaml", task=task)
    before = load_run(path, files_must_exist=False)
    path.write_text(re.sub(r"^(\s*)#(?=\S)", r"\1", path.read_text(), flags=re.M))
    assert run_as_dict(load_run(path, files_must_exist=False)) == run_as_dict(before)


def test_it_speaks_of_texts(tmp_path):
    said = new(tmp_path / "a.yaml", task="support_chat").read_text()
    told = [line for line in said.splitlines() if line.lstrip().startswith("# ")]
    # the task's words name all tasks, the measures' those of findings
    told = [line for line in told if "xray_findings" not in line and "auroc" not in line]
    assert not [line for line in told if re.search(r"\b(films?|patients?|radiolog|hospital)", line)]


@pytest.mark.parametrize(
    ("task", "record", "format_", "group"),
    [
        ("support_chat", {"messages": SAID, "customer_id": 7}, "openai_chat", "customer_id"),
        ("support_chat", {"conversations": [], "user": "u"}, "sharegpt", "user"),
        ("support_chat", {"instruction": "a", "output": "b"}, "alpaca", "customer"),
        ("legal_drafting", {"prompt": "a", "completion": "b", "matter": 1}, "pairs", "matter"),
        ("support_intent", {"query": "a", "intent": "b", "asker": "c"}, "intents", "asker"),
    ],
)
def test_the_first_line_tells_the_format_and_whose_it_is(task, record, format_, group, tmp_path):
    (tmp_path / "said.jsonl").write_text("\ufeff" + json.dumps(record) + "\nnot looked at\n")
    run = written(tmp_path / "said.jsonl", task)
    assert (run.data.format, run.data.group) == (format_, group)
    assert run.data.files == tmp_path / "said.jsonl"
    if format_ == "intents":
        assert (run.data.text, run.data.label) == ("query", "intent")


def test_a_table_is_of_questions_or_of_a_help_desk_by_the_task(tmp_path):
    pd.DataFrame({"body": ["a"], "category": ["b"], "client": [1]}).to_csv(tmp_path / "t.csv")
    intents = written(tmp_path / "t.csv", "support_intent")
    assert (intents.data.format, intents.data.text, intents.data.label) == (
        "intents", "body", "category",
    )  # fmt: skip
    chat = written(tmp_path / "t.csv", "support_chat")
    assert (chat.data.format, chat.data.group) == ("helpdesk", "client")


@pytest.mark.parametrize(
    ("columns", "group"),
    [
        ("conversation_id,author_type,body,contact_id", "contact_id"),
        ("ticket_id,author_role,plain_body,organization_id", "organization_id"),
        ("ticket_id,author_role,plain_body,requester_id,organization_id", "requester_id"),
    ],
)
def test_the_group_that_is_written_is_a_column_of_the_help_desks_table(columns, group, tmp_path):
    (tmp_path / "t.csv").write_text(f"{columns}\n")
    run = written(tmp_path / "t.csv", "support_chat")
    assert (run.data.format, run.data.group) == ("helpdesk", group)


def test_a_folder_is_one_of_documents(tmp_path):
    (tmp_path / "matters").mkdir()
    run = written(tmp_path / "matters", "legal_drafting")
    assert (run.data.format, run.data.group) == ("documents", "company")


def test_what_is_written_for_a_file_can_be_checked_at_once(tmp_path):
    write_desk(tmp_path, 300)
    table = pd.read_csv(tmp_path / "questions.csv")
    path = new(tmp_path / "mine.yaml", task="support_intent", files=tmp_path / "questions.csv")
    report = check(load_run(path, ["model.backbone=tiny", "data.duplicates=drop"]))
    assert not report.stops
    assert int(report.flow["films"].iloc[0]) == len(table)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not begin with a line of JSON"),
        (b"a question\n", "does not begin with a line of JSON"),
        (b"\xff\xfe{\n", "does not begin with a line of JSON"),
        (b"[1, 2]\n", "is no JSON object"),
        (b"[" * 200_000, "does not begin with a line of JSON"),
        (json.dumps({"text": "a", "label": "b"}).encode(), "looks like intents"),
    ],
)
def test_a_file_that_tells_nothing_is_refused_and_nothing_is_written(content, said, tmp_path):
    (tmp_path / "said.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=said):
        new(tmp_path / "a.yaml", task="support_chat", files=tmp_path / "said.jsonl")
    with pytest.raises(DataError):
        new(tmp_path / "a.yaml", task="support_chat", files=tmp_path / "none.jsonl")
    assert not (tmp_path / "a.yaml").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"task": "support_chats"}, "no task 'support_chats'.*Did you mean 'support_chat'"),
        ({"task": "support_chat", "images": Path("dicom")}, "--images is for runs about films"),
        ({"task": "support_chat", "labels": Path("l.csv")}, "--labels is for runs about films"),
        ({"files": Path("talks.jsonl")}, "--files is for runs about texts"),
    ],
)
def test_what_is_another_tasks_is_refused(given, said, tmp_path):
    with pytest.raises(InputError, match=said):
        new(tmp_path / "a.yaml", **given)
    assert list(tmp_path.iterdir()) == []
