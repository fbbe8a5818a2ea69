"""The site's changes of whole batches at once, on the device that learns from them.

The same draws as ``site_augment`` makes, and within rounding the same films: ``site_drawn`` says
what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import albumentations as A
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from medtune.config.site import NOISE_GREYS
from medtune.films.matching import BLACK, SHARES
from medtune.films.physics import LATITUDE, open_field
from medtune.films.physics.noise import MIX, mixed_seed
from medtune.vision.augment import STILL, back_of, begin, drawn_by
from medtune.vision.augment_batch import placed
from medtune.vision.samples import BatchChange
from medtune.vision.site_drawn import FEW, RIM, Box, SiteDrawn, gain_at, kernel, rim_of

Back = Sequence[Sequence[float]]

_APART = 1e-6


def site_on_device(pipeline: A.Compose, size: int) -> BatchChange:
    """The changes of ``site_augment.site``, for ``Films`` of so many pixels a side."""

    def of(seeds: list[int | None]) -> Callable[[Tensor], Tensor]:
        drawn = [
            (STILL, SiteDrawn()) if seed is None else draw_site(pipeline, seed, size)
            for seed in seeds
        ]
        return lambda films: render_batch(films, drawn)

    return of


def draw_site(pipeline: A.Compose, seed: int, size: int) -> tuple[Back, SiteDrawn]:
    """What ``site`` draws for one film, without the film.

    Args:
        pipeline: as ``site`` gives it, without a flip.
        seed: the film's.
        size: its pixels a side.

    Returns:
        (2, 3) from a pixel (x, y, 1) of the changed film to its place in the film, and the style.
    """
    affine, style = pipeline.transforms
    begin(pipeline, seed)
    nothing = {"image": np.broadcast_to(np.float32(0), (size, size, 1))}
    moved, styled = (drawn_by(transform, nothing) for transform in (affine, style))
    return back_of(moved), styled.get("drawn", SiteDrawn())


def render_batch(films: Tensor, drawn: Sequence[tuple[Back, SiteDrawn]]) -> Tensor:
    """What ``site`` does to each film, done to all of them together.

    Args:
        films: float32 (B, 1, 1, S, S) in [0, 1], on any device.
        drawn: B draws.

    Returns:
        (B, 1, 1, S, S) in [0, 1].
    """
    if films.device.type == "cpu" and len(films) > 1:  # one film at a time stays in the cache
        return torch.cat(
            [render_batch(film[None], [one]) for film, one in zip(films, drawn, strict=True)]
        )
    shown = placed(films[:, 0], [back for back, _ in drawn])[:, 0]
    style = [one for _, one in drawn]
    body = shown > BLACK
    shown = _filtered(shown, body, style)
    shown = _carried(shown, style)
    shown = torch.where(body, shown + _noise(shown, style), shown).clamp(0, 1)
    for at, one in enumerate(style):
        for box in one.boxes:
            _cover(shown[at], box)
    return _marked(shown, style)[:, None, None]


def _filtered(shown: Tensor, body: Tensor, style: Sequence[SiteDrawn]) -> Tensor:
    """Each frequency's amplitude multiplied, less near black."""
    if all(one.gain is None for one in style):
        return shown
    shape = tuple(shown.shape[-2:])
    plain = np.ones((shape[0], shape[1] // 2 + 1), np.float32)
    gains = [plain if one.gain is None else gain_at(one.gain, shape) for one in style]
    factor = torch.from_numpy(np.stack(gains)).to(shown.device)
    changed = torch.fft.irfft2(torch.fft.rfft2(shown) * factor, s=shape) - shown
    side = rim_of(shape)
    inside = F.avg_pool2d(body.float()[:, None], (side, 1), 1, (side // 2, 0))
    inside = F.avg_pool2d(inside, (1, side), 1, (0, side // 2))[:, 0]
    sharp = (shown + (2 * inside - 1).clamp(0, 1) * changed).clamp(0, 1)
    return torch.where(_mask(style, lambda one: one.gain is not None, shown), sharp, shown)


def _mask(style: Sequence[SiteDrawn], of: Callable[[SiteDrawn], bool], shown: Tensor) -> Tensor:
    return torch.tensor([of(one) for one in style], device=shown.device)[:, None, None]


def _carried(shown: Tensor, style: Sequence[SiteDrawn]) -> Tensor:
    """Each film's greys moved from its own quantiles towards those that were drawn."""
    if all(one.greys is None for one in style):
        return shown
    own = _quantiles(shown)
    knots = torch.from_numpy(SHARES).to(shown.device)
    wanted = torch.stack(
        [
            knots if one.greys is None else torch.from_numpy(one.greys).to(shown.device)
            for one in style
        ]
    )
    strength = torch.tensor([one.strength for one in style], dtype=torch.float64).to(shown.device)
    target = (own + strength[:, None] * (wanted - own)).float()
    steps = own.cummax(dim=1).values + _APART * torch.arange(own.shape[1], device=shown.device)
    moved = _interpolated(shown.flatten(1), steps.float(), target).view_as(shown)
    change = _mask(style, lambda one: one.greys is not None, shown) & (shown > BLACK)
    return torch.where(change, moved.clamp(0, 1), shown)


def _quantiles(shown: Tensor) -> Tensor:
    """(B, 65) at ``SHARES``, black not counted, as numpy interpolates them."""
    some = shown[:, ::2, ::2] if min(shown.shape[-2:]) > FEW else shown
    flat = some.flatten(1)
    seen = flat > BLACK
    ordered = torch.where(seen, flat, torch.inf).sort(dim=1).values
    count = seen.sum(dim=1, keepdim=True)
    shares = torch.from_numpy(SHARES).to(shown.device)
    place = shares[None] * (count - 1).clamp(min=0)
    low = place.floor().long()
    high = (low + 1).minimum((count - 1).clamp(min=0))
    ends = [ordered.gather(1, at).double() for at in (low, high)]
    found = ends[0] + (place - low) * (ends[1] - ends[0])
    return torch.where(count > 0, found, shares[None])


def _interpolated(values: Tensor, steps: Tensor, target: Tensor) -> Tensor:
    """Values (B, N) on the broken lines through (steps, target), both (B, Q); flat at the ends."""
    last = steps.shape[1] - 1
    at = torch.searchsorted(steps, values.contiguous(), right=True).clamp(1, last)
    left, right = steps.gather(1, at - 1), steps.gather(1, at)
    share = ((values - left) / (right - left)).clamp(0, 1)
    below, above = target.gather(1, at - 1), target.gather(1, at)
    return below + share * (above - below)


def _noise(shown: Tensor, style: Sequence[SiteDrawn]) -> Tensor:
    """What is added to each film, (B, S, S)."""
    if all(one.noise is None for one in style):
        return torch.zeros_like(shown)
    deviations = np.stack([np.zeros(len(NOISE_GREYS)) if n is None else n
                           for n in (one.noise for one in style)]).astype(np.float32)  # fmt: skip
    table = torch.from_numpy(deviations).to(shown.device)
    greys = torch.tensor(NOISE_GREYS, device=shown.device).expand(len(style), -1).contiguous()
    deviation = _interpolated(shown.flatten(1), greys, table).view_as(shown)
    shape = (int(shown.shape[-2]), int(shown.shape[-1]))
    field = standard_normal([one.seed for one in style], shape, shown.device)
    lines = [kernel(one.correlation) for one in style]
    widest = max(len(line) for line in lines) // 2
    if widest:
        padded = np.stack([np.pad(line, widest - len(line) // 2) for line in lines])
        weights = torch.from_numpy(padded).to(shown.device)
        field = F.pad(field[None], (widest,) * 4, mode="reflect")
        field = F.conv2d(field, weights[:, None, :, None], groups=len(style))
        field = F.conv2d(field, weights[:, None, None, :], groups=len(style))[0]
    return deviation * field


def standard_normal(seeds: Sequence[int], shape: tuple[int, int], device: Any) -> Tensor:
    """``physics.standard_normal`` of B seeds, (B, H, W), to the rounding of the device."""
    place = torch.arange(2 * shape[0] * shape[1], dtype=torch.int32, device=device)
    start = torch.tensor([_signed(mixed_seed(seed)) for seed in seeds], device=device)
    words = _mixed(place + start.to(torch.int32)[:, None])
    high = _shifted(words, 8).view(len(seeds), *shape, 2).float()  # 24 bits, exact in float32
    radius = torch.sqrt_(torch.log_((high[..., 0] + 0.5) / (1 << 24)).mul_(-2))
    return radius.mul_(torch.cos_(high[..., 1] * (2 * torch.pi / (1 << 24))))


def _mixed(words: Tensor) -> Tensor:
    """32-bit words, well mixed in place; what overflows is cut off, as it is without a sign."""
    for shift, factor in MIX:
        words ^= _shifted(words, shift)
        words *= _signed(factor)
    return words


def _shifted(words: Tensor, shift: int) -> Tensor:
    """To the right, with zeros coming in."""
    return (words >> shift).bitwise_and_((1 << (32 - shift)) - 1)


def _signed(word: int) -> int:
    """The same 32 bits as a number with a sign."""
    return word - (1 << 32) if word >= 1 << 31 else word


def _cover(film: Tensor, box: Box) -> None:
    """A box filled with the mean of its rim."""
    top, bottom, left, right = box
    outer = film[max(0, top - RIM) : bottom + RIM, max(0, left - RIM) : right + RIM]
    inner = film[top:bottom, left:right]
    around = outer.numel() - inner.numel()
    mean = film.mean() if around == 0 else (outer.sum() - inner.sum()) / around
    film[top:bottom, left:right] = mean


def _marked(shown: Tensor, style: Sequence[SiteDrawn]) -> Tensor:
    """Grid lines, lead and leaves, in the straight response curve's density."""
    shape = (int(shown.shape[-2]), int(shown.shape[-1]))
    added, beams = [], []
    for one in style:
        density = np.zeros(shape, np.float32)
        for letter in one.lead:
            density += np.float32(letter.opacity / LATITUDE) * letter.drawn(shape)
        if one.grid is not None:
            density -= np.log(np.maximum(one.grid.passed(shape), 1e-6)) / np.float32(LATITUDE)
        added.append(density)
        beams.append(_field(one, shape))
    dense = torch.from_numpy(np.stack(added)).to(shown.device)
    beam = torch.from_numpy(np.stack(beams)).to(shown.device)
    beyond = torch.tensor([one.beyond for one in style], device=shown.device)[:, None, None]
    return (shown + dense).clamp(0, 1) * beam + (1 - beam) * beyond


def _field(one: SiteDrawn, shape: tuple[int, int]) -> Any:
    if one.leaves is None:
        return _open(shape)
    return open_field(shape, one.leaves.pixels(shape))


@cache
def _open(shape: tuple[int, int]) -> Any:
    return np.ones(shape, np.float32)
