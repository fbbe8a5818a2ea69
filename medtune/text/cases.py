"""Texts as cases: named by pseudonyms, redacted, without anything that leads back to a customer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pandas as pd

from medtune.dicom.privacy import Pseudonyms
from medtune.tables.schema import TEXT
from medtune.text.conversation import Conversation, Message
from medtune.text.formats import Read
from medtune.text.redact import Redactor

# The private way back; never copied, never reported.
LOCATION_COLUMNS = {
    "case_id": TEXT,
    "file": TEXT,
    "row": "Int64",
    "key": TEXT,  # the record's name in its file
    "group": TEXT,  # the customer, as the file has it
    "time": TEXT,  # the true one
}
MONTH = 7  # characters of YYYY-MM


@dataclass(frozen=True)
class Texts:
    """Texts of a run.

    Attributes:
        cases: one row a text, see ``tables.cases``, with the column ``given``: the split that its
            file is of, empty where the split is to be dealt.
        messages: redacted, by case_id: a JSON list of [role, content, taught].
        locations: columns of ``LOCATION_COLUMNS``.
    """

    cases: pd.DataFrame
    messages: pd.Series
    locations: pd.DataFrame


def texts_of(
    reads: Mapping[str, tuple[str, Read]],
    names: Pseudonyms,
    redact: Redactor,
    *,
    site: str,
    source: str,
    grouped: bool,
    named: bool,
    target: str,
) -> Texts:
    """The records of all files as cases.

    A record without a name is known by its file's split, its group and what it says, so that rows
    may be added or moved; what one group says twice, by the order of the two.

    Args:
        reads: by split ('' where it is to be dealt), the file's name and what was read of it.
        names: gives pseudonyms.
        redact: replaces identifiers.
        site: the company.
        source: the format.
        grouped: whether records name their group; otherwise each is its own.
        named: whether records have names of their own.
        target: column of the labels of intents.
    """
    rows, places, messages = [], [], []
    said: Counter[tuple[str, str, str]] = Counter()
    for split, (file, read) in reads.items():
        for number, one in enumerate(read.conversations):
            key = one.key
            if not named:
                asker = one.group if grouped else ""
                known = (split, asker, _digest(one))
                said[known] += 1
                key = f"{sha256(json.dumps(known).encode()).hexdigest()} {said[known]}"
            owner = one.group if grouped else f"alone {split} {key}"
            case_id = names.case(f"text {site} {split} {key}")
            places.append((case_id, file, one.row, one.key, owner, one.time))
            messages.append(written(one.messages, redact))
            rows.append({
                "case_id": case_id, "group_id": names.group(site, owner), "study_id": case_id,
                "site": site, "source": source, "date": pd.NA,
                "period": one.time[:MONTH] or pd.NA, "given": split, "uncertain": pd.NA,
                target: read.labels[number] if read.labels else pd.NA,
                **{name: redact(value) for name, value in one.attributes.items()},
            })  # fmt: skip
    cases = pd.DataFrame(rows)
    return Texts(
        cases=cases,
        messages=pd.Series(messages, index=pd.Index(cases["case_id"], name="case_id"), dtype=TEXT),
        locations=pd.DataFrame(places, columns=list(LOCATION_COLUMNS)).astype(LOCATION_COLUMNS),
    )


def written(messages: Iterable[Message], redact: Redactor) -> str:
    """Messages as one cell of a table, redacted."""
    cell = [[each.role, redact(each.content), each.taught] for each in messages]
    return json.dumps(cell, ensure_ascii=False)


def messages_of(cell: str) -> tuple[Message, ...]:
    """Messages out of a cell."""
    return tuple(Message(role, content, taught) for role, content, taught in json.loads(cell))


def plain_texts(cells: Sequence[str]) -> list[str]:
    """All that is said in each text, a line a message."""
    return ["\n".join(message.content for message in messages_of(cell)) for cell in cells]


def _digest(one: Conversation) -> str:
    content = json.dumps([[each.role, each.content] for each in one.messages])
    return sha256(content.encode()).hexdigest()
