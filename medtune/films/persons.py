"""Patients who have several IDs, told by a table of the hospital."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from medtune.errors import DataError
from medtune.tables.schema import read_text_table


def read_persons(path: Path) -> pd.Series:
    """Read the table of patients who have several IDs.

    Args:
        path: a table with a column ``patient_id`` and a column ``person``.

    Returns:
        The person, indexed by the patient ID as pseudonyms are made: upper case, single spaces.

    Raises:
        DataError: a column is missing, or one ID is two persons.
    """
    table = read_text_table(path)
    missing = [name for name in ("patient_id", "person") if name not in table.columns]
    if missing:
        raise DataError(f"{path.name} has no column {' and no column '.join(missing)}.")
    table = table[["patient_id", "person"]].apply(lambda c: c.str.upper().str.split().str.join(" "))
    persons = table[(table["patient_id"] != "") & (table["person"] != "")].drop_duplicates()
    twice = persons["patient_id"].duplicated()
    if twice.any():
        row = int(twice[twice].index[0])
        raise DataError(f"{path.name}, line {row + 2}: this patient ID is two persons already.")
    return persons.set_index("patient_id")["person"]
