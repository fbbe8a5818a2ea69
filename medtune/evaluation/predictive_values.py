"""Two models' predictive values on the same cases: their ratio, its interval, and score tests."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import chi2, norm

from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.intervals import is_clustered, quantile


def by_patient(influence: Floats, group: Indices) -> float:
    """Variance of an estimate from its cases' influence, which are summed within each patient.

    Args:
        influence: (n,), summing to 0 over the cases.
        group: (n,), the patient of each case.
    """
    _, patient = np.unique(group, return_inverse=True)
    summed = np.bincount(patient, influence)
    return float(summed @ summed)


def predictive_value_ratio(
    chosen: Flags, chosen_other: Flags, right: Flags, group: Indices, level: float
) -> Estimate:
    """Predictive value of one model over that of another (Moskowitz & Pepe 2006).

    Args:
        chosen: (n,), the cases that the model calls positive (for NPV: negative).
        chosen_other: (n,), those that the other does.
        right: (n,), where calling it so is right: the reference (for NPV: its opposite).
        group: (n,), the patient of each case; where patients have several, the variance on the
            log scale is robust by patient.
        level: confidence level.

    Returns:
        The ratio; the interval is Wald's on the log scale, the p value that of a ratio of 1.
    """
    if not (chosen & right).any() or not (chosen_other & right).any():
        return not_estimable("a predictive value is 0, or has no case in its denominator")
    influence = np.zeros(right.size)
    value = 1.0
    for sign, called in ((1.0, chosen), (-1.0, chosen_other)):
        n, hits = int(called.sum()), int((called & right).sum())
        influence += sign * called * (right / hits - 1 / n)
        value *= (hits / n) ** sign
    method = "Moskowitz and Pepe, by patient" if is_clustered(group) else "Moskowitz and Pepe"
    return log_ratio(value, by_patient(influence, group), level, method)


def log_ratio(value: float, variance: float, level: float, method: str) -> Estimate:
    """A ratio with Wald's interval on the log scale, and the p value of a ratio of 1."""
    if variance <= 1e-18:
        return not_estimable("the ratio has no variance in these cases: no interval can be given")
    se = math.sqrt(variance)
    reach = quantile(level) * se
    z = math.log(value) / se
    return Estimate(
        value,
        value * math.exp(-reach),
        value * math.exp(reach),
        p_value=float(2 * norm.sf(abs(z))),
        se=se,
        method=method,
    )


def score_test(chosen: Flags, chosen_other: Flags, right: Flags, group: Indices) -> float:
    """Leisenring's generalised score test of equal predictive values (2000), by patient.

    Arguments as for ``predictive_value_ratio``.

    Returns:
        The p value; NaN where the statistic has no variance.
    """
    n = int(chosen.sum() + chosen_other.sum())
    if not n:
        return math.nan
    share = (chosen & right).sum() / n + (chosen_other & right).sum() / n
    of_model = chosen.sum() / n
    record = chosen * (1 - of_model) - chosen_other * of_model
    score = record * (right - share)
    variance = by_patient(score, group)
    return float(chi2.sf(score.sum() ** 2 / variance, 1)) if variance > 1e-18 else math.nan


def weighted_score_test(chosen: Flags, chosen_other: Flags, right: Flags) -> float:
    """Kosinski's weighted score test of equal predictive values (2013), on independent cases.

    Arguments as for ``predictive_value_ratio``.

    Returns:
        The p value; NaN where a model chooses no case, or the statistic has no variance.
    """
    n, n_other = int(chosen.sum()), int(chosen_other.sum())
    if not n or not n_other:
        return math.nan
    hits, hits_other = int((chosen & right).sum()), int((chosen_other & right).sum())
    pooled = (hits + hits_other) / (n + n_other)
    both = chosen & chosen_other
    right_both, wrong_both = int((both & right).sum()), int((both & ~right).sum())
    shared = (right_both * (1 - pooled) ** 2 + wrong_both * pooled**2) / (n + n_other)
    variance = (pooled * (1 - pooled) - 2 * shared) * (1 / n + 1 / n_other)
    if variance <= 1e-18:
        return math.nan
    return float(chi2.sf((hits / n - hits_other / n_other) ** 2 / variance, 1))
