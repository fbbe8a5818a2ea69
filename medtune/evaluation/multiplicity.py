"""Several p values of one family, adjusted for their number."""

from __future__ import annotations

from typing import Literal

import numpy as np
from statsmodels.stats.multitest import fdrcorrection

from medtune.evaluation.arrays import Floats


def adjusted(p_values: Floats, method: Literal["holm", "bh"]) -> Floats:
    """Adjusted p values: of Holm 1979 (no false alarm) or Benjamini & Hochberg 1995 (few of them).

    Args:
        p_values: (k,); NaN where there is none, which does not count.
        method: holm or bh.

    Returns:
        (k,), NaN where there was none.
    """
    found = np.full(len(p_values), np.nan)
    known = np.isfinite(p_values)
    if known.any():
        adjust = holm if method == "holm" else benjamini_hochberg
        found[known] = adjust(p_values[known])
    return found


def holm(p_values: Floats) -> Floats:
    """The smallest of k p values times k, the next times k - 1, ...; never falling, at most 1.

    statsmodels' ``multipletests`` gives the same numbers and collects the garbage of the whole
    process each time, which made up two thirds of a small evaluation.
    """
    order = np.argsort(p_values, kind="stable")
    times = np.arange(len(p_values), 0, -1)
    found = np.empty(len(p_values))
    found[order] = np.minimum(np.maximum.accumulate(p_values[order] * times), 1.0)
    return found


def benjamini_hochberg(p_values: Floats) -> Floats:
    """The false discovery rate at which each would be called."""
    found: Floats = fdrcorrection(p_values)[1]
    return found
