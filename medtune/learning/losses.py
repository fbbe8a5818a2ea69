"""Losses as (sum, count), for targets of which some are unknown."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def masked_bce(logits: Tensor, targets: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Binary cross-entropy over the known targets only.

    Args:
        logits: (B, F).
        targets: (B, F) in [0, 1]; anything where unknown.
        known: (B, F) bool.

    Returns:
        The sum over known targets and how many they are, both scalars. An unknown target has no
        gradient.
    """
    each = binary_cross_entropy_with_logits(
        logits.float(), targets.where(known, targets.new_zeros(())), reduction="none"
    )
    return each.where(known, each.new_zeros(())).sum(), known.sum()
