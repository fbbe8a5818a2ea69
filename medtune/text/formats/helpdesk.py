"""A help desk's export: a table with one row a message, by the columns of its maker or your own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from medtune.text.conversation import Conversation, Message, Role
from medtune.text.faults import FaultError
from medtune.text.formats.lines import short
from medtune.text.formats.markup import is_html, words_of
from medtune.text.formats.times import time_of


@dataclass(frozen=True)
class Columns:
    """The columns of a help desk's table.

    Attributes:
        ticket: which rows are one conversation.
        role: who wrote the message, in any of the words of ``WORDS``; or yes and no, where the
            column says whether the message came in.
        body: what was written, as text or HTML; in a column of ``PLAIN`` always as text.
        time: when; rows of a ticket are put in its order, else they stand as they are.
        group: the customer.
        public: yes for what the customer saw; a column that is yes for private notes is named
            ``private``.
        private: see ``public``.
    """

    ticket: str
    role: str
    body: str
    time: str | None = None
    group: str | None = None
    public: str | None = None
    private: str | None = None


# As these help desks name the columns of their APIs and exports: Zendesk's ticket comments,
# Intercom's conversation parts, Freshdesk's conversations.
MAKERS: dict[str, Columns] = {
    "zendesk": Columns(
        "ticket_id", "author_role", "plain_body", "created_at", "requester_id", public="public"
    ),
    "intercom": Columns("conversation_id", "author_type", "body", "created_at", "contact_id"),
    "freshdesk": Columns(
        "ticket_id", "incoming", "body_text", "created_at", "requester_id", private="private"
    ),
}
WORDS: dict[str, Role] = {
    **dict.fromkeys(
        ("user", "end-user", "end_user", "customer", "requester", "contact", "lead", "visitor",
         "asker", "client", "true", "yes", "1"),
        "user",
    ),
    **dict.fromkeys(
        ("assistant", "agent", "admin", "operator", "teammate", "staff", "support", "owner",
         "false", "no", "0"),
        "assistant",
    ),
}  # fmt: skip
PLAIN = ("plain_body", "body_text")  # Zendesk's and Freshdesk's bodies without HTML, by definition
MACHINES = ("system", "bot", "trigger", "automation", "workflow")  # nobody's words to learn
YES = ("true", "yes", "1", "t", "y")


def conversations_of(
    table: pd.DataFrame, columns: Columns, attributes: Mapping[str, str] | None = None
) -> tuple[list[Conversation], list[tuple[int, FaultError]], Counter[str]]:
    """The tickets of a table.

    Private notes, machines' messages and those that stand there twice are left out, neighbouring
    messages of one side are one message, and tickets that nobody answered or nobody asked are left
    out; all are counted.

    Args:
        table: one row a message, texts; the index is the row of the file.
        columns: which column is what.
        attributes: further columns by name: of each ticket's first row.

    Returns:
        The conversations in the order in which the tickets begin in the table, faults with their
        rows, and what was left out, by reason.
    """
    faults: list[tuple[int, FaultError]] = []
    left_out: Counter[str] = Counter()
    turns: dict[str, list[tuple[int, str, Message]]] = {}
    first: dict[str, int] = {}
    owners: dict[str, tuple[int, str]] = {}  # the row that names a ticket's customer
    met: set[tuple[str, str, str, str]] = set()
    given = {field.name: getattr(columns, field.name) for field in fields(columns)}
    values = {
        name: table[column].astype("string").fillna("").str.strip().tolist()
        for name, column in given.items()
        if column is not None
    }
    for at, row in enumerate(table.index.tolist()):
        ticket = values["ticket"][at]
        try:
            if not ticket:
                raise FaultError("missing_field", f"there is no '{columns.ticket}'")
            first.setdefault(ticket, at)
            if columns.group is not None:
                asker = values["group"][at]
                if not asker:
                    raise FaultError("missing_group", f"'{columns.group}' is empty")
                named, owner = owners.setdefault(ticket, (row, asker))
                if owner != asker:
                    raise FaultError(
                        "duplicate_id",
                        f"its '{columns.ticket}' is that of row {named}, which has another "
                        f"'{columns.group}'",
                    )
            when = time_of(values["time"][at]) if columns.time is not None else ""
            private = columns.private is not None and values["private"][at].lower() in YES
            if private or (columns.public and values["public"][at].lower() not in YES):
                left_out["private note"] += 1
                continue
            role = values["role"][at].lower()
            if role in MACHINES:
                left_out["machine's message"] += 1
                continue
            if role not in WORDS:
                raise FaultError(
                    "unrecognized_role", f"'{columns.role}' is none of " + ", ".join(WORDS)
                )
            body = plain(short(values["body"][at]), html=columns.body not in PLAIN)
            if not body:
                left_out["empty message"] += 1
                continue
            if when and (ticket, when, role, body) in met:
                left_out["message twice"] += 1  # two exports in one table
                continue
            met.add((ticket, when, role, body))
            message = Message(WORDS[role], body, taught=WORDS[role] == "assistant")
            turns.setdefault(ticket, []).append((at, when, message))
        except FaultError as fault:
            faults.append((row, fault))
    found = []
    for ticket, said in turns.items():
        if columns.time is not None:
            said.sort(key=lambda turn: turn[1])
        messages = _merged([message for _, _, message in said])
        if not any(message.taught for message in messages):
            left_out["ticket without an answer"] += 1
            continue
        if messages[0].role != "user":
            left_out["ticket without a question"] += 1
            continue
        at = first[ticket]
        found.append(
            Conversation(
                int(table.index[at]),
                messages,
                ticket,
                values["group"][at] if columns.group is not None else ticket,
                said[0][1],
                {name: str(table[column].iloc[at]) for name, column in (attributes or {}).items()},
            )
        )
    return found, faults, left_out


def plain(body: str, *, html: bool = True) -> str:
    """A message as text, without what it quotes below.

    Args:
        body: what was written.
        html: whether it may be HTML, of which the words are taken, a line a paragraph; text that
            only has a '<' in it stays as it is.
    """
    if html and is_html(body):
        body = words_of(body)
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").split("\n")]
    while lines and (not lines[-1] or lines[-1].startswith(">")):
        lines.pop()
    return "\n".join(lines).strip()


def _merged(messages: list[Message]) -> tuple[Message, ...]:
    """Neighbouring messages of one side as one."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            last = merged[-1]
            merged[-1] = Message(last.role, f"{last.content}\n{message.content}", last.taught)
        else:
            merged.append(message)
    return tuple(merged)
