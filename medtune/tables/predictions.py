"""The predictions: one row a case, model, target and class. Here torch ends."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from medtune.tables.schema import NUMBER, TEXT, declare, read_table, write_table

COLUMNS = {
    "case_id": TEXT,
    "group_id": TEXT,
    "site": TEXT,
    "split": TEXT,
    "model": TEXT,
    "target": TEXT,
    "class": TEXT,
    "score": NUMBER,  # empty: the model could not score the case, 'refused' says why
    "reference": NUMBER,  # 1 present, 0 absent, empty unknown
}
# Attributes follow: study_id (absent: each case is its own study), sex, age_band, view, scanner,
# uncertain (findings labelled -1), refused (a reason).


def retrained(model: str, seed: int) -> str:
    """Name of the same training with another seed, beside the model that is judged."""
    return f"{model}:seed={seed}"


def declare_predictions(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a predictions table its columns.

    Raises:
        DataError: a column is missing or does not hold its type.
    """
    return declare(frame, COLUMNS, "predictions")


def read_predictions(path: Path) -> pd.DataFrame:
    """Read ``predictions.parquet``."""
    return declare_predictions(read_table(path))


def write_predictions(frame: pd.DataFrame, path: Path) -> None:
    """Write ``predictions.parquet``."""
    write_table(declare_predictions(frame), path)
