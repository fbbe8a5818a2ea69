"""What a person drew on films, in the square that the network sees, and maps held against it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.run import Run
from medtune.errors import DataError, InputError
from medtune.evaluation.intervals import wilson
from medtune.report.locate_page import Overlap
from medtune.tables.schema import read_table
from medtune.vision.saliency import Maps
from medtune.vision.saliency import inside as inside_of

NUMBERS = ("x", "y", "width", "height")
BOXES = ("case_id", *NUMBERS)


def read_boxes(
    path: Path, run: Run, cases: pd.DataFrame
) -> Mapping[str, list[NDArray[np.float64]]]:
    """Boxes as (left, top, right, bottom) in pixels of the network's square, by case_id.

    Args:
        path: table with the columns of ``BOXES``, in pixels of the radiograph as it is stored.
        run: whose network sees the square.
        cases: of the run, indexed by case_id, with their rows and columns.

    Raises:
        InputError: the network saw a part of the film that the table knows nothing of.
        DataError: rows that cannot be used.
    """
    if run.data.pixels.collimation == "crop":
        raise InputError(
            "Boxes are in pixels of the whole film, and with 'data.pixels.collimation: crop' the "
            "network saw a part of it: they cannot be laid over one another."
        )
    table = read_table(path)
    missing = [name for name in BOXES if name not in table]
    if missing:
        raise DataError(f"{path.name} has no column {', '.join(missing)}.")
    shapes = {
        str(case_id): (int(rows), int(columns))
        for case_id, rows, columns in zip(cases.index, cases["rows"], cases["columns"], strict=True)
    }
    found: dict[str, list[NDArray[np.float64]]] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        case_id = str(row["case_id"])
        if case_id not in shapes:
            raise DataError(f"{path.name}, line {line}: there is no case '{case_id}' in this run.")
        number = [_number(path, line, name, row[name]) for name in NUMBERS]
        corner, size = np.array(number[:2]), np.array(number[2:])
        if not (size > 0).all():
            raise DataError(f"{path.name}, line {line}: width and height must be above 0.")
        rows, columns = shapes[case_id]
        ends = np.stack([corner, corner + size])
        found.setdefault(case_id, []).append(
            in_square(ends, rows, columns, run.model.image_size,
                      crop=run.data.pixels.fit == "crop").ravel()
        )  # fmt: skip
    return found


def _number(path: Path, line: int, column: str, value: Any) -> float:
    found = float(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])
    if not np.isfinite(found):
        said = "is empty" if pd.isna(value) else f"has '{value}', which is no number"
        raise DataError(f"{path.name}, line {line}: {column} {said}.")
    return found


def in_square(
    points: NDArray[np.float64], rows: int, columns: int, size: int, *, crop: bool
) -> NDArray[np.float64]:
    """Points of a film where the network's square has them, for pixels that are square.

    Args:
        points: (K, 2), x and y in pixels of the film.
        rows: of the film.
        columns: of the film.
        size: pixels a side of the square.
        crop: whether the square is the middle of the film, or the whole film on black.

    Returns:
        (K, 2); outside of [0, size] where the square does not have them.
    """
    side = min(rows, columns) if crop else max(rows, columns)
    scale = size / side
    shift = np.array([(side - columns) / 2, (side - rows) / 2])
    return (points + shift) * scale


def refuse_none_drawn(
    chosen: pd.Series[str], drawn: Mapping[str, list[NDArray[np.float64]]]
) -> None:
    """Refuse boxes of which none is on a chosen film.

    Raises:
        DataError: none of them has one.
    """
    if not chosen.isin(drawn).any():
        raise DataError("None of the chosen films has a box: " + ", ".join(chosen))


def overlap(
    table: pd.DataFrame,
    found: Maps,
    drawn: Mapping[str, list[NDArray[np.float64]]],
    size: int,
) -> tuple[pd.DataFrame, Overlap]:
    """Lay maps and boxes over one another.

    Args:
        table: a row a film, with case_id.
        found: (N, S, S), the maps of its rows.
        drawn: boxes by case_id, as ``read_boxes`` gives them; of one film at least.
        size: S, pixels a side of the square.

    Returns:
        The table with hit, inside and chance (empty without a box), and all films together.
    """
    there = table["case_id"].isin(drawn).to_numpy()
    region = np.zeros((int(there.sum()), size, size), bool)
    for place, case_id in enumerate(table.loc[there, "case_id"]):
        for left, top, right, bottom in drawn[case_id]:
            ends = np.clip(np.rint([top, bottom, left, right]), 0, size).astype(int)
            region[place, ends[0] : ends[1], ends[2] : ends[3]] = True
    hit, share, chance = inside_of(found[there], region)
    table = table.assign(hit=np.nan, inside=np.nan, chance=np.nan)
    table.loc[there, ["hit", "inside", "chance"]] = np.column_stack([hit, share, chance])
    low, high = wilson(int(hit.sum()), hit.size, 0.95)
    return table, Overlap(
        int(hit.sum()), hit.size, low, high, float(chance.mean()), float(share.mean())
    )
