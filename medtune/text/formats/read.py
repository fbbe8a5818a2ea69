"""One door to all formats: files in, conversations and faults out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.errors import DataError
from medtune.text.conversation import Conversation, Message
from medtune.text.faults import Fault, FaultError
from medtune.text.formats import chat, helpdesk, pairs, sharegpt
from medtune.text.formats.clauses import clauses_of
from medtune.text.formats.documents import documents_in, text_of
from medtune.text.formats.intents import question_of
from medtune.text.formats.lines import read_lines
from medtune.text.formats.tables import read_rows
from medtune.text.formats.times import time_of

Messages = Callable[[dict[str, Any]], tuple[Message, ...]]
LINES: dict[str, Messages] = {
    "openai_chat": chat.messages_of,
    "sharegpt": sharegpt.messages_of,
    "alpaca": pairs.alpaca,
    "pairs": pairs.pairs,
}


@dataclass(frozen=True)
class Fields:
    """Which fields of a record are what; see ``config.text_data.TextData``.

    Attributes:
        group: customer, asker, company or matter; empty: each record is its own, and a help desk's
            ticket is whose its own columns say.
        id: the record's name; None: its row.
        time: when it began.
        text, label: of an intent.
        attributes: further fields to keep.
        helpdesk: columns of a help desk's table.
        request: what asks for a clause; ``{heading}`` and ``{document}`` stand for its own.
    """

    group: str = ""
    id: str | None = None
    time: str | None = None
    text: str = "text"
    label: str = "label"
    attributes: tuple[str, ...] = ()
    helpdesk: helpdesk.Columns | None = None
    request: str = 'Draft a "{heading}" clause.'


@dataclass
class Read:
    """What was read.

    Attributes:
        conversations: records without fault.
        labels: of intents, one a conversation; else empty.
        faults: of the others, in file order.
        left_out: how many for which reason, where leaving out is no fault.
    """

    conversations: list[Conversation] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def read_conversations(path: Path, source: str, fields: Fields) -> Read:
    """Read a file, or all files of a folder, in one format.

    Args:
        path: a file; of ``documents`` a folder, whose first level of folders is the matters.
        source: openai_chat, sharegpt, alpaca, pairs (JSON lines), helpdesk (a table), intents (a
            table or JSON lines) or documents.
        fields: which fields are what.

    Raises:
        DataError: there is nothing to read, or a column is missing.
    """
    read = Read()
    if source == "documents":
        _documents(path, fields, read)
    elif path.is_dir():
        raise DataError(f"'data.files' names the folder {path.name}, and '{source}' is a file.")
    elif source == "helpdesk":
        _helpdesk(path, fields, read)
    elif source == "intents":
        _intents(path, fields, read)
    else:
        _lines(path, LINES[source], fields, read)
    _refuse_twins(path, fields, read)
    return read


def _lines(path: Path, messages_of: Messages, fields: Fields, read: Read) -> None:
    for row, record in read_lines(path):
        try:
            if isinstance(record, FaultError):
                raise record
            read.conversations.append(_placed(row, record, fields, messages_of(record)))
        except FaultError as fault:
            read.faults.append(Fault(path.name, row, fault.name, fault.said))


def _intents(path: Path, fields: Fields, read: Read) -> None:
    for row, record in _records(path):
        try:
            if isinstance(record, FaultError):
                raise record
            asked, label = question_of(record, fields.text, fields.label)
            read.conversations.append(_placed(row, record, fields, (asked,)))
            read.labels.append(label)
        except FaultError as fault:
            read.faults.append(Fault(path.name, row, fault.name, fault.said))


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any] | FaultError]]:
    if path.suffix.lower() in (".jsonl", ".json"):
        yield from read_lines(path)
        return
    table = read_rows(path)
    for row, record in zip(table.index.tolist(), table.to_dict("records"), strict=True):
        yield row, {str(name): value for name, value in record.items()}


def _placed(
    row: int, record: dict[str, Any], fields: Fields, messages: tuple[Message, ...]
) -> Conversation:
    """A conversation with its group, time and attributes."""
    key = str(row)
    if fields.id is not None:
        key = "" if record.get(fields.id) is None else str(record[fields.id])
        if not key.strip():
            raise FaultError("missing_field", f"there is no '{fields.id}'")
    group = record.get(fields.group) if fields.group else key
    if group is None or not str(group).strip() or group != group:
        raise FaultError("missing_group", f"there is no '{fields.group}'")
    if fields.time is not None and fields.time not in record:
        raise FaultError("missing_field", f"there is no '{fields.time}'")
    when = time_of(record[fields.time]) if fields.time is not None else ""
    attributes = {
        name: "" if record.get(name) is None else str(record[name]) for name in fields.attributes
    }
    return Conversation(row, messages, key, str(group).strip(), when, attributes)


def _helpdesk(path: Path, fields: Fields, read: Read) -> None:
    table = read_rows(path)
    own = fields.helpdesk or _maker(path, table)
    columns = _there(path, table, own, fields)
    for name in fields.attributes:
        if name not in table:
            raise DataError(f"{path.name} has no column '{name}'. It has: {_names(table)}.")
        if name in (*astuple(own), columns.group):
            raise DataError(
                f"'data.attributes' cannot have '{name}': it is a column of the help desk's own, "
                "and attributes stand in every table and in the report."
            )
    found, faults, left_out = helpdesk.conversations_of(
        table, columns, {name: name for name in fields.attributes}
    )
    read.conversations += found
    read.faults += [Fault(path.name, row, fault.name, fault.said) for row, fault in faults]
    read.left_out += left_out


def _maker(path: Path, table: pd.DataFrame) -> helpdesk.Columns:
    """The columns of the maker whose table this looks like."""
    for columns in helpdesk.MAKERS.values():
        if {columns.ticket, columns.role, columns.body} <= set(table):
            return columns
    raise DataError(
        f"{path.name} has no columns of a help desk that is known ({', '.join(helpdesk.MAKERS)}); "
        f"say in 'data.columns' which is ticket, role and body. It has: {_names(table)}."
    )


def _there(
    path: Path, table: pd.DataFrame, own: helpdesk.Columns, fields: Fields
) -> helpdesk.Columns:
    """The columns of a table, whose group is the one that was asked for.

    Args:
        path: of the table.
        table: it.
        own: the columns that were given, or those of the maker, of which this table may lack the
            optional ones.
        fields: name the group; where they name none, it is that of ``own``.

    Raises:
        DataError: a column is missing.
    """
    group = fields.group or own.group
    for name in (own.ticket, own.role, own.body):
        if name not in table:
            raise DataError(f"{path.name} has no column '{name}'. It has: {_names(table)}.")
    if group is not None and group not in table:
        said = f"{path.name} has no column '{group}'"
        if not fields.group:
            said += "; say in 'data.group' which column names the customer"
        elif own.group != group and own.group in table.columns:
            said += f", which 'data.group' names; this help desk's own is '{own.group}'"
        else:
            said += ", which 'data.group' names"
        raise DataError(f"{said}. It has: {_names(table)}.")
    known = own in helpdesk.MAKERS.values()
    lacking: dict[str, Any] = {}
    for name in ("time", "public", "private"):
        column = getattr(own, name)
        if column is not None and column not in table:
            if not known:
                raise DataError(f"{path.name} has no column '{column}'. It has: {_names(table)}.")
            lacking[name] = None
    return replace(own, group=group, **lacking)


def _names(table: pd.DataFrame) -> str:
    return ", ".join(str(name) for name in table)


def _documents(folder: Path, fields: Fields, read: Read) -> None:
    if not folder.is_dir():
        raise DataError("'data.files' is no folder; documents lie in one, a folder a matter.")
    row = 0
    for path in documents_in(folder):
        inside = path.relative_to(folder)
        row += 1
        try:
            if len(inside.parts) < 2:
                raise FaultError(
                    "missing_group", "it lies in no folder of a matter, company or house"
                )
            clauses = [clause for clause in clauses_of(text_of(path)) if clause.heading]
        except FaultError as fault:
            read.faults.append(Fault(f"document {row}", row, fault.name, fault.said))
            continue
        if not clauses:
            read.left_out["document without headings"] += 1
        # with blanks, since a name of a list is whole words, and a '_' would be of its word
        named = " ".join(path.stem.replace("_", " ").split())
        for clause in clauses:
            asked = fields.request.format(heading=clause.heading, document=named)
            messages = (Message("user", asked), Message("assistant", clause.text, taught=True))
            key = f"{row}/{clause.line}"
            kept = {"heading": clause.heading, "number": clause.number}
            read.conversations.append(Conversation(row, messages, key, inside.parts[0], "", kept))


def _refuse_twins(path: Path, fields: Fields, read: Read) -> None:
    """An id that stands twice is a fault of its second row."""
    if fields.id is None:
        return
    seen: dict[str, int] = {}
    for conversation in read.conversations:
        first = seen.setdefault(conversation.key, conversation.row)
        if first != conversation.row:
            said = f"its '{fields.id}' is that of row {first}"
            read.faults.append(Fault(path.name, conversation.row, "duplicate_id", said))
    read.faults.sort(key=lambda fault: fault.row)
