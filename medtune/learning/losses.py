"""Losses of findings that are present, absent or unknown, as (sum, count)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from medtune.config.training import Training

# From logits, targets in [0, 1] and which of them are known, (B, F) each, to the sum over the known
# targets and how many they are, scalars both. What is unknown may hold anything, even NaN, and has
# no gradient at all.
Loss = Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]

TINY = 1e-12  # a power below 1 has no finite slope at 0


def masked_bce(
    logits: Tensor,
    targets: Tensor,
    known: Tensor,
    *,
    positive_weights: Tensor | None = None,
    smoothing: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Binary cross-entropy over the known targets only.

    Args:
        logits: (B, F).
        targets: (B, F) in [0, 1]; anything where unknown.
        known: (B, F) bool.
        positive_weights: (F,), how often a present finding counts; 1 where nothing is given.
        smoothing: s makes a target t into ``t (1 - s) + s / 2``.

    Returns:
        The sum over known targets and how many they are, both scalars. An unknown target has no
        gradient.
    """
    x, t = _known_only(logits, targets, known, smoothing)
    weights = None if positive_weights is None else positive_weights.to(x)
    each = binary_cross_entropy_with_logits(x, t, reduction="none", pos_weight=weights)
    return _summed(each, known)


def focal(
    logits: Tensor,
    targets: Tensor,
    known: Tensor,
    *,
    gamma: float = 2.0,
    alpha: float | None = 0.25,
    smoothing: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Focal loss: cross-entropy in which what is learnt already counts less.

    A target between 0 and 1 is taken as torchvision's ``sigmoid_focal_loss`` takes it. Source: Lin
    et al. 2017, arXiv 1708.02002, equation 5, whose best values are the defaults.

    Args:
        logits: (B, F).
        targets: (B, F) in [0, 1]; anything where unknown.
        known: (B, F) bool.
        gamma: how much less; 0 is cross-entropy.
        alpha: weight of a present finding, 1 - alpha that of an absent one; None weighs neither.
        smoothing: s makes a target t into ``t (1 - s) + s / 2``.

    Returns:
        As ``masked_bce``.
    """
    x, t = _known_only(logits, targets, known, smoothing)
    wrong = t * torch.sigmoid(-x) + (1 - t) * torch.sigmoid(x)  # 1 - p of what is true
    each = binary_cross_entropy_with_logits(x, t, reduction="none")
    each = each * wrong.clamp(min=TINY).pow(gamma)
    if alpha is not None:
        each = each * (alpha * t + (1 - alpha) * (1 - t))
    return _summed(each, known)


def asymmetric(
    logits: Tensor,
    targets: Tensor,
    known: Tensor,
    *,
    gamma_negative: float = 4.0,
    gamma_positive: float = 1.0,
    clip: float = 0.05,
    smoothing: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Asymmetric loss: a focal loss whose absent findings fade faster, and end at ``clip``.

    Source: Ridnik et al. 2021, arXiv 2009.14119, equations 4 to 7. The values are those of timm's
    ``AsymmetricLossMultiLabel``, but where a present finding has a probability below 1e-8: there
    timm's loss is constant and has no gradient, and this one goes on.

    Args:
        logits: (B, F).
        targets: (B, F) in [0, 1]; anything where unknown.
        known: (B, F) bool.
        gamma_negative: how fast absent findings fade.
        gamma_positive: how fast present findings fade.
        clip: an absent finding with a probability up to this has no loss.
        smoothing: s makes a target t into ``t (1 - s) + s / 2``.

    Returns:
        As ``masked_bce``.
    """
    x, t = _known_only(logits, targets, known, smoothing)
    present = torch.sigmoid(x)
    absent = (torch.sigmoid(-x) + clip).clamp(max=1)
    log_absent = absent.log() if clip > 0 else logsigmoid(-x)
    right = present * t + absent * (1 - t)
    gamma = gamma_positive * t + gamma_negative * (1 - t)
    fading = (1 - right).clamp(min=TINY).pow(gamma)
    return _summed(-fading * (t * logsigmoid(x) + (1 - t) * log_absent), known)


def loss_of(training: Training, positive_weights: Tensor | None = None) -> Loss:
    """The loss that a run asks for.

    Args:
        training: the run's training section.
        positive_weights: (F,), for bce; see ``weighting.balanced_weights``.
    """
    smoothing = training.label_smoothing
    if training.loss == "focal":
        return partial(focal, smoothing=smoothing)
    if training.loss == "asymmetric":
        return partial(asymmetric, smoothing=smoothing)
    return partial(masked_bce, positive_weights=positive_weights, smoothing=smoothing)


def _known_only(
    logits: Tensor, targets: Tensor, known: Tensor, smoothing: float
) -> tuple[Tensor, Tensor]:
    """Logits and smoothed targets as float32, 0 where unknown: no inf or NaN comes through."""
    zero = torch.zeros((), device=logits.device)
    x = logits.float().where(known, zero)
    t = targets.float().where(known, zero)
    return x, (t * (1 - smoothing) + smoothing / 2 if smoothing else t)


def _summed(each: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    return each.where(known, each.new_zeros(())).sum(), known.sum()
