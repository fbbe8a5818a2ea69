"""Boxes that a person drew on films: the table of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.errors import DataError
from medtune.tables.schema import read_table

NUMBERS = ("x", "y", "width", "height")
BOXES = ("case_id", *NUMBERS)
Rectangle = tuple[float, float, float, float]


def read_boxes(path: Path, cases: pd.DataFrame) -> Mapping[str, list[Rectangle]]:
    """Boxes as (left, top, right, bottom) in pixels of the film as it is stored, by case_id.

    Args:
        path: table with the columns of ``BOXES``, in pixels of the radiograph as it is stored.
        cases: of the run, indexed by case_id.

    Raises:
        DataError: rows that cannot be used.
    """
    table = read_table(path)
    missing = [name for name in BOXES if name not in table]
    if missing:
        raise DataError(f"{path.name} has no column {', '.join(missing)}.")
    found: dict[str, list[Rectangle]] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        case_id = str(row["case_id"])
        if case_id not in cases.index:
            raise DataError(f"{path.name}, line {line}: there is no case '{case_id}' in this run.")
        x, y, width, height = (_number(path, line, name, row[name]) for name in NUMBERS)
        if not (width > 0 and height > 0):
            raise DataError(f"{path.name}, line {line}: width and height must be above 0.")
        found.setdefault(case_id, []).append((x, y, x + width, y + height))
    return found


def _number(path: Path, line: int, column: str, value: Any) -> float:
    found = float(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])
    if not np.isfinite(found):
        said = "is empty" if pd.isna(value) else f"has '{value}', which is no number"
        raise DataError(f"{path.name}, line {line}: {column} {said}.")
    return found
