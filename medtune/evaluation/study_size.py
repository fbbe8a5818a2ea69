"""How large a gain a study could have shown, and how many cases it takes to show one."""

from __future__ import annotations

import math

from scipy.stats import norm


def smallest_detectable_gain(se: float, level: float, *, power: float = 0.8) -> float:
    """The gain whose interval would lie above 0 in ``power`` of such studies.

    From the precision that was achieved, not from the difference that was seen: it is no post-hoc
    power. (z_{1 - alpha/2} + z_power) times the standard error of the paired difference.

    Args:
        se: standard error of the paired difference.
        level: confidence level of the two-sided interval.
        power: the share of studies.
    """
    return float((norm.ppf((1 + level) / 2) + norm.ppf(power)) * se)


def positive_cases_for_one_auroc(
    area: float, *, power: float = 0.8, level: float = 0.95, negatives_per_positive: float = 1.0
) -> float:
    """Positive cases needed to tell an AUROC from 0.5, two-sided (Obuchowski et al. 2004).

    The binormal variance of Obuchowski & McClish 1997; the numbers of pROC's power.roc.test.

    Args:
        area: the AUROC expected, between 0.5 and 1.
        power: chance of showing it.
        level: 1 minus the two-sided significance level.
        negatives_per_positive: negative cases for each positive one.
    """
    ratio = negatives_per_positive
    a = 1.414 * float(norm.ppf(area))  # the paper's rounding of sqrt(2), kept for its numbers
    alternative = 0.0099 * math.exp(-(a**2) / 2) * ((5 * a**2 + 8) + (a**2 + 8) / ratio)
    null = 0.0792 * (1 + 1 / ratio)
    reach = norm.ppf((1 + level) / 2) * math.sqrt(null) + norm.ppf(power) * math.sqrt(alternative)
    return float((reach / (area - 0.5)) ** 2)
