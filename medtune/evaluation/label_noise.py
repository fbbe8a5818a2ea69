"""What wrong labels do to the result: labels turned at random, and a reference of known error."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from medtune.evaluation.arrays import Flags, Floats


def flipped(reference: Flags, share: float, repeats: int, seed: int) -> Flags:
    """The reference with a share of its labels turned round, drawn anew each time.

    Args:
        reference: (n,).
        share: of the labels that are turned, in (0, 0.5).
        repeats: how often.
        seed: of the draws.

    Returns:
        (repeats, n).
    """
    generator = np.random.default_rng(seed)
    turned = round(share * reference.size)
    found = np.tile(reference, (repeats, 1))
    for row in found:
        chosen = generator.choice(reference.size, turned, replace=False)
        row[chosen] = ~row[chosen]
    return found


def aurocs(score: Floats, references: Flags) -> Floats:
    """AUROC of one score against many references, from one ranking.

    Args:
        score: (n,).
        references: (R, n).

    Returns:
        (R,); NaN where a reference lacks a class.
    """
    rank = rankdata(score)
    positive = references.sum(axis=1)
    negative = references.shape[1] - positive
    won = references @ rank - positive * (positive + 1) / 2
    pairs = positive * negative
    return np.divide(won, pairs, out=np.full(len(references), np.nan), where=pairs > 0)


def corrected(
    sensitivity: Floats | float,
    specificity: Floats | float,
    prevalence: Floats | float,
    *,
    of_reference: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Sensitivity and specificity against the truth, where the reference's own are known.

    Right where the model and the reference err independently of one another (Staquet et al.
    1981); where they err on the same films, both are lower than this says.

    Args:
        sensitivity: against the reference, one or one a resample.
        specificity: against the reference.
        prevalence: share of positive references.
        of_reference: the reference's own sensitivity and specificity.

    Returns:
        Both, cut at 0 and 1; NaN where the reference cannot have found so many or so few.
    """
    found, cleared = of_reference
    share = np.asarray(prevalence, np.float64)
    both = sensitivity * share
    called = both + (1 - specificity) * (1 - share)
    ill = share - (1 - cleared)  # times found + cleared - 1: the share that is truly ill
    well = found - share
    possible = (ill > 0) & (well > 0)
    ill, well = np.where(possible, ill, np.nan), np.where(possible, well, np.nan)
    true = (both - (1 - cleared) * called) / ill
    false = (found * called - both) / well
    return np.clip(true, 0, 1), np.clip(1 - false, 0, 1)
