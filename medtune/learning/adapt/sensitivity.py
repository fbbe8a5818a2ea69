"""Which blocks a new site asks most of: the relative gradient norm."""

from __future__ import annotations

from itertools import islice

import torch

from medtune.learning.adapt.stage import Teach, freeze_all_but
from medtune.learning.task import Network

BATCHES = 8  # enough for a ranking, and a second's work


def most_sensitive(network: Network, teach: Teach, count: int) -> list[int]:
    """The blocks whose gradient is largest relative to their weights (Auto-RGN, arXiv 2210.11466).

    Measured in evaluation mode on the first batches, in order and unchanged, so that a run that
    goes on chooses the same.

    Args:
        network: with a head that has learnt; its gradients are cleared.
        teach: batches and loss.
        count: how many blocks.

    Returns:
        Their numbers, in the order of the network.
    """
    norms = relative_gradient_norms(network, teach)
    ranked = sorted(range(len(norms)), key=lambda block: (-norms[block], block))
    return sorted(ranked[:count])


def relative_gradient_norms(network: Network, teach: Teach) -> list[float]:
    """|gradient| / |weights| of every block, input first; the mean gradient over the batches."""
    everything = [{"params": list(network.parameters())}]
    freeze_all_but(network, everything)
    network.eval()
    network.zero_grad()
    for batch in islice(teach.batches(), BATCHES):
        teach.learn(network, batch)
    named = dict(network.backbone.named_parameters())
    norms = []
    for block in network.blocks():
        weights = torch.cat([named[name].detach().flatten().double() for name in block])
        gradients = [named[name].grad for name in block]
        flat = torch.cat(
            [g.flatten().double() for g in gradients if g is not None] or [weights[:0]]
        )
        norms.append(float(flat.norm() / weights.norm().clamp(min=1e-12)))
    network.zero_grad()
    return norms
