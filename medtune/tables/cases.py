"""The cases: one row a film, with its targets and attributes, without identifier or path."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from medtune.tables.schema import NUMBER, TEXT, declare, read_table, write_table

COLUMNS = {
    "case_id": TEXT,
    "group_id": TEXT,
    "study_id": TEXT,
    "site": TEXT,
    "source": TEXT,
    "date": TEXT,  # YYYY-MM-DD, shifted per patient: for intervals within a patient only
    "period": TEXT,  # YYYY-MM, derived before the shift
}
ATTRIBUTES = ("sex", "age", "age_band", "view", "scanner", "portable", "modality")
# What a case's column of a target holds, by the target's kind; empty is unknown.
TYPE_OF = {
    "binary": "Int8",  # 1 present, 0 absent
    "multiclass": TEXT,  # the class, as the run writes it
    "ordinal": TEXT,
    "continuous": NUMBER,
}
UNCERTAIN = "uncertain"  # findings whose label is -1, separated by bars; their column is empty
BAR = "|"


def write_uncertain(findings: Iterable[str]) -> str:
    """The cell of the column ``uncertain`` that names these findings."""
    return BAR.join(findings)


def read_uncertain(cell: object) -> list[str]:
    """The findings that a cell of the column ``uncertain`` names."""
    return str(cell).split(BAR) if isinstance(cell, str) and cell else []


def declare_cases(frame: pd.DataFrame, targets: list[str], kind: str = "binary") -> pd.DataFrame:
    """Give a cases table its columns: declared ones, targets, attributes.

    Args:
        frame: the table.
        targets: names of what is learned.
        kind: of all of them, see ``TYPE_OF``.

    Raises:
        DataError: a column is missing or does not hold its type.
    """
    wanted = {**COLUMNS, **dict.fromkeys(targets, TYPE_OF[kind]), UNCERTAIN: TEXT}
    return declare(frame, wanted, "cases")


def read_cases_table(path: Path) -> pd.DataFrame:
    """Read ``cases.parquet``."""
    return declare(read_table(path), COLUMNS, "cases")


def write_cases_table(frame: pd.DataFrame, path: Path) -> None:
    """Write ``cases.parquet``."""
    write_table(frame, path)
