"""Likelihood ratios: how far a decision moves the odds of the finding, and for which model more."""

from __future__ import annotations

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.intervals import is_clustered
from medtune.evaluation.predictive_values import by_patient, log_ratio

NO_RATIO = "a likelihood ratio is 0 or infinite in this sample"


def likelihood_ratio(chosen: Flags, reference: Flags, group: Indices, level: float) -> Estimate:
    """How many times more often the diseased are chosen than the healthy (Simel 1991).

    Args:
        chosen: (n,), the cases called positive for LR+, those called negative for LR-.
        reference: (n,).
        group: (n,), the patient of each case; where patients have several, the variance on the
            log scale is robust by patient.
        level: confidence level.
    """
    if not (chosen & reference).any() or not (chosen & ~reference).any():
        return not_estimable(NO_RATIO)
    value = float(chosen[reference].mean() / chosen[~reference].mean())
    variance = by_patient(_influence(chosen, reference), group)
    return log_ratio(value, variance, level, _method("log method", group))


def relative_likelihood_ratio(
    chosen: Flags, chosen_other: Flags, reference: Flags, group: Indices, level: float
) -> Estimate:
    """One model's likelihood ratio over another's on the same cases (Gu & Pepe 2009).

    Args:
        chosen: (n,), cases that the model calls positive (for LR-: negative).
        chosen_other: (n,), those that the other does.
        reference: (n,).
        group: (n,), the patient of each case.
        level: confidence level.

    Returns:
        The ratio; the p value is that of a ratio of 1.
    """
    for called in (chosen, chosen_other):
        if not (called & reference).any() or not (called & ~reference).any():
            return not_estimable(NO_RATIO)
    value = (chosen[reference].mean() / chosen[~reference].mean()) / (
        chosen_other[reference].mean() / chosen_other[~reference].mean()
    )
    influence = _influence(chosen, reference) - _influence(chosen_other, reference)
    return log_ratio(
        float(value), by_patient(influence, group), level, _method("Gu and Pepe", group)
    )


def _influence(chosen: Flags, reference: Flags) -> Floats:
    """What each case adds to the log of the ratio; sums to 0."""
    found, alarms = int((chosen & reference).sum()), int((chosen & ~reference).sum())
    diseased, healthy = int(reference.sum()), int((~reference).sum())
    return np.where(reference, chosen / found - 1 / diseased, 1 / healthy - chosen / alarms)


def _method(name: str, group: Indices) -> str:
    return f"{name}, by patient" if is_clustered(group) else name
