"""BatchNorm statistics measured anew on the films that teach."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from medtune.learning.task import Batch, Network


def measure_statistics(network: Network, batches: Iterable[Batch]) -> None:
    """Replace the statistics of every BatchNorm by those of the batches; no weight changes.

    A new scanner shifts them, and they need no label (AdaBN: Li et al. 2016, arXiv 1603.04779).
    Each batch counts the same; dropout is off.

    Args:
        network: changed in place; left in evaluation mode.
        batches: on the network's device, at least one.
    """
    norms = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain average over the batches
        norm.train()
    with torch.no_grad():
        for batch in batches:
            if len(batch.case_id) > 1:
                network.features(*batch.seen)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
