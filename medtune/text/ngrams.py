"""Runs of tokens that a text has, counted: what its words say, whatever a language model does."""

from __future__ import annotations

import torch
from torch import Tensor

BUCKETS = 2**14


def counted_ngrams(
    inputs: Tensor, there: Tensor, longest: int, buckets: int = BUCKETS, length: float = 4.0
) -> Tensor:
    """Hashed n-grams (B, buckets) of tokens, float32, each row of one length.

    Every run of 1 to ``longest`` tokens adds 1 to its bucket, or takes it away, by another bit of
    its hash (Weinberger et al. 2009, arXiv 0902.2206); of counts the root is taken.

    Args:
        inputs: int64 (B, T), tokens.
        there: bool (B, T), which tokens a text has, from the first on.
        longest: tokens of the longest run.
        buckets: how many.
        length: Euclidean, of a row: what a head of random features of that length would see.
    """
    prime, mixed, spread = 2**31 - 1, 1_103_515_245, 48_271
    found = torch.zeros(len(inputs), buckets, device=inputs.device)
    run = torch.zeros_like(inputs)
    for tokens in range(min(longest, inputs.shape[1])):
        before = run[:, :-1] if tokens else run
        ends = inputs[:, tokens:]
        run = (before * mixed + ends + 1) % prime
        code = run * spread % prime
        sign = 1.0 - 2.0 * (code // buckets % 2)
        found.scatter_add_(1, code % buckets, sign * there[:, tokens:])
    root = found.sign() * found.abs().sqrt()
    return length * root / root.norm(dim=1, keepdim=True).clamp(min=1e-6)
