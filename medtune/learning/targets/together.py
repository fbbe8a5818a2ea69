"""Several targets of one kind in one network: their heads stand side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medtune.learning.task import Batch, Monitor, Task


class Kind(Task, Protocol):
    """What a kind of target has beside what learning needs."""

    @property
    def outputs(self) -> int:
        """Outputs of the network."""

    def encoded(
        self, values: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Plain values as targets of a batch, and what is known of them."""

    def table(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores as a table of predictions has them: a column a class, or an amount."""


class SideBySide:
    """Targets that are learned together; each counts by its own number of known cases.

    Args:
        parts: by name, all selected by the same monitor.
    """

    def __init__(self, parts: Mapping[str, Kind]) -> None:
        self.parts = dict(parts)
        monitors = {part.monitor for part in self.parts.values()}
        if len(monitors) != 1:
            raise ValueError("targets that are learned together are selected by one monitor")
        (self._monitor,) = monitors

    @property
    def monitor(self) -> Monitor:
        """That of each part; of several the mean."""
        return self._monitor

    @property
    def outputs(self) -> int:
        """Outputs of all."""
        return sum(part.outputs for part in self.parts.values())

    def encoded(
        self, values: NDArray[np.floating]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Values (N, T) of T targets, NaN where unknown, as targets and known, (N, outputs)."""
        pairs = [
            part.encoded(column) for part, column in zip(self.parts.values(), values.T, strict=True)
        ]
        targets, known = zip(*pairs, strict=True)
        return np.concatenate(targets, axis=1), np.concatenate(known, axis=1)

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The sum of the parts' losses, and the sum of their counts."""
        pairs = [
            part.loss(
                logits[:, at],
                Batch(batch.inputs, batch.targets[:, at], batch.known[:, at], batch.case_id),
            )
            for _, part, at in self._places()
        ]
        totals, counts = zip(*pairs, strict=True)
        return torch.stack(totals).sum(), torch.stack([count.float() for count in counts]).sum()

    def scores(self, logits: Tensor) -> Tensor:
        """The parts' scores side by side, (B, outputs)."""
        return torch.cat([part.scores(logits[:, at]) for _, part, at in self._places()], dim=1)

    def table(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The parts' columns side by side."""
        return np.concatenate([part.table(scores[:, at]) for _, part, at in self._places()], axis=1)

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """The mean over the parts that can be judged; NaN where none can."""
        values = [
            part.judged(scores[:, at], targets[:, at], known[:, at])
            for _, part, at in self._places()
        ]
        values = [value for value in values if not np.isnan(value)]
        finite = np.isfinite(scores).all()
        return float(np.mean(values)) if values and finite else float("nan")

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """The value of every part by its name, and of its classes where it judges them apart."""
        said: dict[str, float] = {}
        for name, part, at in self._places():
            judged = scores[:, at], targets[:, at], known[:, at]
            own = part.each(*judged)
            said[name] = part.judged(*judged)
            if len(own) > 1:
                said |= {f"{name}={each}": value for each, value in own.items()}
        return said

    def _places(self) -> Iterator[tuple[str, Kind, slice]]:
        """Each part with its columns among the outputs."""
        start = 0
        for name, part in self.parts.items():
            yield name, part, slice(start, start + part.outputs)
            start += part.outputs
