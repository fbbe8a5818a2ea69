"""OpenAI's chat records: ``messages`` with role, content and, where wanted, weight."""

from __future__ import annotations

from typing import Any, cast, get_args

from medtune.text.conversation import Message, Role
from medtune.text.faults import FaultError

# what help desks export with a message, and what is carried along with it
MARKS = ("name", "id", "time", "created", "solution", "helpful", "unhelpful")
KNOWN = ("role", "content", "weight", *MARKS)
# What an answer of OpenAI's client has beside these with an empty list; its other fields are null.
EMPTY_LISTS = ("annotations",)
# Parts of a message that are known and not read, as OpenAI's API names them.
NOT_TEXT = ("image_url", "input_audio", "audio", "file", "refusal")
NAMES: dict[str, Role] = {"developer": "system", "function": "tool"}


def messages_of(record: dict[str, Any]) -> tuple[Message, ...]:
    """The messages of a chat record.

    Args:
        record: has ``messages``: a list of objects with ``role`` and ``content``. An assistant's
            message with ``weight: 0`` is read and not learnt; the others are learnt.

    Raises:
        FaultError: by the names of the OpenAI cookbook.
    """
    listed = record.get("messages")
    if not isinstance(listed, list) or not listed:
        raise FaultError("missing_messages_list", "there is no list 'messages'")
    messages = tuple(_message(number, value) for number, value in enumerate(listed, start=1))
    return checked(messages)


def _message(number: int, value: object) -> Message:
    if not isinstance(value, dict):
        raise FaultError("data_type", f"message {number} is not an object")
    for key in ("role", "content"):
        if key not in value:
            raise FaultError("message_missing_key", f"message {number} has no '{key}'")
    unknown = sorted(str(key) for key in value if key not in KNOWN and not _empty(key, value[key]))
    if unknown:
        raise FaultError(
            "message_unrecognized_key",
            f"message {number} has a field '{unknown[0]}' that is not read; the fields are "
            + ", ".join(KNOWN),
        )
    role = role_of(number, value["role"])
    weight = value.get("weight", 1)
    if isinstance(weight, bool) or weight not in (0, 1):
        raise FaultError("bad_weight", f"the weight of message {number} is neither 0 nor 1")
    return Message(
        role,
        content_of(number, value["content"]),
        taught=role == "assistant" and weight == 1,
        marks={key: value[key] for key in MARKS if key in value},
    )


def role_of(number: int, value: object) -> Role:
    """A role by any of its names.

    Raises:
        FaultError: unrecognized_role.
    """
    name = NAMES.get(str(value), str(value))
    if name not in get_args(Role):
        raise FaultError(
            "unrecognized_role",
            f"the role of message {number} is none of " + ", ".join(get_args(Role)),
        )
    return cast(Role, name)


def content_of(number: int, value: object) -> str:
    """What a message says: a text, or a list of parts, whose texts are a line each.

    Raises:
        FaultError: missing_content, where it is no text, an empty one, or has a part that is none,
            such as an image; wrong_encoding, where it is no Unicode text.
    """
    if isinstance(value, list):
        value = "\n".join(_part(number, part) for part in value)
    if not isinstance(value, str) or not value.strip():
        raise FaultError("missing_content", f"message {number} says nothing")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise FaultError("wrong_encoding", f"message {number} is no Unicode text")
    return value


def _part(number: int, part: object) -> str:
    """The text of a part of a message."""
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(part, dict) and kind == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    named = f" ({kind})" if kind in NOT_TEXT else ""  # any other name is content, and not told
    raise FaultError(
        "missing_content",
        f"message {number} has a part that is no text{named}; of a list, parts of the type 'text' "
        "are read",
    )


def _empty(key: object, value: object) -> bool:
    """Whether a field that is not read says nothing: null, or a list of OpenAI's without items."""
    return value is None or (key in EMPTY_LISTS and value == [])


def checked(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The same messages, of which one at least is learnt and something was asked before.

    Raises:
        FaultError: example_missing_assistant_message, or no_question.
    """
    if not any(message.role == "assistant" for message in messages):
        raise FaultError("example_missing_assistant_message", "there is no message of an assistant")
    if not any(message.taught for message in messages):
        raise FaultError(
            "example_missing_assistant_message", "every message of the assistant has weight 0"
        )
    first = next(i for i, message in enumerate(messages) if message.taught)
    if not any(message.role in ("user", "tool") for message in messages[:first]):
        raise FaultError("no_question", "nobody asks anything before the first answer")
    return messages
