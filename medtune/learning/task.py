"""The seams: what learning needs to know of a modality, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from medtune.learning.views import How, ViewPool, over_views


@dataclass(frozen=True)
class Batch:
    """Cases that go through the network together.

    Attributes:
        inputs: X-ray: float32 (B, V, 1, H, W), V views; 1 unless the network pools views. Text:
            int64 (B, T), tokens.
        targets: float32 (B, F), written so that a mean of two cases' targets is the target of
            their mean: mixing does that.
        known: bool (B, F): where a target may be learnt from or judged.
        case_id: B texts.
        later: what is still to be done to the inputs, on the device that learns from them.
        there: X-ray: bool (B, V), which views a case has; None where every case has one and no
            network pools them. Text: bool (B, T), which tokens a case has. Conversations: int64
            (B, 2, T), the token after each, -100 where it is not learnt, and each one's position.
    """

    inputs: Tensor
    targets: Tensor
    known: Tensor
    case_id: list[str]
    later: Callable[[Tensor], Tensor] | None = None
    there: Tensor | None = None

    @property
    def seen(self) -> tuple[Tensor] | tuple[Tensor, Tensor]:
        """What a network is called with."""
        return (self.inputs,) if self.there is None else (self.inputs, self.there)

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device, with nothing left to be done."""
        where = torch.device(device)
        inputs = moved(self.inputs, where)
        return Batch(
            inputs if self.later is None else self.later(inputs),
            moved(self.targets, where),
            moved(self.known, where),
            self.case_id,
            there=None if self.there is None else moved(self.there, where),
        )

    def parts(self, size: int) -> Iterator[Batch]:
        """The same cases in order, so many at a time."""
        for start in range(0, len(self.case_id), size):
            yield self.of(slice(start, start + size))

    def of(self, here: slice) -> Batch:
        """Some of the cases."""
        return Batch(
            self.inputs[here],
            self.targets[here],
            self.known[here],
            self.case_id[here],
            there=None if self.there is None else self.there[here],
        )

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
    """Cases by number. ``samples[i]`` is as it is; a ``Draw`` is seen with its randomness.

    Where cases differ in size and a batch is filled up to its largest, samples say how large each
    is, ``sizes`` int64 (N,): those of about one size then come together.
    """

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
    """A backbone and its head; between them, where a case has several views, what pools them.

    Args:
        backbone: from inputs to features.
        outputs: F.
        views: how views become one row of features; None where the backbone takes a case whole.

    Attributes:
        head_is_new: whether the head is none of the published weights: it learns at its own rate.
        knows: whether it was taught the task before: its start has to be beaten.
    """

    head_is_new = True
    knows = False

    def __init__(self, backbone: nn.Module, outputs: int, views: How | None = None) -> None:
        super().__init__()
        self.backbone = backbone
        width = backbone.width
        assert isinstance(width, int)
        self.pool = None if views is None else ViewPool(views, width)
        self.head = nn.Linear(width, outputs)
        # A head that starts at zero says 0.5 to everything: no random first opinion to unlearn.
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, inputs: Tensor, there: Tensor | None = None) -> Tensor:
        """What the batch has to logits (B, F)."""
        return self.head(self.features(inputs, there))

    def features(self, inputs: Tensor, there: Tensor | None = None) -> Tensor:
        """What the batch has to features (B, width): what the head sees."""
        if self.pool is None:
            seen = (inputs,) if there is None else (inputs, there)
            features: Tensor = self.backbone(*seen)
            return features
        if there is None:  # every view that the inputs have room for
            there = inputs.new_ones(inputs.shape[:2], dtype=torch.bool)
        return over_views(self.backbone, self.pool, inputs, there)

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """What the head's stage teaches: head and pooling."""
        yield from self.head.parameters()
        if self.pool is not None:
            yield from self.pool.parameters()

    def new_parameters(self) -> Iterator[nn.Parameter]:
        """What no weights are published for: those of the head's stage, unless they came along."""
        if self.head_is_new:
            yield from self.head_parameters()

    def blocks(self) -> list[list[str]]:
        """The backbone's parameters in blocks, input first; see ``Backbone``."""
        return cast(Backbone, self.backbone).blocks()

    def depths(self) -> dict[str, int]:
        """The layer of every parameter of the backbone; see ``Backbone``."""
        return cast(Backbone, self.backbone).depths()
