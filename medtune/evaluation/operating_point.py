"""The threshold, taken from the calibration cases, and the 2 x 2 table it makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medtune.config import OperatingPoint
from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.resampling import columns_of


@dataclass(frozen=True)
class Table:
    """A 2 x 2 table of counts."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


def choose_threshold(score: Floats, reference: Flags, target: OperatingPoint) -> float | None:
    """The threshold that reaches the target on these cases; positive means score >= threshold.

    For a sensitivity it is the highest that reaches it (a positive case's own score), for a
    specificity the lowest (the next number above a negative case's score).

    Args:
        score: (n,), the calibration cases' scores.
        reference: (n,), True where the finding is present.
        target: the sensitivity or the specificity wanted.

    Returns:
        The threshold, or None where there is no case of the class that the target is about.
    """
    if target.sensitivity is not None:
        positive = np.sort(score[reference])[::-1]
        if not positive.size:
            return None
        return float(positive[_needed(positive.size, target.sensitivity) - 1])
    assert target.specificity is not None
    negative = np.sort(score[~reference])
    if not negative.size:
        return None
    return float(np.nextafter(negative[_needed(negative.size, target.specificity) - 1], np.inf))


@dataclass(frozen=True)
class Reached:
    """What a threshold rests on: the calibration cases, and what others of their kind would say.

    Attributes:
        share: sensitivity (or specificity) on the calibration cases themselves.
        low, high: of that share, at the thresholds that resampled patients would have chosen.
        threshold_low, threshold_high: of these thresholds.
        level: of both intervals.
    """

    share: float
    low: float
    high: float
    threshold_low: float
    threshold_high: float
    level: float


def reached(
    score: Floats,
    reference: Flags,
    group: Indices,
    target: OperatingPoint,
    weights: Weights,
    level: float,
) -> Reached:
    """How firm a threshold is: chosen anew for resampled calibration patients.

    Args:
        score: (n,), the calibration cases' scores.
        reference: (n,); the class that the target is about occurs.
        group: (n,), row of ``weights`` of each case's patient.
        target: as for ``choose_threshold``.
        weights: (patients, 1 + B); resamples without a case of the class do not count.
        level: confidence level.
    """
    of_positive = target.sensitivity is not None
    share = target.sensitivity if of_positive else target.specificity
    assert share is not None
    own = np.flatnonzero(reference == of_positive)
    rising = own[np.argsort(-score[own] if of_positive else score[own], kind="stable")]
    ranked = score[rising]
    chosen = []
    for _, drawn in columns_of(weights, own.size):
        running = np.cumsum(drawn[:, group[rising]], axis=1, dtype=np.int64)
        total = running[:, -1:]
        # the same rule as for the cases themselves: 0.7 of 10 is 7
        place = (running / np.maximum(total, 1) < share).sum(axis=1)
        chosen.append(ranked[place[total[:, 0] > 0]])
    thresholds = np.concatenate(chosen)
    if not of_positive:
        thresholds = np.nextafter(thresholds, np.inf)
    falling = np.sort(ranked)
    below = np.searchsorted(falling, thresholds, side="left") / own.size
    shares = 1 - below if of_positive else below
    tail = (1 - level) / 2
    (low, high), ends = (np.quantile(x, [tail, 1 - tail]) for x in (shares, thresholds))
    return Reached(float(shares[0]), float(low), float(high), float(ends[0]), float(ends[1]), level)


def _needed(n: int, share: float) -> int:
    """The smallest count whose share of n reaches ``share`` (0.7 of 10 is 7, not 8)."""
    counts = np.arange(1, n + 1)
    return int(counts[counts / n >= share][0])


def two_by_two(called: Flags, reference: Flags) -> Table:
    """Count decisions against the reference.

    Args:
        called: (n,), score >= threshold.
        reference: (n,).
    """
    return Table(
        true_positive=int(np.sum(called & reference)),
        false_positive=int(np.sum(called & ~reference)),
        false_negative=int(np.sum(~called & reference)),
        true_negative=int(np.sum(~called & ~reference)),
    )
