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
        loss: mean loss of the network on a batch.
    """

    batches: Callable[[], Iterator[Batch]]
    loss: Callable[[Network, Batch], Tensor]


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
