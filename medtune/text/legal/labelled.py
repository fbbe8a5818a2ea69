"""Documents whose clauses somebody labelled, from which kinds of clause are learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medtune.errors import DataError
from medtune.text.faults import FaultError
from medtune.text.formats.lines import read_lines


@dataclass(frozen=True)
class Labelled:
    """A document whose clauses somebody labelled, as CUAD's.

    Attributes:
        text: the whole document.
        clauses: pieces of it, by kind of clause.
        group: whose it is: folds keep groups whole.
    """

    text: str
    clauses: Mapping[str, Sequence[str]]
    group: str


def read_labelled(path: Path, group: str) -> list[Labelled]:
    """Labelled documents of a file of JSON lines.

    For example, with 'company' for the group::

        {"company": "Alwick", "text": "1. Law ...", "clauses": {"Governing Law": ["This ..."]}}

    Args:
        path: of the file.
        group: the field that says whose a document is.

    Raises:
        DataError: there is none, or a line is none; names the row.
    """
    found = [_document(path, row, record, group) for row, record in read_lines(path)]
    if not found:
        raise DataError(f"{path.name} has no labelled document.")
    return found


def _document(path: Path, row: int, record: dict[str, Any] | FaultError, group: str) -> Labelled:
    where = f"{path.name}, row {row}"
    if isinstance(record, FaultError):
        raise DataError(f"{where}: {record}")
    text, clauses, whose = record.get("text"), record.get("clauses"), record.get(group)
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: there is no field 'text'.")
    if not isinstance(whose, str | int) or not str(whose).strip():
        raise DataError(f"{where}: there is no field '{group}', which says whose document it is.")
    if not isinstance(clauses, dict) or not all(map(_are_pieces, clauses.values())):
        raise DataError(
            f"{where}: 'clauses' has to give a list of pieces of the text for each kind of clause, "
            'such as {"Governing Law": ["This Agreement is governed by ..."]}.'
        )
    # a kind with no piece is not there
    return Labelled(text, {kind: said for kind, said in clauses.items() if said}, str(whose))


def _are_pieces(said: object) -> bool:
    return isinstance(said, list) and all(isinstance(one, str) for one in said)
