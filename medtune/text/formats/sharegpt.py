"""ShareGPT's records: ``conversations`` of ``from`` and ``value``."""

from __future__ import annotations

from typing import Any

from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.formats.chat import checked, content_of, role_of

SPEAKERS = {
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "function_call": "assistant",
    "observation": "tool",
}


def messages_of(record: dict[str, Any]) -> tuple[Message, ...]:
    """The messages of a ShareGPT record.

    Raises:
        FaultError: what is wrong with it.
    """
    listed = record.get("conversations")
    if not isinstance(listed, list) or not listed:
        raise FaultError("missing_messages_list", "there is no list 'conversations'")
    messages = []
    if record.get("system"):  # as in Alpaca's records, null or '' says that there is none
        messages.append(Message("system", content_of(0, record["system"])))
    for number, value in enumerate(listed, start=1):
        if not isinstance(value, dict):
            raise FaultError("data_type", f"message {number} is not an object")
        for key in ("from", "value"):
            if key not in value:
                raise FaultError("message_missing_key", f"message {number} has no '{key}'")
        unknown = sorted(str(key) for key in value if key not in ("from", "value", "weight"))
        if unknown:
            raise FaultError(
                "message_unrecognized_key",
                f"message {number} has a field '{unknown[0]}' that is not read",
            )
        role = role_of(number, SPEAKERS.get(str(value["from"]), value["from"]))
        weight = value.get("weight", 1)
        if isinstance(weight, bool) or weight not in (0, 1):
            raise FaultError("bad_weight", f"the weight of message {number} is neither 0 nor 1")
        taught = role == "assistant" and weight == 1
        messages.append(Message(role, content_of(number, value["value"]), taught))
    return checked(tuple(messages))
