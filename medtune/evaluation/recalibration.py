"""Recalibration: a map from scores to probabilities, fitted on calibration cases only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from medtune.evaluation.arrays import Flags, Floats
from medtune.evaluation.calibration import log_odds, obstacle

ISOTONIC_CASES = 1000  # below which steps follow the sample and not the scores
Map = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Recalibration:
    """Log odds of the probability = intercept + slope x log odds of the score."""

    intercept: float
    slope: float

    def __call__(self, score: Floats) -> Floats:
        """Recalibrated probabilities of scores in [0, 1]."""
        return np.asarray(expit(self.intercept + self.slope * log_odds(score)), np.float64)


def platt(score: Floats, reference: Flags) -> Recalibration | str:
    """Two numbers, by maximum likelihood (Platt 1999, on the log odds).

    Args:
        score: (n,), the calibration cases' scores.
        reference: (n,).

    Returns:
        The recalibration, or the reason why there is none; so of the other two.
    """
    reason = obstacle(score, reference)
    if reason:
        return f"recalibration: {reason}"
    design = np.column_stack([log_odds(score), np.ones(score.size)])
    fitted = GLM(reference.astype(np.float64), design, family=Binomial()).fit(
        tol=1e-12, maxiter=100
    )
    if not fitted.converged:
        return "recalibration: the logistic model did not converge"
    return Recalibration(intercept=float(fitted.params[1]), slope=float(fitted.params[0]))


def temperature(score: Floats, reference: Flags) -> Recalibration | str:
    """One number, the factor of the log odds, by maximum likelihood (Guo 2017).

    The likelihood is concave in the factor; it is searched between 0.01 and 100.
    """
    reason = obstacle(score, reference)
    if reason:
        return f"recalibration: {reason}"
    odds = np.where(reference, log_odds(score), -log_odds(score))

    def loss(log_factor: float) -> float:
        return float(np.logaddexp(0, -np.exp(log_factor) * odds).sum())

    ends = np.log(0.01), np.log(100)
    found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-12})
    if min(abs(found.x - end) for end in ends) < 1e-3:
        return "recalibration: no temperature fits these scores"
    return Recalibration(intercept=0.0, slope=float(np.exp(found.x)))


def isotonic(score: Floats, reference: Flags) -> Map | str:
    """A rising step function (Zadrozny & Elkan 2002); it makes ties, so the ranking changes."""
    if score.size < ISOTONIC_CASES:
        return (
            f"recalibration: isotonic regression needs {ISOTONIC_CASES:,} calibration cases; there "
            f"are {score.size}"
        )
    reason = obstacle(score, reference)
    if reason:
        return f"recalibration: {reason}"
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fitted.fit(score, reference.astype(np.float64))
    return lambda other: np.asarray(fitted.predict(other), np.float64)


FITS: dict[str, Callable[[Floats, Flags], Map | str]] = {
    "recalibrated": platt,
    "recalibrated_temperature": temperature,
    "recalibrated_isotonic": isotonic,
}
