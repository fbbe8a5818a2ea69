"""Dates of films and ages of patients, as they may be shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# 00010101 and the like are an anonymiser's dummies.
_EARLIEST, _LATEST = pd.Timestamp("1895-01-01"), pd.Timestamp("2200-12-31")
_BANDS = {18: "0-17", 40: "18-39", 60: "40-59", 80: "60-79", np.inf: "80+"}


def true_dates(stated: pd.Series) -> pd.Series:
    """Dates (N,) from YYYYMMDD; NaT where there is none that can be."""
    dates = pd.to_datetime(stated, format="%Y%m%d", errors="coerce")
    return dates.where((dates >= _EARLIEST) & (dates <= _LATEST))


def as_text(dates: pd.Series, pattern: str = "%Y-%m-%d") -> pd.Series:
    """Dates as text, empty where there is none."""
    return dates.dt.strftime(pattern).astype("string")


def shifted(dates: pd.Series, days: NDArray[np.int64]) -> pd.Series:
    """Dates moved by so many days each."""
    return dates + pd.to_timedelta(days, unit="D")


def age_bands(ages: pd.Series) -> pd.Series:
    """Ages in the bands of the report: children apart, then 20 years a band."""
    bands = pd.cut(
        ages.astype("float64"), [-np.inf, *_BANDS], right=False, labels=[*_BANDS.values()]
    )
    return bands.astype("string")
