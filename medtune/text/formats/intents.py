"""Tables and lines of a question and its intent."""

from __future__ import annotations

from typing import Any

from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.formats.lines import short


def question_of(record: dict[str, Any], text: str, label: str) -> tuple[Message, str]:
    """The question and the intent of a record.

    Args:
        record: one row.
        text: the field of the question.
        label: the field of the intent.

    Raises:
        FaultError: what is wrong with it.
    """
    if text not in record:
        raise FaultError("missing_field", f"there is no '{text}'")
    asked, intent = record[text], record.get(label)
    if _empty(asked):
        raise FaultError("missing_content", f"'{text}' says nothing")
    if not isinstance(asked, str):
        raise FaultError("data_type", f"'{text}' is not a text")
    short(asked)
    if _empty(intent):
        raise FaultError("missing_label", f"there is no '{label}'")
    if isinstance(intent, bool) or not isinstance(intent, str | int):
        raise FaultError("data_type", f"'{label}' is not the name of an intent")
    return Message("user", asked), str(intent).strip()


def _empty(value: object) -> bool:
    """Nothing, blanks, or what a table has where nothing stands."""
    missing = value is None or (isinstance(value, float) and value != value)
    return missing or (isinstance(value, str) and not value.strip())
