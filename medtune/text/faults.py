"""What can be wrong with a record of text, by the names that people know.

The first seven names are those of the OpenAI cookbook ("Data preparation and analysis for chat
model fine-tuning", 2023), so that its readers find their way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

FAULTS: dict[str, str] = {
    "data_type": "a record is an object with named fields",
    "missing_messages_list": "a record has a list of messages",
    "message_missing_key": "a message has a role and a content",
    "message_unrecognized_key": "a message has no fields that nobody reads",
    "unrecognized_role": "a role is system, user, assistant or tool",
    "missing_content": "a message says something",
    "example_missing_assistant_message": "a record has an answer to learn from",
    "not_json": "a line is one JSON object",
    "wrong_encoding": "text is UTF-8",
    "record_too_long": "a record has at most 4 MiB",
    "missing_group": "a record names its customer, asker, company or matter",
    "missing_field": "a record has the fields of its format",
    "duplicate_id": "an id stands once",
    "bad_weight": "a weight is 0 or 1",
    "missing_label": "a record has the label to learn",
    "bad_time": "a time is written as a date, and a date with a time, in ISO 8601",
    "no_question": "something is asked before it is answered",
}
SHOWN = 20  # faults told one by one; the rest are counted


class FaultError(Exception):
    """A record that cannot be used: a name of ``FAULTS`` and what was found."""

    def __init__(self, name: str, said: str) -> None:
        assert name in FAULTS, name
        self.name, self.said = name, said
        super().__init__(f"{name}: {said}")


@dataclass(frozen=True)
class Fault:
    """One fault of one row.

    Attributes:
        file: name of the file, without its folder.
        row: counted from 1.
        name: of ``FAULTS``.
        said: what was found, in words that quote no content.
    """

    file: str
    row: int
    name: str
    said: str

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}: {self.said} [{self.name}]"


def told(faults: Sequence[Fault]) -> list[str]:
    """Faults as lines for a person: the first ones each, then how many of each name there are."""
    lines = [str(fault) for fault in faults[:SHOWN]]
    if len(faults) > SHOWN:
        counted = Counter(fault.name for fault in faults)
        kinds = ", ".join(f"{name} {count}" for name, count in counted.most_common())
        lines.append(f"... {len(faults) - SHOWN} more; in all: {kinds}")
    return lines
