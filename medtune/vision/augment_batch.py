"""The generic changes of whole batches at once, on the device that learns from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from medtune.vision.augment import STILL, Drawn, change_as_drawn, draw, generic
from medtune.vision.memory import Memory
from medtune.vision.samples import BatchChange
from medtune.vision.windowed_noise import field


def change_on_device(size: int) -> BatchChange:
    """The generic changes, for ``Films`` of so many pixels a side."""
    pipeline, memory = generic(), Memory()

    def of(seeds: list[int | None]) -> Callable[[Tensor], Tensor]:
        drawn = [Drawn() if seed is None else draw(pipeline, seed, size) for seed in seeds]
        return lambda films: apply_drawn(films, drawn, memory)

    return of


def apply_drawn(films: Tensor, drawn: Sequence[Drawn], memory: Memory | None = None) -> Tensor:
    """What ``augment.change`` does to each film, done to all of them together.

    The same parameters give the same film: on a CPU to the rounding of float32, elsewhere to that
    of OpenCV's bilinear weights (1/32 of a pixel).

    Args:
        films: float32 (B, 1, 1, S, S) in [0, 1], on any device.
        drawn: B parameters.
        memory: of the changed films on a CPU; None for new memory.

    Returns:
        (B, 1, 1, S, S) in [0, 1].
    """
    if films.device.type == "cpu":
        return by_opencv(films, drawn, memory or Memory())
    return by_torch(films, drawn)


def by_opencv(films: Tensor, drawn: Sequence[Drawn], memory: Memory) -> Tensor:
    """``apply_drawn`` on a CPU: all steps on a film while the film lies in the cache."""
    whole = memory.array(tuple(films.shape))
    for one, film, to in zip(drawn, films.numpy(), whole, strict=True):
        change_as_drawn(film[0, 0], one, to[0, 0])
    return torch.from_numpy(whole)


def by_torch(films: Tensor, drawn: Sequence[Drawn]) -> Tensor:
    """``apply_drawn`` on any device: each step on all films."""
    assert films.shape[1] == 1  # one draw a film
    size, device = films.shape[-1], films.device
    grey = torch.tensor([one.grey for one in drawn], dtype=torch.float32, device=device)
    changed = placed(films[:, 0], [one.back for one in drawn])
    contrast, brightness, gamma = (grey[:, i, None, None, None] for i in range(3))
    changed = (changed * contrast + brightness).clamp(0, 1) ** gamma
    return (changed + _noise(drawn, size, device)).clamp(0, 1)[:, None]


def placed(films: Tensor, backs: Sequence[Sequence[Sequence[float]]]) -> Tensor:
    """Films turned, zoomed and moved; those that stay are not touched.

    Args:
        films: float32 (B, 1, S, S).
        backs: B times (2, 3), from a pixel (x, y, 1) of the changed film to its place in the film.

    Returns:
        (B, 1, S, S), black where there was no film.
    """
    size, device = films.shape[-1], films.device
    back = torch.tensor(backs, dtype=torch.float32, device=device)
    pixel = torch.arange(size, dtype=torch.float32, device=device)
    y, x = torch.meshgrid(pixel, pixel, indexing="ij")
    here = torch.stack((x, y), dim=-1)[:, :, None]  # (S, S, 1, 2)
    # no matrix product: a GPU may round those to 10 bits, a quarter of a pixel
    there = (back[:, None, None, :, :2] * here).sum(-1) + back[:, None, None, :, 2]
    moved = F.grid_sample(films, 2 * there / (size - 1) - 1, align_corners=True)
    moves = (back != torch.tensor(STILL, device=device)).flatten(1).any(dim=1)
    return torch.where(moves[:, None, None, None], moved, films)


def _noise(drawn: Sequence[Drawn], size: int, device: torch.device) -> Tensor:
    """What is added to each film, (B, 1, S, S)."""
    whole = _field(size, device)
    windows = torch.stack([whole[one.noise.of((size, size))] for one in drawn])
    strength = torch.tensor([one.noise.strength for one in drawn], device=device)
    return (strength[:, None, None] * windows)[:, None]


@lru_cache(maxsize=4)
def _field(size: int, device: torch.device) -> Tensor:
    """``field`` on a device."""
    return torch.from_numpy(field(size, size)).to(device)
