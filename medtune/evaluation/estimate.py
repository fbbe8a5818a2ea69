"""One number with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from medtune.evaluation.arrays import Floats

BOOTSTRAP = "bootstrap by patient (percentile)"
BASIC = "bootstrap by patient (basic)"


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; where it is not estimable, only ``reason`` is filled.

    Attributes:
        value: the estimate, NaN where there is none.
        low: lower end of the interval.
        high: upper end of the interval.
        p_value: two-sided, of no difference; NaN where no test belongs to it.
        se: standard error, for the smallest gain that could have been shown.
        method: how the interval (and the p-value) was made.
        reason: why there is no value.
    """

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p_value: float = math.nan
    se: float = math.nan
    method: str = ""
    reason: str = ""

    @property
    def estimable(self) -> bool:
        """Whether there is a value."""
        return not self.reason


def not_estimable(reason: str) -> Estimate:
    """An estimate that has only a reason."""
    return Estimate(reason=reason)


def from_draws(
    draws: Floats, level: float, *, test: bool = False, turned: bool = False
) -> Estimate:
    """A percentile interval from bootstrap draws.

    Percentile, not BCa: it needs no jackknife, so that a ratio and a mean over findings are as
    easy as a difference, and with ten patients of each class and more the two hardly differ.

    Args:
        draws: (1 + B,), the sample's own value first, then the resamples'.
        level: confidence level.
        test: whether 0 is a hypothesis: then ``p_value`` is twice the smaller share of the
            resamples on either side of it, counting the sample itself (Davison & Hinkley 1997,
            4.2), so never 0.
        turned: whether the percentiles are turned round at the value (the basic interval, cut at
            0): for what resampling itself makes larger.

    Returns:
        The estimate. It is not estimable where more than one resample in twenty has no value, and
        where all resamples agree: a resampled interval of no width says nothing.
    """
    value, resampled = float(draws[0]), draws[1:]
    resampled = resampled[np.isfinite(resampled)]
    if not math.isfinite(value):
        return not_estimable("it is a ratio with nothing below the line in this sample")
    if resampled.size < 0.95 * (draws.size - 1):
        return not_estimable("too many resamples of the patients have no value")
    if resampled.max() - resampled.min() <= 1e-12 * max(1.0, abs(value)):
        return not_estimable("all resamples of the patients agree: no interval can be given")
    tail = (1 - level) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    if turned:
        low, high = max(0.0, 2 * value - high), max(0.0, 2 * value - low)
    p_value = math.nan
    if test:
        beyond = min(np.sum(resampled <= 0), np.sum(resampled >= 0))
        p_value = min(1.0, 2 * (1 + int(beyond)) / (1 + resampled.size))
    return Estimate(
        value,
        float(low),
        float(high),
        p_value,
        float(resampled.std(ddof=1)),
        BASIC if turned else BOOTSTRAP,
    )
