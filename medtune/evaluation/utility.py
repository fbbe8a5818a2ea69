"""Whether acting on a model helps: net benefit over the chances at which one would act."""

from __future__ import annotations

import numpy as np

from medtune.evaluation.arrays import Flags, Floats


def net_benefit(score: Floats, reference: Flags, at: Floats) -> Floats:
    """True positives minus false ones at the odds at which one acts (Vickers & Elkin 2006).

    TP / n - FP / n x pt / (1 - pt), a case being positive where score >= pt.

    Args:
        score: (n,), probabilities.
        reference: (n,).
        at: (k,), threshold probabilities, each in (0, 1).

    Returns:
        (k,).
    """
    positive, negative = np.sort(score[reference]), np.sort(score[~reference])
    true = positive.size - np.searchsorted(positive, at, side="left")
    false = negative.size - np.searchsorted(negative, at, side="left")
    return np.asarray((true - false * at / (1 - at)) / score.size, np.float64)


def treat_all(prevalence: float, at: Floats) -> Floats:
    """Net benefit of acting on everybody, (k,)."""
    return np.asarray(prevalence - (1 - prevalence) * at / (1 - at), np.float64)


def net_reduction(benefit: Floats, prevalence: float, at: Floats) -> Floats:
    """How much less often one acts in vain than with everybody, per case, missing as few.

    Args:
        benefit: (k,), of the model.
        prevalence: share of positive cases.
        at: (k,), threshold probabilities.
    """
    return np.asarray((benefit - treat_all(prevalence, at)) * (1 - at) / at, np.float64)
