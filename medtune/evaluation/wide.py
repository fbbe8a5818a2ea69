"""Scores of any products in one wide table, a row a case, made into a table of predictions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.near import did_you_mean
from medtune.errors import ConfigError, DataError
from medtune.evaluation.arrays import Floats
from medtune.evaluation.pooling import NOT_ATTRIBUTES
from medtune.tables.predictions import COLUMNS
from medtune.tables.schema import read_table, read_text_table

JUDGED, CHOOSES = "test", "calibration"
LINES_NAMED = 3  # of several lines with one fault


@dataclass(frozen=True)
class Columns:
    """Which columns of a wide table mean what.

    Attributes:
        reference: 1 present, 0 absent, empty unknown.
        scores: one a model; the first is the generic one, the second is judged against it.
        group: the patient.
        study: the study of several rows; None where each row is one.
        split: says test or calibration; None where every row is judged.
    """

    reference: str
    scores: tuple[str, ...]
    group: str
    study: str | None = None
    split: str | None = None

    def by_option(self) -> list[tuple[str, str]]:
        """(option of the command line, column), in the order of the options."""
        named = [("--reference", self.reference)]
        named += [("--scores", name) for name in self.scores]
        named.append(("--group", self.group))
        named += [("--study", self.study)] if self.study is not None else []
        return named + ([("--split", self.split)] if self.split is not None else [])


def is_long(path: Path) -> bool:
    """Whether a table is one of predictions, a row a case and model, by its columns."""
    return set(COLUMNS) <= set(_read(path).columns)


def read_wide(path: Path, columns: Columns) -> pd.DataFrame:
    """Read a wide table as predictions.

    Rows are named by their line in the file, never by what identifies a case there: these names
    stand in the report. All columns that were not named are attributes.

    Args:
        path: CSV, TSV, Excel or Parquet, one row a case.
        columns: what is what.

    Returns:
        A table as ``medtune.tables.predictions`` declares it, with study_id and the attributes;
        the target has the name of the reference column, the models have those of their scores.

    Raises:
        ConfigError: columns that are not there, or one that is named twice.
        DataError: rows that cannot be used, all faults at once.
    """
    table = _read(path)
    problems = _wrong_columns(path, table, columns)
    if problems:
        raise ConfigError(problems)
    if table.empty:
        raise DataError(f"{path.name} has no rows.")
    score, reference = _Numbers(table[list(columns.scores)]), _Numbers(table[[columns.reference]])
    problems = [*_wrong_cells(path, table, columns, score, reference), *_repeated(path, table)]
    if problems:
        raise DataError("\n".join(problems))

    n = len(table)
    width = len(str(n + 1))
    line = pd.Series([f"row {number:0{width}d}" for number in range(2, n + 2)], dtype="string")
    shared: dict[str, Any] = {
        "case_id": line,
        "group_id": _text(table[columns.group]),
        "site": "",
        "split": JUDGED if columns.split is None else _text(table[columns.split]),
        "target": columns.reference,
        "class": "",
        "reference": reference.values[:, 0],
        "study_id": line if columns.study is None else _studies(table[columns.study]),
    }
    named = {name for _, name in columns.by_option()}
    others = [name for name in table if name not in {*named, *NOT_ATTRIBUTES}]
    attributes = {str(name): _text(table[name]) for name in others}
    rows = pd.DataFrame({**attributes, **shared})
    by_model = [
        rows.assign(model=model, score=score.values[:, at])
        for at, model in enumerate(columns.scores)
    ]
    return pd.concat(by_model, ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    """A table whose numbers are right to the last bit: text to be parsed, or numbers as stored."""
    if path.suffix.lower() == ".parquet":
        return read_table(path)
    return read_text_table(path)


def _wrong_columns(path: Path, table: pd.DataFrame, columns: Columns) -> list[str]:
    problems, seen = [], dict[str, str]()
    known = [str(name) for name in table.columns]
    for option, name in columns.by_option():
        if name not in known:
            near = did_you_mean(name, known)
            there = near or f" It has: {', '.join(known)}."
            problems.append(f"{path.name}: there is no column '{name}' ({option}).{there}")
        elif name in seen:
            problems.append(
                f"{path.name}: the column '{name}' is named by {seen[name]} and by {option}; each "
                "needs a column of its own."
            )
        elif known.count(name) > 1:
            problems.append(f"{path.name}: there are two columns called '{name}' ({option}).")
        seen.setdefault(name, option)
    return problems


def _wrong_cells(
    path: Path, table: pd.DataFrame, columns: Columns, score: _Numbers, reference: _Numbers
) -> Iterable[str]:
    """Cells that cannot be used. They are named by line, never shown: they may name a patient."""
    for at, name in enumerate(columns.scores):
        yield from _about(
            path,
            score.unread[:, at],
            f"the score '{name}' is no number; write it with a point, and leave it empty where "
            "the model could not score the case",
        )
        yield from _about(path, np.isinf(score.values[:, at]), f"the score '{name}' is infinite")
    value, unread = reference.values[:, 0], reference.unread[:, 0]
    yield from _about(
        path,
        unread | ~(np.isin(value, (0, 1)) | np.isnan(value)),
        f"the reference '{columns.reference}' is neither 1 (present), 0 (absent) nor empty "
        "(unknown)",
    )
    for option, column in columns.by_option():
        if option in ("--group", "--study", "--split"):
            empty = (_text(table[column]) == "").to_numpy(bool)
            yield from _about(path, empty, f"'{column}' ({option}) is empty")
    if columns.split is not None:
        words = _text(table[columns.split])
        if not (words == JUDGED).any():
            yield (
                f"{path.name}: no row of '{columns.split}' says '{JUDGED}', so there is nothing to "
                f"judge. Rows that say '{JUDGED}' are judged, those that say '{CHOOSES}' set the "
                "thresholds, all others are left out."
            )


def _repeated(path: Path, table: pd.DataFrame) -> Iterable[str]:
    """Rows that stand twice: one case that would count as two."""
    twice = table.duplicated(keep="first").to_numpy(bool)
    yield from _about(
        path,
        twice,
        "the row repeats an earlier one in every column; take it out, or add a column that tells "
        "the two cases apart",
    )


def _about(path: Path, wrong: NDArray[np.bool_], sentence: str) -> Iterable[str]:
    """One sentence about all lines with a fault."""
    lines = [str(at + 2) for at in np.flatnonzero(wrong)]
    if not lines:
        return
    if len(lines) == 1:
        where = f"line {lines[0]}"
    elif len(lines) <= LINES_NAMED:
        where = f"lines {', '.join(lines[:-1])} and {lines[-1]}"
    else:
        where = f"lines {', '.join(lines[:LINES_NAMED])} and {len(lines) - LINES_NAMED} more"
    yield f"{path.name}, {where}: {sentence}."


class _Numbers:
    """Columns of numbers: values (n, k) in float64, NaN where a cell is empty or no number.

    Attributes:
        values: the numbers.
        unread: (n, k), cells that are neither empty nor a number.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        read = [_numbers(table.iloc[:, at]) for at in range(table.shape[1])]
        self.values = np.column_stack([values for values, _ in read])
        self.unread = np.column_stack([unread for _, unread in read])


def _numbers(column: pd.Series) -> tuple[Floats, NDArray[np.bool_]]:
    unread = np.zeros(len(column), dtype=bool)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(np.float64, na_value=np.nan), unread
    values = np.full(len(column), np.nan)
    for at, cell in enumerate(_text(column)):
        if cell:
            try:
                values[at] = float(cell)  # right to the last bit
            except ValueError:
                unread[at] = True
    return values, unread


def _text(column: pd.Series) -> pd.Series:
    return column.astype("string").fillna("").str.strip()


def _studies(column: pd.Series) -> pd.Series:
    """Names of studies that say nothing of what the file calls them."""
    code, names = pd.factorize(_text(column), sort=True)
    width = len(str(len(names)))
    return pd.Series([f"study {number + 1:0{width}d}" for number in code], dtype="string")
