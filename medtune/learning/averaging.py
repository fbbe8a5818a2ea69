"""Averages of weights: over the steps of a training, or of files of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

State = Mapping[str, Tensor]


class MovingAverage:
    """An exponential moving average of a network's state, buffers included.

    It looks back about one epoch: the weight of a step is 1 / steps, and larger at the start, so
    that the first weights are soon forgotten.

    Args:
        steps: in an epoch.
    """

    def __init__(self, steps: int) -> None:
        self.least = 1 / max(1, steps)
        self.steps = 0
        self.state: dict[str, Tensor] = {}

    def update(self, network: nn.Module) -> None:
        """Take in the weights after a step."""
        self.steps += 1
        share = max(self.least, 2 / (self.steps + 1))
        for name, now in network.state_dict().items():
            if self.steps == 1 or not now.is_floating_point():
                self.state[name] = now.detach().clone()
            else:
                self.state[name].lerp_(now.detach(), share)

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"steps": self.steps, "state": self.state}

    def load_state_dict(self, state: dict[str, Any], device: torch.device) -> None:
        """Go on where the checkpoint was written."""
        self.steps = state["steps"]
        self.state = {name: tensor.to(device) for name, tensor in state["state"].items()}


def mean_of(states: Sequence[State]) -> dict[str, Tensor]:
    """The average of states of one network; what is no floating point is that of the last."""
    return {
        name: (
            torch.stack([state[name].double() for state in states]).mean(0).to(last.dtype)
            if last.is_floating_point()
            else last
        )
        for name, last in states[-1].items()
    }


def between(start: State, end: State, share: float) -> dict[str, Tensor]:
    """Weights on the way from one state to another (WiSE-FT: Wortsman et al. 2022, 2109.01903).

    Args:
        start: at share 0.
        end: at share 1.
        share: how far.
    """
    return {
        name: torch.lerp(start[name], last, share) if last.is_floating_point() else last
        for name, last in end.items()
    }
