"""Scores and features: a network over cases, without randomness."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

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
    return _over(network, samples, hardware, lambda logits: task.scores(logits.float()))


def features(backbone: nn.Module, samples: Samples, hardware: Hardware) -> NDArray[np.float64]:
    """Features of all cases in order: (N, width)."""
    return _over(backbone, samples, hardware, lambda features: features.float())


def _over(
    module: nn.Module, samples: Samples, hardware: Hardware, then: Callable[[Tensor], Tensor]
) -> NDArray[np.float64]:
    if len(samples) == 0:
        return np.zeros((0, 0))
    module = module.to(hardware.device).eval()
    rows = []
    with torch.inference_mode(), tensor_float(False):
        for batch in in_order(samples, BATCH):
            rows.append(then(module(batch.to(hardware.device).inputs)).cpu())
    return torch.cat(rows).numpy().astype(np.float64)
