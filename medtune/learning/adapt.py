"""What learns, and how fast: each method is a function from a network to its stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from medtune.config.training import Training
from medtune.learning.task import Network

ParameterGroup = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """One stretch of training in which the same parameters learn.

    Attributes:
        name: stands in file names and logs.
        epochs: the most passes.
        groups: parameters and their peak learning rates; all others are frozen.
    """

    name: str
    epochs: int
    groups: list[ParameterGroup]


def linear_probe(network: Network, training: Training) -> list[Stage]:
    """Only the head learns."""
    return [
        Stage(
            "linear_probe",
            training.head_epochs,
            _groups(network.head, training.head_learning_rate, training),
        )
    ]


def full(network: Network, training: Training) -> list[Stage]:
    """All layers learn from the start; the head, which is new, at its own rate."""
    groups = _groups(network.backbone, training.learning_rate, training)
    head = _groups(network.head, training.head_learning_rate, training)
    return [Stage("full", training.epochs, [*groups, *head])]


def lp_ft(network: Network, training: Training) -> list[Stage]:
    """First the head, then all layers at one rate (Kumar et al. 2022, arXiv 2202.10054)."""
    everything = _groups(network, training.learning_rate, training)
    return [*linear_probe(network, training), Stage("full", training.epochs, everything)]


METHODS: dict[str, Callable[[Network, Training], list[Stage]]] = {
    "linear_probe": linear_probe,
    "lp_ft": lp_ft,
    "full": full,
}


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


def _groups(module: nn.Module, rate: float, training: Training) -> list[ParameterGroup]:
    """Matrices with weight decay, biases and norms without."""
    matrices = [p for p in module.parameters() if p.ndim > 1]
    others = [p for p in module.parameters() if p.ndim <= 1]
    groups = [
        {"params": matrices, "lr": rate, "weight_decay": training.weight_decay},
        {"params": others, "lr": rate, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
