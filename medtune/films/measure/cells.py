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


def share(
    there: Sequence[bool] | NDArray[np.bool_],
    patients: Sequence[str],
    smallest: int,
    within: Sequence[bool] | NDArray[np.bool_] | None = None,
) -> float | None:
    """Share of the films on which something is; None where it would tell of too few patients.

    It tells how many films have it and, as all films are counted, how many do not: each of both
    must be films of enough patients, but that none has it or none lacks it may be told.

    Args:
        there: whether it is on each film.
        patients: whose film each is.
        smallest: patients that are needed.
        within: films that are told to have more than that, of which it is a part (a border on any
            side, of one at the top): those with the one and not the other count too. None where
            nothing is told of such a whole.
    """
    has, whose = np.asarray(there, bool), np.asarray(patients, object)
    rests = [~has] if within is None else [~has, np.asarray(within, bool) & ~has]
    if len(set(whose)) < smallest:
        return None
    if any(0 < len(set(whose[part])) < smallest for part in (has, *rests)):
        return None
    return _two_digits(float(has.mean())) if has.any() else 0.0


def shares_of_patients(
    values: pd.Series, patients: pd.Series, smallest: int
) -> dict[str, float] | None:
    """Share of each value among the patients that have one.

    A patient counts once: with the value of most of his films, the first in order of several.

    Args:
        values: one a film.
        patients: whose film each is.
        smallest: patients that are needed; see ``shares_of_films``.
    """
    pairs = pd.DataFrame({"value": values.astype("string"), "patient": patients}).dropna()
    films = pairs.value_counts().rename("films").reset_index()
    films = films.sort_values(["films", "value"], ascending=[False, True], kind="stable")
    own = films.drop_duplicates("patient")
    return shares_of_films(own["value"], own["patient"], smallest)


def shares_of_films(
    values: pd.Series, patients: pd.Series, smallest: int
) -> dict[str, float] | None:
    """Share of each value among the films that have one.

    Values of too few patients are left out, and of the others the smallest, until nobody can tell
    the number of a small one: what is left out must be of enough patients together, must not be
    so many that each of them is as large as a small one can be, and of values of as many patients
    all are left out or none.

    Args:
        values: one a film.
        patients: whose film each is.
        smallest: patients that are needed.

    Returns:
        By value; None where nothing may be told.
    """
    pairs = pd.DataFrame({"value": values.astype("string"), "patient": patients}).dropna()
    by_value = pairs.groupby("value")["patient"]
    owners = {str(value): set(whose) for value, whose in by_value}
    films = {str(value): int(count) for value, count in by_value.size().items()}
    told = sorted(films, key=lambda value: len(owners[value]))
    hidden: set[str] = set()
    count, last = 0, 0  # values that are left out, and patients of the latest
    while told:
        size = len(owners[told[0]])
        revealing = 0 < len(hidden) < smallest or (hidden and len(hidden) == count * (smallest - 1))
        if size >= smallest and size != last and not revealing:
            break
        hidden |= owners[told.pop(0)]
        count, last = count + 1, size
    if not told:
        return None
    return {value: _two_digits(films[value] / len(pairs)) for value in sorted(told)}


def _two_digits(share: float) -> float:
    """Of what is there never 0, which would say that it is not."""
    return round(share, 2) or float(f"{share:.1g}")


def _known(values: Sequence[float] | NDArray[Any] | pd.Series) -> NDArray[np.float64]:
    array = _floats(values)
    known: NDArray[np.float64] = array[np.isfinite(array)]
    return known


def _floats(values: Sequence[float] | NDArray[Any] | pd.Series) -> NDArray[np.float64]:
    known = pd.Series(values).astype("Float64").to_numpy(np.float64, na_value=np.nan)
    return np.asarray(known, np.float64)
