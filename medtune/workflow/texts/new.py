"""What a new run about texts says of its file, as the first record tells it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medtune.config.data import formats_of
from medtune.config.text_data import FORMATS_WITH
from medtune.errors import DataError

MOST_BYTES = 2**24  # of a first line that is looked at
TABLES = (".csv", ".tsv", ".xlsx")
# The field that a format alone has, in the order in which they are looked for.
FIELD_OF = {
    "openai_chat": "messages", "sharegpt": "conversations", "alpaca": "instruction",
    "pairs": "prompt",
}  # fmt: skip
GROUPS = (
    "customer", "customer_id", "requester_id", "requester", "user_id", "user", "asker",
    "asker_group", "company", "company_id", "client", "client_id", "matter", "matter_id",
)  # fmt: skip
TEXTS, LABELS = ("text", "question", "query", "body"), ("label", "intent", "category")
# Where no file is given: what is written instead of it.
PLACEHOLDERS: dict[str, dict[str, Any]] = {
    "support_intent": {"format": "intents", "files": "questions.csv", "group": "customer"},
    "support_chat": {"format": "openai_chat", "files": "talks.jsonl", "group": "customer"},
    "legal_drafting": {"format": "openai_chat", "files": "clauses.jsonl", "group": "company"},
}
MODEL: dict[str, dict[str, Any]] = {
    "support_intent": {"adapt": "full", "ngrams": 3},
    "support_chat": {"adapt": "lora"},
    "legal_drafting": {"adapt": "lora"},
}
COMPARED = {"support_intent": {"compare_with": ["frozen_backbone", "tfidf"]}}


def of_texts(task: str, file: Path | None, written: str | None) -> dict[str, Any]:
    """The settings that a run about texts cannot do without, and those that suit most.

    Args:
        task: what is learned.
        file: its file, or the folder of documents.
        written: the same as the run file names it.

    Raises:
        DataError: the file cannot be read, or is of a format that the task does not read.
    """
    data = dict(PLACEHOLDERS[task])
    if file is not None:
        data |= {"files": written, **_told_by(file, task)}
        if data["format"] not in formats_of(task):  # type: ignore[arg-type]
            raise DataError(
                f"{file.name} looks like {data['format']}, and 'task: {task}' reads "
                f"{' or '.join(formats_of(task))}."  # type: ignore[arg-type]
            )
    model = {"backbone": "language-model", **MODEL[task]}
    judged = {"evaluation": COMPARED[task]} if task in COMPARED else {}
    return {"data": data, "model": model, **judged}


def of_other_formats(format_: str) -> set[str]:
    """Settings of ``data`` that are of other formats alone."""
    return {f"data.{name}" for name, formats in FORMATS_WITH.items() if format_ not in formats}


def _told_by(file: Path, task: str) -> dict[str, Any]:
    """Format, group and fields."""
    if file.is_dir():
        return {"format": "documents", "group": "company"}
    if file.suffix.lower() in TABLES:
        from medtune.tables.schema import read_table

        fields = [str(name) for name in read_table(file).columns]
        format_ = "intents" if task == "support_intent" else "helpdesk"
    else:
        fields = _fields_of_first_line(file)
        own = (name for name, field in FIELD_OF.items() if field in fields)
        format_ = next(own, "intents")
    found = {"format": format_, "group": _first(GROUPS, fields)}
    if format_ == "intents":
        found |= {"text": _first(TEXTS, fields), "label": _first(LABELS, fields)}
    return {name: value for name, value in found.items() if value is not None}


def _first(wanted: Sequence[str], fields: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in fields), None)


def _fields_of_first_line(file: Path) -> list[str]:
    """Names of the fields of the first JSON line.

    Raises:
        DataError: there is none.
    """
    try:
        with file.open("rb") as lines:
            first = lines.readline(MOST_BYTES)
        record = json.loads(first.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{file.name} does not begin with a line of JSON in UTF-8.") from error
    if not isinstance(record, dict):
        raise DataError(f"The first line of {file.name} is no JSON object.")
    return list(record)
