"""Intervals in closed form: of a proportion and of an AUROC, clustered by patient where need be."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from medtune.evaluation.arrays import Flags, Indices
from medtune.evaluation.estimate import Estimate, not_estimable


def quantile(level: float) -> float:
    """The normal quantile of a two-sided interval: 1.96 for 0.95."""
    return float(norm.ppf((1 + level) / 2))


def is_clustered(group: Indices) -> bool:
    """Whether any patient has more than one case."""
    return distinct(group) < group.size


def distinct(group: Indices) -> int:
    """How many patients there are; numpy's ``unique`` takes most of a second for a million."""
    return int(np.count_nonzero(np.bincount(group)))


def wilson(successes: int, n: int, level: float) -> tuple[float, float]:
    """Wilson 1927 score interval of a proportion of independent cases."""
    low, high = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    # rounding leaves 1e-17 where the end is 0, or 1
    return (0.0 if successes == 0 else float(low)), (1.0 if successes == n else float(high))


def wilson_bounds(share: float, n: float, level: float) -> tuple[float, float]:
    """Wilson's interval of a share of n cases, which need not be a whole number of them."""
    z2 = quantile(level) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = math.sqrt(z2 * share * (1 - share) / n + z2**2 / (4 * n**2)) / (1 + z2 / n)
    return centre - reach, centre + reach


def clopper_pearson(successes: int, n: int, level: float) -> tuple[float, float]:
    """Exact interval of a proportion of independent cases (Clopper & Pearson 1934).

    It covers at least ``level`` whatever the truth is, so mostly more: the conservative choice.
    """
    low, high = proportion_confint(successes, n, alpha=1 - level, method="beta")
    return (0.0 if successes == 0 else float(low)), (1.0 if successes == n else float(high))


def proportion(
    success: Flags, group: Indices, level: float, *, clustered: bool, exact: bool = False
) -> Estimate:
    """A proportion with its interval.

    Args:
        success: (n,), the cases in the denominator.
        group: (n,), the patient of each.
        level: confidence level.
        clustered: whether patients have several cases anywhere in the comparison.
        exact: whether independent cases get the exact interval and not Wilson's.

    Returns:
        Wilson where cases are independent, or the exact interval. Else generalised estimating
        equations with working independence: the robust (sandwich) variance of Liang & Zeger 1986
        on the logit scale. At 0 and 1, where that has no width, the exact bound of Clopper &
        Pearson 1934 with the patient as the unit: a patient who has any failure bounds the share
        of failures from above.
    """
    n = success.size
    if n == 0:
        return not_estimable("there is no case in the denominator")
    share = float(success.mean())
    if not clustered:
        interval = clopper_pearson if exact else wilson
        low, high = interval(int(success.sum()), n, level)
        return Estimate(share, low, high, method="Clopper-Pearson" if exact else "Wilson")
    _, patient = np.unique(group, return_inverse=True)
    if share in (0.0, 1.0):
        bound = _exact_bound(int(patient.max()) + 1, level)
        low, high = (bound, 1.0) if share == 1.0 else (0.0, 1 - bound)
        return Estimate(share, low, high, method="exact, by patient")
    residual = np.bincount(patient, success - share)
    # the residuals of a patient may cancel to rounding errors
    spread = math.sqrt(float(residual @ residual)) / (n * share * (1 - share))
    if spread < 1e-12:
        return not_estimable("all patients have the same share: no interval can be given")
    reach = quantile(level) * spread
    centre = float(logit(share))
    return Estimate(
        share, float(expit(centre - reach)), float(expit(centre + reach)), method="GEE, by patient"
    )


def auroc_interval(
    area: float,
    variance: float,
    reference: Flags,
    group: Indices,
    level: float,
    *,
    on_logit: bool = False,
) -> Estimate:
    """AUROC with its interval.

    Args:
        area: the AUROC.
        variance: its DeLong or Obuchowski variance.
        reference: (n,).
        group: (n,), the patient of each case.
        level: confidence level.
        on_logit: whether the interval is made on the logit scale and turned back (Pepe 2003),
            where it stays below 1 and is not symmetric: better for an AUROC above 0.95.

    Returns:
        The Wald interval, cut at 0 and 1 (as pROC does), or that on the logit scale. At an AUROC
        of 0 or 1, where the variance is 0, an exact bound instead: among k pairs of a positive and
        a negative case that share no patient, all are in order, which a true AUROC below
        (alpha / 2) ** (1 / k) would do with a chance of at most alpha / 2 (Clopper & Pearson 1934
        on disjoint pairs).
    """
    if area in (0.0, 1.0):
        bound = _exact_bound(_disjoint_pairs(reference, group), level)
        low, high = (bound, 1.0) if area == 1.0 else (0.0, 1 - bound)
        return Estimate(area, low, high, method="exact, disjoint pairs of patients")
    if not variance > 0:
        return not_estimable("the model gives every case the same score")
    se = math.sqrt(variance)
    reach = quantile(level) * se
    method = "Obuchowski, by patient" if is_clustered(group) else "DeLong"
    if on_logit:
        centre, scaled = float(logit(area)), reach / (area * (1 - area))
        low, high = float(expit(centre - scaled)), float(expit(centre + scaled))
        return Estimate(area, low, high, se=se, method=f"{method}, logit")
    return Estimate(area, max(0.0, area - reach), min(1.0, area + reach), se=se, method=method)


def _exact_bound(n: int, level: float) -> float:
    """The lower Clopper-Pearson bound of n successes in n."""
    return float(((1 - level) / 2) ** (1 / n))


def _disjoint_pairs(reference: Flags, group: Indices) -> int:
    """The most pairs (positive, negative) in which no patient occurs twice."""
    return min(*patients_of_each_class(reference, group), distinct(group) // 2)


def patients_of_each_class(reference: Flags, group: Indices) -> tuple[int, int]:
    """How many patients have a positive case, and how many a negative one."""
    return distinct(group[reference]), distinct(group[~reference])
