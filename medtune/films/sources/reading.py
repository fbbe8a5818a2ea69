"""One published table as text, a row a line, with our names for its columns."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.near import near_word
from medtune.errors import DataError
from medtune.films.sources.description import Table

CELLS = pd.StringDtype("pyarrow")  # a tenth of the memory of Python's own text
UNREADABLE = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile)


def read_published(path: Path, table: Table, labels: tuple[str, ...]) -> pd.DataFrame:
    """Read the columns that are needed of one table; blank cells are ''.

    Args:
        path: the table: .csv, .txt or .json, packed or not.
        table: its description.
        labels: label columns, read under their own names.

    Returns:
        Text, indexed by the line of the file, the first being 1; of JSON, by the entry.

    Raises:
        DataError: it cannot be read, a column is missing, or it holds no row.
    """
    wanted = {**table.columns, **{name: [name] for name in labels}}
    try:
        if ".json" in path.suffixes:
            rows = _entries(path, wanted)
        else:
            rows = _lines(path, table, wanted)
    except UNREADABLE as error:
        raise DataError(
            f"{path.name} cannot be read: it is damaged, cut short, or no such table "
            f"({type(error).__name__})."
        ) from None
    rows = rows[(rows != "").any(axis=1)]
    if rows.empty:
        raise DataError(f"{path.name} holds no row.")
    return rows


def _lines(path: Path, table: Table, wanted: Mapping[str, list[str]]) -> pd.DataFrame:
    options: dict[str, Any] = {"encoding": "utf-8-sig", "index_col": False}
    if table.header is None:
        raw = [str(name) for name in pd.read_csv(path, nrows=0, **options).columns]
        named = _named({name.strip(): name for name in raw}, wanted, path.name)
        options |= {"usecols": list(named.values()), "header": 0}
        first = 2
    else:
        named = _named({name: name for name in table.header}, wanted, path.name)
        options |= {"usecols": list(named.values()), "header": None, "names": table.header}
        first = 1
    rows = pd.read_csv(path, dtype=CELLS, keep_default_na=False, skip_blank_lines=False, **options)
    rows = rows.rename(columns={theirs: ours for ours, theirs in named.items()})
    rows.index = pd.RangeIndex(first, first + len(rows))
    return rows[list(named)].fillna("")


def _entries(path: Path, wanted: Mapping[str, list[str]]) -> pd.DataFrame:
    entries = pd.read_json(path, orient="records", dtype=False)
    named = _named({str(name): str(name) for name in entries.columns}, wanted, path.name)
    rows = entries[list(named.values())].astype(CELLS).fillna("")
    rows.columns = list(named)
    rows.index = pd.RangeIndex(1, 1 + len(rows))
    return rows


def _named(there: Mapping[str, str], wanted: Mapping[str, list[str]], file: str) -> dict[str, str]:
    """Our name of each column to the name it has in this file; all that lack are told at once."""
    named, lacking = {}, []
    for ours, theirs in wanted.items():
        found = next((name for name in theirs if name in there), None)
        if found is None:
            near = near_word(theirs[0], there)
            meant = f" (did you mean '{near}'?)" if near else ""
            lacking.append(f"'{' or '.join(theirs)}'{meant}")
        else:
            named[ours] = there[found]
    if lacking:
        raise DataError(f"{file} has no column {'; no column '.join(lacking)}.")
    return named
