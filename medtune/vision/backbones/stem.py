"""The two ends of a network that are not a film's: its colours and its classes."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn

from medtune.errors import InputError


def first_convolution(body: nn.Module) -> tuple[str, nn.Conv2d]:
    """The convolution that takes the picture in, and its name.

    Raises:
        InputError: the network has none.
    """
    for name, module in body.named_modules():
        if isinstance(module, nn.Conv2d):
            return name, module
    raise InputError("This backbone has no convolution to take a film in.")


def one_channel(body: nn.Module) -> nn.Module:
    """A three-channel network that takes one: its first convolution summed over the channels.

    A film in three equal channels would give the same features.
    """
    _, stem = first_convolution(body)
    stem.weight = nn.Parameter(stem.weight.detach().sum(dim=1, keepdim=True))
    stem.in_channels = 1
    return body


def summed(state: dict[str, Tensor], stem: str) -> dict[str, Tensor]:
    """Tensors for a one-channel network, where those of three channels are given."""
    key = f"{stem}.weight"
    if key in state and state[key].ndim == 4 and state[key].shape[1] == 3:
        return {**state, key: state[key].float().sum(dim=1, keepdim=True)}
    return state


def without(state: dict[str, Tensor], parts: Iterable[str]) -> dict[str, Tensor]:
    """Tensors without those of a part, mostly the head that belongs to other classes."""
    starts = tuple(f"{part}." for part in parts)
    return {key: value for key, value in state.items() if not key.startswith(starts)}
