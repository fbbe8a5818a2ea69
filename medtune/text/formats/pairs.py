"""Records of one question and one answer: Alpaca's, and pairs of prompt and completion."""

from __future__ import annotations

from typing import Any

from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.formats.chat import checked


def alpaca(record: dict[str, Any]) -> tuple[Message, ...]:
    """``instruction``, ``input`` (may be empty) and ``output``; ``system`` and ``history`` too.

    Raises:
        FaultError: what is wrong with it.
    """
    messages = []
    if record.get("system"):
        messages.append(Message("system", _text(record, "system")))
    history = record.get("history") or []
    if not isinstance(history, list):
        raise FaultError("data_type", "'history' is not a list")
    for turn in history:
        if not (
            isinstance(turn, list) and len(turn) == 2 and all(isinstance(t, str) for t in turn)
        ):
            raise FaultError("data_type", "a turn of 'history' is not a pair of texts")
        messages += [Message("user", turn[0]), Message("assistant", turn[1])]
    asked = _text(record, "instruction")
    given = record.get("input", "")
    if not isinstance(given, str):
        raise FaultError("data_type", "'input' is not a text")
    messages.append(Message("user", f"{asked}\n{given}" if given.strip() else asked))
    messages.append(Message("assistant", _text(record, "output"), taught=True))
    return checked(tuple(messages))


def pairs(record: dict[str, Any]) -> tuple[Message, ...]:
    """``prompt`` and ``completion``.

    Raises:
        FaultError: what is wrong with it.
    """
    return checked(
        (
            Message("user", _text(record, "prompt")),
            Message("assistant", _text(record, "completion").strip(), taught=True),
        )
    )


def _text(record: dict[str, Any], name: str) -> str:
    if name not in record:
        raise FaultError("missing_field", f"there is no '{name}'")
    value = record[name]
    if not isinstance(value, str):
        raise FaultError("data_type", f"'{name}' is not a text")
    if not value.strip():
        raise FaultError("missing_content", f"'{name}' says nothing")
    return value
