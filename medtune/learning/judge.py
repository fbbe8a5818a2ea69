"""A network as the tune split judges it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medtune.learning.batches import in_order
from medtune.learning.task import Batch, Network, Samples, Task


@dataclass(frozen=True)
class Said:
    """What a network said of cases, and what was known of them.

    Attributes:
        scores, targets, known: (N, F).
        total, count: of the loss.
    """

    scores: NDArray[np.float64]
    targets: NDArray[np.float64]
    known: NDArray[np.bool_]
    total: float
    count: float

    @property
    def loss(self) -> float:
        """The mean over what is known."""
        return self.total / max(1.0, self.count)

    @classmethod
    def of(cls, task: Task, logits: Tensor, batch: Batch) -> Said:
        """Of one batch."""
        total, count = task.loss(logits, batch)
        return cls(
            task.scores(logits.float()).detach().cpu().numpy().astype(np.float64),
            batch.targets.cpu().numpy().astype(np.float64),
            batch.known.cpu().numpy(),
            float(total),
            float(count),
        )

    @classmethod
    def together(cls, parts: Iterable[Said]) -> Said:
        """The batches as one."""
        parts = list(parts)
        return cls(
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.targets for part in parts]),
            np.concatenate([part.known for part in parts]),
            sum(part.total for part in parts),
            sum(part.count for part in parts),
        )


def judge(
    task: Task, network: Network, samples: Samples, device: str, batch_size: int
) -> tuple[float, float]:
    """What the task selects by, higher being better, and loss, in float32 and evaluation mode."""
    network.eval()
    with torch.inference_mode():
        batches = (batch.to(device) for batch in in_order(samples, batch_size))
        said = Said.together(Said.of(task, network(*b.seen), b) for b in batches)
    value = task.judged(said.scores, said.targets, said.known)
    return task.monitor.worth(value), said.loss
