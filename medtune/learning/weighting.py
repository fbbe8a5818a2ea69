"""How much a present finding counts in the loss, from how rare it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST = 20.0  # a weight above it would let one film outweigh the rest of its batch


def balanced_weights(
    targets: NDArray[np.floating], known: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Absent by present cases of each finding, so that both sides weigh the same in the loss.

    A soft target t is t of a present case and 1 - t of an absent one.

    Args:
        targets: (N, F) in [0, 1]; anything where unknown.
        known: (N, F).

    Returns:
        (F,) between 1 / ``MOST`` and ``MOST``; 1 where a finding has one value only, since there
        is nothing to balance.
    """
    present = np.where(known, targets, 0.0).sum(axis=0, dtype=np.float64)
    absent = known.sum(axis=0) - present
    both = (present > 0) & (absent > 0)
    weights = np.divide(absent, present, out=np.ones_like(present), where=both)
    return np.clip(weights, 1 / MOST, MOST)
