"""Two models on the same cases: the paired difference, its interval and its test."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, norm
from scipy.stats import t as student

from medtune.evaluation.arrays import Flags, Floats
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.intervals import quantile


def paired_auroc(area: Floats, covariance: Floats, level: float, *, clustered: bool) -> Estimate:
    """AUROC of the first model minus AUROC of the second, by a z test.

    Args:
        area: (2,).
        covariance: (2, 2), from ``ranking.auroc_covariance``.
        level: confidence level.
        clustered: whether patients have several cases: DeLong 1988 without, Obuchowski 1997 with.
    """
    difference = float(area[0] - area[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if not variance > 1e-18:  # identical rankings leave only rounding errors
        return not_estimable("both models rank these cases the same way: no interval can be given")
    se = math.sqrt(variance)
    reach = quantile(level) * se
    return Estimate(
        difference,
        difference - reach,
        difference + reach,
        p_value=float(2 * norm.sf(abs(difference) / se)),
        se=se,
        method="Obuchowski, paired, by patient" if clustered else "DeLong, paired",
    )


def unpaired_auroc(
    area: float,
    area_other: float,
    variance: float,
    variance_other: float,
    n: int,
    n_other: int,
    level: float,
) -> Estimate:
    """AUROC on some patients minus AUROC on others, by Welch's t test (as pROC, unpaired).

    Args:
        area: of the first.
        area_other: of the second, on other patients.
        variance: DeLong's or Obuchowski's, of the first.
        variance_other: of the second.
        n: patients of the first.
        n_other: patients of the second.
        level: confidence level.
    """
    total = variance + variance_other
    if not total > 1e-18:
        return not_estimable("neither AUROC has a variance: no interval can be given")
    difference, se = area - area_other, math.sqrt(total)
    freedom = total**2 / (variance**2 / (n - 1) + variance_other**2 / (n_other - 1))
    reach = float(student.ppf((1 + level) / 2, freedom)) * se
    return Estimate(
        difference,
        difference - reach,
        difference + reach,
        p_value=float(2 * student.sf(abs(difference) / se, freedom)),
        se=se,
        method="DeLong, unpaired",
    )


def p_above(estimate: Estimate, bound: float = 0.0) -> float:
    """One-sided p value of the estimate not being above a bound, by a z test; NaN without an SE.

    With a bound of minus the margin it is that of inferiority.
    """
    if not estimate.estimable or not estimate.se > 0:
        return math.nan
    return float(norm.sf((estimate.value - bound) / estimate.se))


def paired_proportion(right: Flags, right_other: Flags, level: float, *, test: bool) -> Estimate:
    """Share of right decisions of one model minus that of another, on independent cases.

    Args:
        right: (n,), where the model is right: among the diseased this is sensitivity.
        right_other: (n,), where the other is.
        level: confidence level.
        test: whether a McNemar test belongs to it: within the diseased and within the healthy
            only, for over all cases it rewards the threshold that suits the prevalence.

    Returns:
        Tango's score interval (1998) and McNemar's mid-p (Fagerland et al. 2013).
    """
    n = right.size
    if n == 0:
        return not_estimable("there is no case in the denominator")
    gained, lost = int(np.sum(right & ~right_other)), int(np.sum(~right & right_other))
    low, high = tango(gained, lost, n, level)
    return Estimate(
        (gained - lost) / n,
        low,
        high,
        p_value=mcnemar_midp(gained, lost) if test else math.nan,
        se=(high - low) / (2 * quantile(level)),  # of the score interval: never 0
        method="Tango; McNemar mid-p" if test else "Tango",
    )


def tango(gained: int, lost: int, n: int, level: float) -> tuple[float, float]:
    """Score interval of a difference between paired proportions (Tango 1998).

    Args:
        gained: cases that only the first model has right.
        lost: cases that only the second has right.
        n: all cases.
        level: confidence level.
    """
    z2 = quantile(level) ** 2
    difference = (gained - lost) / n

    def excess(delta: float) -> float:
        """(observed - delta)^2 - z^2 variance under delta: negative inside the interval."""
        b = -gained - lost + (2 * n - gained + lost) * delta
        c = -lost * delta * (1 - delta)
        nuisance = (math.sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
        variance = max(0.0, n * (2 * nuisance + delta * (1 - delta)))
        return (gained - lost - n * delta) ** 2 - z2 * variance

    step = 1e-12  # the variance may be 0 at the observed difference itself
    low, high = -1.0, 1.0
    if difference - step > -1 and excess(-1.0) > 0:
        low = float(brentq(excess, -1.0, difference - step, xtol=1e-15, rtol=1e-14))
    if difference + step < 1 and excess(1.0) > 0:
        high = float(brentq(excess, difference + step, 1.0, xtol=1e-15, rtol=1e-14))
    return low, high


def mcnemar_exact(gained: int, lost: int) -> float:
    """Two-sided exact conditional p of McNemar 1947."""
    return min(1.0, float(2 * binom.cdf(min(gained, lost), gained + lost, 0.5)))


def mcnemar_midp(gained: int, lost: int) -> float:
    """Two-sided mid-p of McNemar's test (Fagerland, Lydersen & Laake 2013).

    With as many gained as lost this is 1 minus the chance of exactly that, as in the paper;
    R's exact2x2 gives 1 there.
    """
    discordant, fewer = gained + lost, min(gained, lost)
    if discordant == 0:
        return 1.0
    point = float(binom.pmf(fewer, discordant, 0.5))
    if gained == lost:
        return 1 - point
    return float(2 * binom.cdf(fewer, discordant, 0.5)) - point
