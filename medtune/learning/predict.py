"""Scores: a network over cases, without randomness."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from medtune.learning.batches import in_order
from medtune.learning.hardware import Hardware, tensor_float
from medtune.learning.task import Network, Samples, Task

BATCH = 64


def score(
    task: Task, network: Network, samples: Samples, hardware: Hardware
) -> NDArray[np.float64]:
    """Scores of all cases in order: (N, F) in [0, 1], always in float32 arithmetic.

    A score that decides is not rounded to bf16: its 8 bits of mantissa make ties.
    """
    if len(samples) == 0:
        return np.zeros((0, 0))
    network = network.to(hardware.device).eval()
    rows = []
    with torch.inference_mode(), tensor_float(False):
        for batch in in_order(samples, BATCH):
            logits = network(*batch.to(hardware.device).seen)
            rows.append(task.scores(logits.float()).cpu())
    return torch.cat(rows).numpy().astype(np.float64)
