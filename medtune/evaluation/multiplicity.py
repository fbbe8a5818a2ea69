"""Several p values of one family, adjusted for their number."""

from __future__ import annotations

from typing import Literal

import numpy as np
from statsmodels.stats.multitest import multipletests

from medtune.evaluation.arrays import Floats

METHODS = {"holm": "holm", "bh": "fdr_bh"}


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
        found[known] = multipletests(p_values[known], method=METHODS[method])[1]
    return found
