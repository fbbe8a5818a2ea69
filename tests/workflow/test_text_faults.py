"""Ten faults of each format of texts: each is told with its row, and nothing is trained."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.data import FORMATS_OF
from medtune.config.load import load_run
from medtune.errors import DataError
from medtune.workflow.check import check
from medtune.workflow.train import train
from tests.text.faulty import (
    DOCUMENT_FAULTS,
    FAULTY,
    HELPDESK_FAULTS,
    INTENT,
    INTENT_FAULTS,
    SOUND,
    ZENDESK,
    write,
    write_documents,
)
from tests.workflow.chat_runs import RUN, write_talks

pytest.importorskip("docx", reason="the extra [text] is not installed")

TASKS = {"intents": "support_intent", "documents": "legal_drafting"}
FORMATS = sorted({each for formats in FORMATS_OF.values() for each in formats})
BIG = "record_too_long"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the language model is."""
    folder = tmp_path_factory.mktemp("faults")
    write_talks(folder, 8)
    return folder


def write_faulty(folder: Path, source: str) -> tuple[str, str, list[tuple[int, str]]]:
    """A file of a format with a sound row and many at fault.

    Returns:
        Its name, the settings of its fields, and the row and name of each fault.
    """
    folder.mkdir()
    if source == "documents":
        (folder / "papers").mkdir()
        write_documents(folder / "papers", *DOCUMENT_FAULTS)
        files = sorted(DOCUMENT_FAULTS)
        return "papers", "group: matter", [
            (row, DOCUMENT_FAULTS[name]) for row, name in enumerate(files, start=2)
        ]  # fmt: skip
    if source == "helpdesk":
        rows = [ZENDESK.astype(str)]
        for at, (_, changes) in enumerate(HELPDESK_FAULTS):
            rows.append(
                ZENDESK.iloc[[0]].assign(**{"created_at": f"2026-02-{at + 1:02}", **changes})
            )
        table = pd.concat(rows)
        table.to_csv(folder / "z.csv", index=False)
        first = len(ZENDESK) + 2
        names = [name for name, _ in HELPDESK_FAULTS]
        return "z.csv", "group: requester_id", list(enumerate(names, start=first))
    if source == "intents":
        rows = [{**INTENT, "id": "q1"}]
        rows += [{**INTENT, "id": f"x{at}", **more} for at, (_, more) in enumerate(INTENT_FAULTS)]
        pd.DataFrame(rows).to_csv(folder / "i.csv", index=False)
        names = [name for name, _ in INTENT_FAULTS]
        return "i.csv", "group: who, id: id, time: asked", list(enumerate(names, start=3))
    chat = source == "openai_chat"
    faults = [(name, one) for name, one in FAULTY[source] if name != "bad_time"]
    write(folder / "t.jsonl", [SOUND[source], *(one for _, one in faults)])
    names = [name for name, _ in faults]
    return "t.jsonl", f"group: customer{', id: id' if chat else ''}", list(enumerate(names, 2))


@pytest.mark.parametrize("source", FORMATS)
def test_ten_faults_are_told_with_their_rows_and_nothing_is_trained(home: Path, source: str):
    name, fields, faults = write_faulty(home / source, source)
    assert len(faults) >= 7
    data = f"{{format: {source}, files: {source}/{name}, work: work-{source}, {fields}}}"
    config = RUN.replace("name: talk", f"name: {source.replace('_', '-')}").replace(
        "task: support_chat", f"task: {TASKS.get(source, 'support_chat')}"
    )
    before, rest = config.split("data:\n")
    (home / f"{source}.yaml").write_text(f"{before}data: {data}\nmodel:{rest.split('model:')[1]}")
    run = load_run(home / f"{source}.yaml")
    with pytest.raises(DataError) as error:
        train(run, show=False)
    said = str(error.value)
    for row, fault in faults:
        assert any(f"row {row}: " in line and f"[{fault}]" in line for line in said.splitlines())
    assert not (run.runs / run.name).exists()
    left = [path for path in (home / f"work-{source}").rglob("*") if path.is_file()]
    assert {path.parent.name for path in left} == {"private"}
    report = check(run)
    assert report.stops
    told = [(fault["row"], fault["name"]) for fault in report.as_dict()["faults"]]
    assert told == faults
    json.dumps(report.as_dict())


def test_every_format_of_a_task_is_tried():
    assert sorted([*FAULTY, "helpdesk", "intents", "documents"]) == FORMATS
