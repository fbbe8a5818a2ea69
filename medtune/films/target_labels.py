"""Label columns of targets: classes and grades by their names, amounts as numbers in range."""

from __future__ import annotations

import numpy as np
import pandas as pd

from medtune.config.targets import OF_CLASSES, Target, plain_class
from medtune.errors import DataError

UNKNOWN = ("", "nan", "na", "n/a", "none", "null", "unknown")
UNSURE = ("-1", "uncertain", "equivocal")


def target_values(column: pd.Series, name: str, target: Target, table: str) -> pd.Series:
    """What a column says of one target.

    A class may be called as an unknown or uncertain label is written ("none" of a severity): then
    it is that class.

    Args:
        column: cells as text.
        name: of the target.
        target: what it may hold.
        table: the table's name, for the message.

    Returns:
        Of classes and grades the class as the run writes it, -1.0 where uncertain, NaN where
        unknown; of amounts numbers, NaN where unknown or uncertain.

    Raises:
        DataError: a cell is none of these; with the first line and how many there are.
    """
    if target.kind in OF_CLASSES:
        return _classes(column, name, target, table)
    return _amounts(column, name, target, table)


def _classes(column: pd.Series, name: str, target: Target, table: str) -> pd.Series:
    assert target.classes is not None
    said: dict[str, object] = {
        **dict.fromkeys(UNKNOWN, np.nan),
        **dict.fromkeys(UNSURE, -1.0),
        **{plain_class(each): each for each in target.classes},
    }
    plain = column.map(plain_class)
    strange = ~plain.isin(said.keys())
    if strange.any():
        raise DataError(
            _strange(column, strange, table)
            + f" '{name}' is one of {', '.join(target.classes)}, or empty (unknown)."
        )
    return plain.map(said).astype(object)


def _amounts(column: pd.Series, name: str, target: Target, table: str) -> pd.Series:
    assert target.range is not None
    low, high = target.range
    plain = column.str.strip().str.lower()
    number = pd.to_numeric(plain.where(~plain.isin(UNKNOWN)), errors="coerce").astype("float64")
    inside = number.between(low, high)
    unknown = plain.isin(UNKNOWN) | (plain.isin(UNSURE) & ~inside)
    strange = ~(inside | unknown)
    if strange.any():
        raise DataError(
            _strange(column, strange, table)
            + f" '{name}' is from {low:g} to {high:g} {target.unit}, or empty (unknown)."
        )
    return number.where(inside)


def _strange(column: pd.Series, strange: pd.Series, table: str) -> str:
    """The first cell that cannot be read, where it is, and how many there are."""
    row, many = int(strange.to_numpy().argmax()), int(strange.sum())
    more = f" ({many} cells of the column cannot be read)" if many > 1 else ""
    return f"{table}, line {row + 2}: the column '{column.name}' holds '{column.iloc[row]}'{more}."
