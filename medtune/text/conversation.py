"""A record of text: the messages of a conversation, or a request and the clause that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]
ROLES: tuple[Role, ...] = ("system", "user", "assistant", "tool")


@dataclass(frozen=True)
class Message:
    """One turn.

    Attributes:
        role: who speaks.
        content: what is said.
        taught: whether the model learns to say it; only the assistant's words are ever learnt.
        marks: what else is known of it, such as ``solution`` or ``helpful``.
    """

    role: Role
    content: str
    taught: bool = False
    marks: Mapping[str, object] = field(default_factory=dict)


def without_silence(turns: Iterable[Message]) -> tuple[Message, ...]:
    """Turns without answers that say nothing, and without the questions that got none.

    A model may end its answer before it begins: that is no turn, and no chat template takes it.
    Some take no two questions in a row either.
    """
    kept: list[Message] = []
    for turn in turns:
        if turn.role != "assistant" or turn.content.strip():
            kept.append(turn)
        elif kept and kept[-1].role == "user":
            kept.pop()
    return tuple(kept)


@dataclass(frozen=True)
class Conversation:
    """One case of text.

    Attributes:
        row: where it stands in its file, counted from 1 as an editor shows it.
        messages: its turns, the first first.
        key: its name in the file; the row where the file gives none.
        group: customer, asker, company or matter: never on both sides of a split.
        time: when it began, as the file writes it; empty where it is unknown.
        attributes: further columns that were asked for.
    """

    row: int
    messages: tuple[Message, ...]
    key: str
    group: str
    time: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> str:
        """What was said before the last answer that is taught."""
        last = max(i for i, message in enumerate(self.messages) if message.taught)
        return "\n".join(message.content for message in self.messages[:last])

    @property
    def answer(self) -> str:
        """The last answer that is taught."""
        return next(message.content for message in reversed(self.messages) if message.taught)
