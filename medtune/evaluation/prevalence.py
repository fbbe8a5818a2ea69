"""The same model where the finding is more or less frequent."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from medtune.evaluation.arrays import Floats


def ppv_at(sensitivity: Floats, specificity: Floats, prevalence: Floats | float) -> Floats:
    """Positive predictive value by Bayes' rule; NaN where nobody would be called positive."""
    true = sensitivity * prevalence
    called = true + (1 - specificity) * (1 - prevalence)
    return _ratio(true, called)


def npv_at(sensitivity: Floats, specificity: Floats, prevalence: Floats | float) -> Floats:
    """Negative predictive value by Bayes' rule; NaN where nobody would be called negative."""
    true = specificity * (1 - np.asarray(prevalence))
    called = true + (1 - sensitivity) * prevalence
    return _ratio(true, called)


def moved(probability: Floats, prevalence: float, to: float) -> Floats:
    """Probabilities of a place where the finding is otherwise frequent (Saerens 2002).

    The log odds move by the difference of the log odds of the two prevalences: right where the
    films of the diseased and of the healthy are the same at both places.

    Args:
        probability: (n,), calibrated where ``prevalence`` holds.
        prevalence: there.
        to: the other place's.
    """
    shift = float(logit(to) - logit(prevalence))
    return np.asarray(expit(logit(probability) + shift), np.float64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    out = np.full(part.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out
