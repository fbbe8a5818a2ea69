"""The seams: what learning needs to know of a modality, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


@dataclass(frozen=True)
class Batch:
    """Cases that go through the network together.

    Attributes:
        inputs: X-ray: float32 (B, V, 1, H, W), V views.
        targets: float32 (B, F), written so that a mean of two cases' targets is the target of
            their mean: mixing does that.
        known: bool (B, F): where a target may be learnt from or judged.
        case_id: B texts.
        later: what is still to be done to the inputs, on the device that learns from them.
    """

    inputs: Tensor
    targets: Tensor
    known: Tensor
    case_id: list[str]
    later: Callable[[Tensor], Tensor] | None = None

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device, with nothing left to be done."""
        inputs, targets, known = (
            moved(tensor, torch.device(device))
            for tensor in (self.inputs, self.targets, self.known)
        )
        return Batch(inputs if self.later is None else self.later(inputs), targets, known,
                     self.case_id)  # fmt: skip

    def parts(self, size: int) -> Iterator[Batch]:
        """The same cases in order, so many at a time."""
        for start in range(0, len(self.case_id), size):
            yield self.of(slice(start, start + size))

    def of(self, here: slice) -> Batch:
        """Some of the cases."""
        return Batch(self.inputs[here], self.targets[here], self.known[here], self.case_id[here])

    def unknown(self) -> Batch:
        """The first case with no target known: it teaches nothing, but takes part."""
        return replace(self.of(slice(1)), known=torch.zeros_like(self.known[:1]))


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor on a device; to a GPU it goes while the GPU computes, from memory that stays put."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


@dataclass(frozen=True)
class Draw:
    """One case drawn for one step: which, and the seed of whatever is random about it."""

    index: int
    seed: int


class Samples(Protocol):
    """Cases by number. ``samples[i]`` is as it is; a ``Draw`` is seen with its randomness."""

    def __len__(self) -> int:
        """How many cases."""

    def __getitems__(self, draws: Sequence[Draw | int]) -> Batch:
        """A batch of cases."""


class Backbone(Protocol):
    """A module from inputs to features (B, width), which knows the order of its layers."""

    width: int

    def blocks(self) -> list[list[str]]:
        """Names of its parameters, block by block from input to output, every one once."""

    def depths(self) -> dict[str, int]:
        """The layer of every parameter by name, 0 at the input: finer than blocks."""


@dataclass(frozen=True)
class Monitor:
    """What the tune split selects by.

    Attributes:
        name: in tables: ``metrics.csv`` has it as ``tune_<name>``.
        words: in messages.
        best: whether the best value is the highest or the lowest.
    """

    name: str
    words: str
    best: Literal["max", "min"] = "max"

    def worth(self, value: float) -> float:
        """A value as what is compared, higher being better; applied twice, the value again."""
        return value if self.best == "max" else -value


AUROC = Monitor("auroc", "AUROC")


class Task(Protocol):
    """What is learned, for a modality."""

    @property
    def monitor(self) -> Monitor:
        """What the tune split selects by."""

    def loss(self, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The sum of the losses and their count: exact under accumulation and several devices."""

    def scores(self, logits: Tensor) -> Tensor:
        """Logits (B, F) as scores (B, F): probabilities in [0, 1], amounts in their own unit."""

    def judged(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> float:
        """The value of ``monitor``, in its own direction. NaN: cannot be judged."""

    def each(
        self, scores: NDArray[np.float64], targets: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> dict[str, float]:
        """The same value of every target alone, by its name; NaN where it cannot be judged."""


class Network(nn.Module):
    """A backbone and its head."""

    def __init__(self, backbone: nn.Module, outputs: int) -> None:
        super().__init__()
        self.backbone = backbone
        width = backbone.width
        assert isinstance(width, int)
        self.head = nn.Linear(width, outputs)
        # A head that starts at zero says 0.5 to everything: no random first opinion to unlearn.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs as the batch has them to logits (B, F)."""
        return self.head(self.backbone(inputs))

    def blocks(self) -> list[list[str]]:
        """The backbone's parameters in blocks, input first; see ``Backbone``."""
        return cast(Backbone, self.backbone).blocks()

    def depths(self) -> dict[str, int]:
        """The layer of every parameter of the backbone; see ``Backbone``."""
        return cast(Backbone, self.backbone).depths()
