"""One stretch of training in which the same parameters learn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from medtune.learning.task import Batch, Network

ParameterGroup = dict[str, Any]


@dataclass(frozen=True)
class Teach:
    """What a stage may look at before it begins.

    Attributes:
        batches: the training cases in order, as they are, on the network's device.
        loss: of the network on a batch: summed, and over how many targets.
        at_once: the most cases in the network at once while it learns; None: the whole batch.
    """

    batches: Callable[[], Iterator[Batch]]
    loss: Callable[[Network, Batch], tuple[Tensor, Tensor]]
    at_once: int | None = None

    def learn(self, network: Network, batch: Batch) -> float:
        """Add the gradient of the batch's mean loss to what the parameters have; give the loss.

        The batch goes through in parts that fit, as in a training step.
        """
        learning = [p for p in network.parameters() if p.requires_grad]
        before = [p.grad for p in learning]
        network.zero_grad()
        total, count = 0.0, 0.0
        for part in batch.parts(self.at_once or len(batch.case_id)):
            loss, known = self.loss(network, part)
            loss.backward()  # type: ignore[no-untyped-call]
            total, count = total + float(loss.detach()), count + float(known)
        for parameter, earlier in zip(learning, before, strict=True):
            if parameter.grad is None:
                parameter.grad = earlier
                continue
            parameter.grad /= max(1.0, count)
            if earlier is not None:
                parameter.grad += earlier
        return total / max(1.0, count)


def nothing(network: Network) -> None:
    """What most stages have to put right when they end."""


@dataclass(frozen=True)
class Stage:
    """Which parameters learn, how fast and how long; all others are frozen.

    Attributes:
        name: stands in file names and logs.
        epochs: the most passes.
        begin: from the network, as the stage before left it, to parameters and their peak learning
            rates. It may change the network (adapters), in the same way whenever it is called.
        end: undoes what ``begin`` changed, and leaves the outputs as they are.
    """

    name: str
    epochs: int
    begin: Callable[[Network, Teach], list[ParameterGroup]]
    end: Callable[[Network], None] = nothing


def groups_of(
    parameters: Iterable[nn.Parameter], rate: float, weight_decay: float
) -> list[ParameterGroup]:
    """Matrices with weight decay, biases and norms without."""
    parameters = list(parameters)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "lr": rate, "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "lr": rate, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def freeze_all_but(network: nn.Module, groups: list[ParameterGroup]) -> None:
    """Let only the groups' parameters have a gradient."""
    learning = {id(p) for group in groups for p in group["params"]}
    for parameter in network.parameters():
        parameter.requires_grad_(id(parameter) in learning)


def set_modes(network: nn.Module, *, batch_norm_moves: bool) -> None:
    """Training mode for what learns, evaluation mode for what is frozen.

    A module none of whose parameters learns is in evaluation mode: its BatchNorm statistics do
    not move and its dropout is off. BatchNorm that learns moves its statistics only where that is
    wanted.
    """
    network.train()
    for module in network.modules():
        parameters = list(module.parameters())
        if parameters and not any(p.requires_grad for p in parameters):
            module.eval()
    if not batch_norm_moves:
        for module in network.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
