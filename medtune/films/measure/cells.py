"""Numbers of groups without numbers of patients: rounded, and small cells left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.site import Spread

_QUARTILES = 1.349  # standard deviations from the lower quartile to the upper one
_DIGITS = 3  # significant


def rounded(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.{_DIGITS}g}")


def spread_of(values: Sequence[float] | NDArray[Any] | pd.Series) -> float:
    """Standard deviation from the quartiles of what is known."""
    known = _known(values)
    low, high = np.quantile(known, [0.25, 0.75])
    return rounded((high - low) / _QUARTILES)


def spread(
    values: Sequence[float] | NDArray[Any] | pd.Series, patients: Sequence[str], smallest: int
) -> Spread | None:
    """Median and spread; None where they rest on too few patients.

    Args:
        values: one a film; NaN where it is not known.
        patients: whose film each is.
        smallest: patients that are needed.
    """
    known = np.isfinite(_floats(values))
    if len(set(np.asarray(patients, object)[known])) < smallest:
        return None
    return Spread(middle=rounded(float(np.median(_known(values)))), spread=spread_of(values))


def shares(values: pd.Series, patients: pd.Series, smallest: int) -> dict[str, float] | None:
    """Share of each value among the patients that have one.

    Values of too few patients are left out, and where that is one value alone, the next smallest
    too: else it could be told from the others.

    Args:
        values: one a film.
        patients: whose film each is.
        smallest: patients that are needed.
    """
    pairs = pd.DataFrame({"value": values.astype("string"), "patient": patients}).dropna()
    counts = pairs.drop_duplicates()["value"].value_counts()
    small = counts < smallest
    if small.sum() == 1:
        small |= counts == counts[~small].min()
    told = counts[~small]
    if told.empty:
        return None
    whole = int(counts.sum())
    return {str(name): round(int(count) / whole, 2) for name, count in told.sort_index().items()}


def _known(values: Sequence[float] | NDArray[Any] | pd.Series) -> NDArray[np.float64]:
    array = _floats(values)
    known: NDArray[np.float64] = array[np.isfinite(array)]
    return known


def _floats(values: Sequence[float] | NDArray[Any] | pd.Series) -> NDArray[np.float64]:
    known = pd.Series(values).astype("Float64").to_numpy(np.float64, na_value=np.nan)
    return np.asarray(known, np.float64)
