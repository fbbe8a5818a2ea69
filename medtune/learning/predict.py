"""Scores and features: a network over cases, without randomness."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medtune.learning.batches import in_order
from medtune.learning.hardware import Hardware
from medtune.learning.task import Batch, Network, Samples, Task

BATCH = 64


def score(
    task: Task, network: Network, samples: Samples, hardware: Hardware
) -> NDArray[np.float64]:
    """Scores of all cases in order: (N, F) in [0, 1], always in float32 arithmetic.

    A score that decides is not rounded to bf16: its 8 bits of mantissa make ties.
    """
    return _over(
        network, samples, hardware, lambda batch: task.scores(network(*batch.seen).float())
    )


def features(network: Network, samples: Samples, hardware: Hardware) -> NDArray[np.float64]:
    """Features of all cases in order, as the head sees them: (N, width)."""
    return _over(network, samples, hardware, lambda batch: network.features(*batch.seen).float())


def _over(
    network: Network, samples: Samples, hardware: Hardware, of: Callable[[Batch], Tensor]
) -> NDArray[np.float64]:
    if len(samples) == 0:
        return np.zeros((0, 0))
    network.to(hardware.device).eval()
    rows = []
    with torch.inference_mode():
        for batch in in_order(samples, BATCH):
            rows.append(of(batch.to(hardware.device)).cpu())
    return torch.cat(rows).numpy().astype(np.float64)
