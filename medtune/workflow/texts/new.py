"""What a new run about texts says of its file, as the first record tells it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
    "customer", "customer_id", "requester_id", "requester", "contact_id", "user_id", "user",
    "asker", "asker_group", "company", "company_id", "organization_id", "client", "client_id",
    "matter", "matter_id",
)  # fmt: skip
TEXTS, LABELS = ("text", "question", "query", "body"), ("label", "intent", "category")


def told_by(file: Path, usual: str, formats: Sequence[str]) -> dict[str, Any]:
    """Format, group and fields of a file, or of a folder of documents.

    Args:
        file: it.
        usual: the format where nothing else is told.
        formats: that the task reads.

    Raises:
        DataError: the file cannot be read, or is of a format that the task does not read.
    """
    found = _found(file, "intents" if usual == "intents" else "helpdesk")
    if found["format"] not in formats:
        raise DataError(
            f"{file.name} looks like {found['format']}, and the task reads {' or '.join(formats)}."
        )
    return {name: value for name, value in found.items() if value is not None}


def of_other_formats(format_: str) -> set[str]:
    """Settings of ``data`` that are of other formats alone."""
    return {f"data.{name}" for name, formats in FORMATS_WITH.items() if format_ not in formats}


def _found(file: Path, of_tables: str) -> dict[str, str | None]:
    if file.is_dir():
        return {"format": "documents", "group": "company"}
    if file.suffix.lower() in TABLES:
        from medtune.tables.schema import read_text_table

        fields = [str(name) for name in read_text_table(file).columns]
        format_ = of_tables
    else:
        fields = _fields_of_first_line(file)
        own = (name for name, field in FIELD_OF.items() if field in fields)
        format_ = next(own, "intents")
    found = {"format": format_, "group": _first(GROUPS, fields)}
    if format_ == "intents":
        found |= {"text": _first(TEXTS, fields), "label": _first(LABELS, fields)}
    return found


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
