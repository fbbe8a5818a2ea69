"""``medtune check --readings``: what the readers of a list said, and how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.run import Run
from medtune.errors import DataError
from medtune.films.adjudication import (
    Sheet,
    adjudication_sheet,
    is_adjudication,
    list_named,
    read_adjudication,
    read_sheet,
    reference_table,
)
from medtune.films.agreement import Agreement, agreement
from medtune.films.readings import LIST_COLUMNS, write_private
from medtune.tables.amounts import counted
from medtune.tables.schema import declare, read_table, read_text_table
from medtune.workflow.reading_list import LIST, lists_of

ADJUDICATION, REFERENCE = "adjudication.csv", "reference.csv"


@dataclass(frozen=True)
class Readings:
    """What the readers said.

    Attributes:
        name: of the list.
        studies: on the list.
        agreement: of the two readers, by finding; empty where a third reader's sheet was read.
        unreadable: by reader, studies called unreadable.
        still_open: values that a third reader has to decide.
        adjudication: the sheet for the third reader; None where that was what was read.
        reference: the table for ``evaluation.reference``; None while values are open.
    """

    name: str
    studies: int
    agreement: list[Agreement]
    unreadable: dict[str, int]
    still_open: int
    adjudication: Path | None
    reference: Path | None

    def lines(self) -> list[str]:
        """For a person."""
        lines = [f"Readings of list {self.name}: {counted(self.studies, 'study')}"]
        lines += [f"  {each.line()}" for each in self.agreement]
        lines += [
            f"  {who} could not read {counted(n, 'study')}"
            for who, n in self.unreadable.items()
            if n
        ]
        if self.adjudication is not None:
            lines.append(
                f"{counted(self.still_open, 'value', 'is')} open for a third reader: "
                f"{self.adjudication}"
            )
        if self.reference is not None:
            lines.append(f"Reference: {self.reference}")
            lines.append("It is used where the run says 'evaluation.reference' and this path.")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {
            "list": self.name,
            "studies": self.studies,
            "agreement": [each.as_dict() for each in self.agreement],
            "unreadable": self.unreadable,
            "open": self.still_open,
            "adjudication": None if self.adjudication is None else str(self.adjudication),
            "reference": None if self.reference is None else str(self.reference),
        }


def read_back(run: Run, sheets: Sequence[Path | str], *, show: bool = True) -> Readings:
    """Read what came back: the sheets of two readers, or the sheet that a third one decided on.

    Two sheets give the agreement and the sheet for the third reader; where nothing is open, or on
    the third reader's sheet, the table for ``evaluation.reference``.

    Args:
        run: as ``load_run`` gives it.
        sheets: two readers' sheets, or one adjudication sheet.
        show: taken for the sake of the other verbs; there is no progress to show.

    Raises:
        DataError: sheets that cannot be used, with file and line.
    """
    paths = [Path(path) for path in sheets]
    names = sorted({list_named(path) for path in paths})
    if len(names) > 1:
        raise DataError(f"The sheets are of different lists: {', '.join(names)}.")
    folder = lists_of(run) / names[0]
    if not (folder / LIST).exists():
        raise DataError(
            f"{paths[0].name}: there is no reading list {names[0]} in the work folder of this run."
        )
    listed = declare(read_table(folder / LIST), LIST_COLUMNS, "reading list")
    findings = list(run.data.findings)
    third = [path for path in paths if is_adjudication(path)]
    if third:
        if len(paths) > 1:
            raise DataError(f"{third[0].name} is an adjudication sheet; it is read alone.")
        values, who = read_adjudication(third[0], listed, findings)
        reference = folder / REFERENCE
        write_private(reference_table(values, who, listed), reference)
        return Readings(names[0], len(listed), [], {}, 0, None, reference)
    if len(paths) != 2:
        raise DataError(f"Two readers' sheets are read together; {len(paths)} were given.")
    said = [read_sheet(path, listed, findings) for path in paths]
    return _side_by_side(folder, listed, said)


def _side_by_side(folder: Path, listed: pd.DataFrame, said: list[Sheet]) -> Readings:
    if said[0].reader == said[1].reader:
        raise DataError(
            f"Both sheets are of the reader '{said[0].reader}'. Two readers have two codes."
        )
    path = folder / ADJUDICATION
    _refuse_to_overwrite(path)
    rows = adjudication_sheet(listed, said)
    write_private(rows, path)
    still_open = int((rows["adjudicated"] == "").sum())
    reference = None
    if not still_open:
        findings = list(said[0].values.columns)
        values, who = read_adjudication(path, listed, findings)
        reference = folder / REFERENCE
        write_private(reference_table(values, who, listed), reference)
    patients = listed.set_index("reading")["group_id"]
    return Readings(
        name=folder.name,
        studies=len(listed),
        agreement=agreement(said[0].values, said[1].values, patients),
        unreadable={
            each.reader: int((each.notes["quality"] == "unreadable").sum()) for each in said
        },
        still_open=still_open,
        adjudication=path,
        reference=reference,
    )


def _refuse_to_overwrite(path: Path) -> None:
    """Keep a sheet on which a third reader has begun.

    Raises:
        DataError: it is there.
    """
    if not path.exists():
        return
    old = read_text_table(path)
    differ = old["value_1"] != old["value_2"]
    if (differ & (old["adjudicated"] != "")).any() or (old["adjudicator"] != "").any():
        raise DataError(
            f"{path.name} of this list has been filled in by a third reader. Read that sheet back, "
            "or take it away to begin again from the readers' sheets."
        )
