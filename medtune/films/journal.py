"""The table of a store, and the journal of films decoded since it was last written."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from medtune.films.array import rows_of, seal, sync
from medtune.films.preprocessing import Preprocessing
from medtune.tables.schema import TEXT, declare, read_table, write_table

ROW_COLUMNS = {
    "case_id": TEXT,
    "row": "Int64",
    "reason": TEXT,
    "notes": TEXT,
    "text": TEXT,
    "bytes": "Int64",  # size and time of the file that was decoded: another file is decoded again
    "modified": "Int64",
    "digest": TEXT,
    "fingerprint": "object",
}
SAVED_AT = 512  # films


class Journal:
    """What a store holds.

    Args:
        home: the store's folder.
    """

    def __init__(self, home: Path) -> None:
        self.table, self.parts, self.planned = (
            home / "rows.parquet",
            home / "journal",
            home / "plan.parquet",
        )
        self._number = len(list(self.parts.glob("*.parquet")))
        self._unsaved: list[pd.DataFrame] = []
        self._saved: list[pd.DataFrame] = []

    def read(self) -> pd.DataFrame:
        """All rows, those of the journal of an interrupted run included."""
        paths = [self.table, *sorted(self.parts.glob("*.parquet"))]
        tables = [read_table(path) for path in paths if path.exists()]
        return _together(tables)

    def plan(self, wanted: pd.DataFrame, known: pd.DataFrame, free: int) -> pd.DataFrame:
        """Give each film a row, the one that an interrupted run had given it where there is one.

        Args:
            wanted: case_id of the films.
            known: the rows that are taken.
            free: the first row that never was.

        Returns:
            The films with a column row.
        """
        columns = ["case_id", "row"]
        plan = read_table(self.planned) if self.planned.exists() else pd.DataFrame(columns=columns)
        plan = plan[plan["case_id"].isin(wanted["case_id"]) & ~plan["row"].isin(known["row"])]
        free = max(
            free, *(int(t["row"].max()) + 1 for t in (plan, known) if t["row"].notna().any()), 0
        )
        found = wanted.merge(plan[columns], on="case_id", how="left")
        new = found["row"].isna()
        found.loc[new, "row"] = np.arange(free, free + int(new.sum()))
        found["row"] = found["row"].astype("int64")
        write_table(found[columns], self.planned)
        return found

    def add(self, part: pd.DataFrame, array: Path) -> None:
        """Note films as decoded; saved now and then, when their pixels are on the disk."""
        self._unsaved.append(part)
        if sum(len(each) for each in self._unsaved) >= SAVED_AT:
            self._save(array)

    def end(self, known: pd.DataFrame, array: Path, spec: Preprocessing) -> pd.DataFrame:
        """Write the table; nothing of the journal is needed any more."""
        if self._unsaved:
            self._save(array)
        rows = _together([known, *self._saved]).sort_values("case_id", ignore_index=True)
        taken = int(rows["row"].max()) + 1 if rows["row"].notna().any() else 0
        seal(array, spec, max(taken, rows_of(array)))
        write_table(rows, self.table)
        shutil.rmtree(self.parts, ignore_errors=True)
        self.planned.unlink(missing_ok=True)
        return rows

    def _save(self, array: Path) -> None:
        part = _together(self._unsaved)
        sync(array)
        write_table(part, self.parts / f"{self._number:06d}.parquet")
        self._number += 1
        self._saved.append(part)
        self._unsaved = []


def _together(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of several; of a film that stands in two, the later row."""
    tables = [table for table in tables if len(table)]
    if not tables:
        return declare(pd.DataFrame(columns=list(ROW_COLUMNS)), ROW_COLUMNS, "rows")
    rows = pd.concat([declare(table, ROW_COLUMNS, "rows") for table in tables], ignore_index=True)
    return rows.drop_duplicates("case_id", keep="last").reset_index(drop=True)
