"""Whether a score of 0.3 means 30 %: Brier, slope, intercept, calibration error, reliability."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import logit
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.sandwich_covariance import cov_cluster

from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.intervals import is_clustered, proportion, quantile

CLIP = 1e-6
BINS = 10
NOT_PROBABILITIES = "its scores are not all between 0 and 1: ranking measures only"
SEPARATED = "the score separates the classes perfectly: no such model can be fitted"
CONSTANT = "the model gives every case the same score"


def log_odds(probability: Floats) -> Floats:
    """Logit of probabilities, kept 1e-6 away from 0 and 1."""
    return np.asarray(logit(np.clip(probability, CLIP, 1 - CLIP)), np.float64)


def are_probabilities(score: Floats) -> bool:
    """Whether all scores lie in [0, 1]."""
    return bool(np.all((score >= 0) & (score <= 1)))


def obstacle(score: Floats, reference: Flags) -> str:
    """Why no logistic model of the reference on this score can be fitted; empty where one can."""
    if not are_probabilities(score):
        return NOT_PROBABILITIES
    positive, negative = score[reference], score[~reference]
    if not positive.size or not negative.size:
        return "there are cases of one class only"
    if np.ptp(log_odds(score)) == 0:
        return CONSTANT
    if negative.max() <= positive.min() or positive.max() <= negative.min():
        return SEPARATED
    return ""


def brier(probability: Floats, reference: Flags) -> float:
    """Mean squared difference between probability and outcome (Brier 1950)."""
    return float(np.mean((probability - reference) ** 2))


def calibration_error(probability: Floats, reference: Flags) -> float:
    """Expected calibration error (Naeini 2015): the mean gap between probability and outcome.

    It hangs on the bins, so it is never a headline. They are of equal width, (low, high] but for
    the first, which has both its ends; as R's ``cut(p, seq(0, 1, 0.1), include.lowest = TRUE)``.

    Args:
        probability: (n,).
        reference: (n,).
    """
    place, gap = bin_gaps(probability, reference)
    return float(np.abs(np.bincount(place, gap)).sum() / probability.size)


def bin_gaps(probability: Floats, reference: Flags) -> tuple[Indices, Floats]:
    """Each case's bin, (n,), and its outcome minus its probability, (n,)."""
    inner = np.linspace(0, 1, BINS + 1)[1:-1]
    return np.searchsorted(inner, probability, side="left"), reference - probability


def slope(probability: Floats, reference: Flags, group: Indices, level: float) -> Estimate:
    """Calibration slope: of the outcome on the log odds (Cox 1958); 1 is right.

    Below 1 the probabilities are too extreme. Wald interval; robust by patient where patients
    have several cases.

    Args:
        probability: (n,).
        reference: (n,).
        group: (n,), the patient of each case.
        level: confidence level.
    """
    reason = obstacle(probability, reference)
    if reason:
        return not_estimable(reason)
    design = np.column_stack([log_odds(probability), np.ones(probability.size)])
    return _fit(GLM(reference.astype(np.float64), design, family=Binomial()), group, level)


def intercept(probability: Floats, reference: Flags, group: Indices, level: float) -> Estimate:
    """Calibration in the large: the intercept with the slope fixed at 1; 0 is right.

    Above 0 the probabilities are too low on the whole. Interval as for the slope.

    Args:
        probability: (n,).
        reference: (n,).
        group: (n,), the patient of each case.
        level: confidence level.
    """
    reason = obstacle(probability, reference)
    if reason:
        return not_estimable(reason)
    model = GLM(
        reference.astype(np.float64),
        np.ones((probability.size, 1)),
        family=Binomial(),
        offset=log_odds(probability),
    )
    return _fit(model, group, level)


def _fit(model: GLM, group: Indices, level: float) -> Estimate:
    fitted = model.fit(tol=1e-12, maxiter=100)
    value, se, method = float(fitted.params[0]), float(fitted.bse[0]), "logistic model, Wald"
    if is_clustered(group):
        patients, patient = np.unique(group, return_inverse=True)
        # Of a case that the model is sure of to the last digit statsmodels' observed information is
        # NaN; of a logistic model it is the expected one, which the fit ends with.
        scores = fitted.resid_response[:, None] * model.exog
        # statsmodels' own correction hangs on the number of films: taken twice, they would count
        robust = cov_cluster((scores, fitted.normalized_cov_params), patient, use_correction=False)
        se = math.sqrt(robust[0, 0] * patients.size / (patients.size - 1))
        method += ", robust by patient"
    if not fitted.converged or not np.isfinite(se):
        return not_estimable("the logistic model did not converge")
    reach = quantile(level) * se
    return Estimate(value, value - reach, value + reach, se=se, method=method)


@dataclass(frozen=True)
class Bin:
    """One point of a reliability curve: mean probability, share of positives, its interval."""

    probability: float
    share: float
    low: float
    high: float
    n: int


def reliability(probability: Floats, reference: Flags, group: Indices, level: float) -> list[Bin]:
    """Share of positives in bins of equal counts, by rising probability.

    At most ten bins of at least twenty cases; equal probabilities stay in one bin.

    Args:
        probability: (n,).
        reference: (n,).
        group: (n,), the patient of each case.
        level: confidence level of the bins' intervals (Wilson, or clustered by patient).
    """
    order = np.argsort(probability, kind="stable")
    ranked = probability[order]
    wanted = int(np.clip(ranked.size // 20, 1, 10))
    cuts = [ranked.size * step // wanted for step in range(1, wanted)]
    edges = np.unique([0, *np.searchsorted(ranked, ranked[cuts]), ranked.size])
    clustered = is_clustered(group)
    bins = []
    for start, stop in pairwise(edges):
        inside = order[start:stop]
        share = proportion(reference[inside], group[inside], level, clustered=clustered)
        if share.estimable:
            mean = float(probability[inside].mean())
            bins.append(Bin(mean, share.value, share.low, share.high, inside.size))
    return bins
