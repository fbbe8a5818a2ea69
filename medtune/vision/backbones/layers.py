"""The order of a network's layers, from the film to the features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

ENOUGH = 4  # blocks that a network without an order of its own is divided into, at least


def depths(body: nn.Module, *, coarse: bool) -> dict[str, int]:
    """The layer of every parameter, 0 next to the film, without gaps.

    timm's networks know their order (``group_matcher``); of others it is the order in which their
    parts were made, which for the doors of this package is the order in which they are called.

    Args:
        body: the network without its head.
        coarse: stages instead of layers.
    """
    matcher: Callable[..., Any] | None = getattr(body, "group_matcher", None)
    if matcher is None:
        return _in_order_of_parts(body)
    from timm.models import group_parameters

    found = group_parameters(body, matcher(coarse=coarse), reverse=True)
    ranks = {layer: rank for rank, layer in enumerate(sorted(set(found.values())))}
    return {name: ranks[found[name]] for name, _ in body.named_parameters()}


def blocks(body: nn.Module) -> list[list[str]]:
    """Names of the parameters, block by block, the block next to the film first."""
    order = depths(body, coarse=True)
    parts: list[list[str]] = [[] for _ in range(max(order.values()) + 1)]
    for name, block in order.items():
        parts[block].append(name)
    return parts


def _in_order_of_parts(body: nn.Module) -> dict[str, int]:
    """Parts that have parameters; the largest is divided until there are enough."""
    parts = _parts("", body)
    while len(parts) < ENOUGH:
        sizes = [sum(p.numel() for p in part.parameters()) for _, part in parts]
        divisible = [i for i, (name, part) in enumerate(parts) if len(_parts(name, part)) > 0]
        if not divisible:
            break
        largest = max(divisible, key=lambda i: sizes[i])
        name, part = parts[largest]
        parts[largest : largest + 1] = _parts(name, part)
    places = [name for name, _ in parts]
    order = {}
    for name, _ in body.named_parameters():
        inside = [i for i, place in enumerate(places) if name.startswith(f"{place}.")]
        # a parameter of the network itself (a token, a position) belongs to its input
        order[name] = max(inside, key=lambda i: len(places[i])) if inside else 0
    ranks = {block: rank for rank, block in enumerate(sorted(set(order.values())))}
    return {name: ranks[block] for name, block in order.items()}


def _parts(name: str, module: nn.Module) -> list[tuple[str, nn.Module]]:
    """Children that have parameters, with their full names."""
    return [
        (f"{name}.{child}" if name else child, part)
        for child, part in module.named_children()
        if any(True for _ in part.parameters())
    ]
