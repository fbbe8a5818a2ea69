"""The threshold, taken from the calibration cases, and the 2 x 2 table it makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medtune.config import OperatingPoint
from medtune.evaluation.arrays import Flags, Floats


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
