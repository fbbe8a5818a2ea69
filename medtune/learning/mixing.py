"""Mixup and CutMix: two cases of a batch made into one, with their targets, in training only.

How much, where and of whom is drawn from a seed that the place gives, never from a generator that
others use. A batch is mixed with a permutation of itself by one coefficient, as the authors do it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from medtune.config.training import Training
from medtune.learning.task import Batch


def mix_as_asked(batch: Batch, training: Training, seed: int) -> Batch:
    """A batch mixed as the run's training section says; itself where it says nothing.

    Args:
        batch: cases.
        training: gives the alphas; where both mixup and CutMix have one, each is taken by half of
            the batches.
        seed: the batch's own.
    """
    alphas = {mixup: training.mixup, cutmix: training.cutmix}
    ways = [way for way, alpha in alphas.items() if alpha > 0]
    if not ways:
        return batch
    rng = np.random.default_rng(seed)
    way = ways[int(rng.integers(len(ways)))]
    share = float(rng.beta(alphas[way], alphas[way]))
    return way(batch, share, rng)


def mixup(batch: Batch, share: float, rng: np.random.Generator) -> Batch:
    """Each case becomes ``share`` of itself and ``1 - share`` of another.

    Source: Zhang et al. 2018, arXiv 1710.09412.

    Args:
        batch: cases, of inputs of any shape.
        share: in [0, 1].
        rng: draws the others.
    """
    others = _others(batch, rng)
    inputs = batch.inputs * share + batch.inputs[others] * (1 - share)
    return _with_targets(replace(batch, inputs=inputs), others, share)


def cutmix(batch: Batch, share: float, rng: np.random.Generator) -> Batch:
    """A box of each picture is replaced by the same box of another.

    The box has the picture's proportions and a centre anywhere, and is cut off at the border; the
    targets are mixed by the area that is left, not by the one asked for. Source: Yun et al. 2019,
    arXiv 1905.04899, section 3.1.

    Args:
        batch: pictures (B, ..., H, W); all views of a case get the same box.
        share: of a picture that stays, in [0, 1], where the box is not cut off.
        rng: draws the others and the box.
    """
    others = _others(batch, rng)
    height, width = batch.inputs.shape[-2:]
    (top, bottom), (left, right) = (
        _side(side, np.sqrt(1 - share), rng) for side in (height, width)
    )
    inputs = batch.inputs.clone()
    inputs[..., top:bottom, left:right] = batch.inputs[others][..., top:bottom, left:right]
    left_over = 1 - (bottom - top) * (right - left) / (height * width)
    return _with_targets(replace(batch, inputs=inputs), others, left_over)


def _others(batch: Batch, rng: np.random.Generator) -> Tensor:
    """(B,) with whom each case is mixed; a case may meet itself, and stays as it is then."""
    return torch.from_numpy(rng.permutation(len(batch.inputs))).to(batch.inputs.device)


def _side(side: int, part: float, rng: np.random.Generator) -> tuple[int, int]:
    """One side of the box: from where to where, cut off at the border."""
    length, centre = int(side * part), int(rng.integers(side))
    return max(0, centre - length // 2), min(side, centre - length // 2 + length)


def _with_targets(batch: Batch, others: Tensor, share: float) -> Batch:
    """The batch with its targets mixed: known where all that went into them is known."""
    zero = batch.targets.new_zeros(())
    targets = batch.targets.where(batch.known, zero)  # what is unknown may be NaN
    known, theirs = batch.known, batch.known[others]
    if share == 0:
        known = theirs
    elif share < 1:
        known = known & theirs
    return replace(batch, targets=targets * share + targets[others] * (1 - share), known=known)
