"""What is drawn for one film that is rendered in a site's style, and the film so rendered.

The steps, in this order: sharpness (a gain on each frequency), greys (the film's quantiles to
those of a film of the site), noise (what is missing of the site's), what covers letters, and in
exposure the grid's lines, lead letters and leaves. ``site_batch`` does the same to whole batches.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.config.site import NOISE_GREYS
from medtune.films.matching import BLACK, carried, quantiles
from medtune.films.measure.sharpness import CYCLES
from medtune.films.physics import GridLines, Imaging, Leaves, Letter, open_field, standard_normal

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Box = tuple[int, int, int, int]
"""Rows and columns, from and to."""

_RINGS = 0.015  # of the side: so far from an edge a filter rings
FEW = 128  # pixels a side from which on every second row and column tells a film's quantiles
RIM = 2  # pixels around a box, whose mean fills it


@dataclass(frozen=True, eq=False)
class SiteDrawn:
    """One draw; the default changes nothing.

    Attributes:
        gain: (18,) logarithm of the factor on each band's amplitude; None for no filter.
        greys: (65,) quantiles that the film takes; None to keep its own.
        strength: how far it goes towards them, 0 to 1.
        noise: (10,) standard deviation that is added at each grey; None for none.
        correlation: of the noise, pixels.
        seed: of the noise.
        boxes: that are covered.
        grid, lead, leaves: as in ``Imaging``.
        beyond: grey of what the leaves cover: consoles show it black, a scanned film white.
    """

    gain: Floats | None = None
    greys: Floats | None = None
    strength: float = 1.0
    noise: Floats | None = None
    correlation: float = 0.0
    seed: int = 0
    boxes: tuple[Box, ...] = ()
    grid: GridLines | None = None
    lead: tuple[Letter, ...] = ()
    leaves: Leaves | None = None
    beyond: float = 0.0


def rendered(film: Array, drawn: SiteDrawn) -> Array:
    """A film in the style that was drawn.

    Args:
        film: (H, W) in [0, 1]; black stays black.
        drawn: how.

    Returns:
        (H, W) float32 in [0, 1].
    """
    body = film > BLACK
    shown = film
    if drawn.gain is not None:
        shown = filtered(film, body, drawn.gain)
    if drawn.greys is not None:
        shown = carried(shown, quantiles(_some(shown)), drawn.greys, drawn.strength)
    if drawn.noise is not None:
        deviation = np.interp(shown, NOISE_GREYS, drawn.noise).astype(np.float32)
        shown = shown + np.where(body, deviation * correlated(drawn, film.shape), 0)
    shown = np.clip(shown, 0, 1).astype(np.float32)
    for top, bottom, left, right in drawn.boxes:
        shown[top:bottom, left:right] = _rim(shown, (top, bottom, left, right))
    imaging = Imaging(grid=drawn.grid, lead=drawn.lead, leaves=drawn.leaves)
    if imaging.in_exposure:
        shown = imaging.applied(shown)
    if drawn.leaves is None or not drawn.beyond:
        return shown
    beam = open_field(film.shape, drawn.leaves.pixels(film.shape))
    return (shown + (1 - beam) * np.float32(drawn.beyond)).astype(np.float32)


def filtered(film: Array, body: NDArray[np.bool_], gain: Floats) -> Array:
    """The film with each frequency's amplitude multiplied; its mean stays.

    Less near black: an edge of the film is no edge of a body, and would ring.
    """
    transform = np.fft.rfft2(film) * gain_at(gain, film.shape)
    changed = np.fft.irfft2(transform, s=film.shape).astype(np.float32) - film
    side = rim_of(film.shape)
    inside = cv2.boxFilter(
        body.astype(np.float32), cv2.CV_32F, (side, side), borderType=cv2.BORDER_CONSTANT
    )
    sharp: Array = film + np.clip(2 * inside - 1, 0, 1) * changed
    return np.clip(sharp, 0, 1)


def rim_of(shape: tuple[int, ...]) -> int:
    """Pixels of the square in which black takes the filter back; odd."""
    return 2 * max(1, round(_RINGS * max(shape))) + 1


def gain_at(gain: Floats, shape: tuple[int, ...]) -> Array:
    """The factor at each frequency of a picture's half spectrum, (H, W // 2 + 1)."""
    height, width = shape
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    cycles = np.hypot(down, across) * max(height, width)
    log = np.interp(np.log(np.maximum(cycles, 1e-3)), np.log(CYCLES), gain, left=0.0)
    factor: Array = np.exp(log).astype(np.float32)
    return factor


def kernel(correlation: float) -> Array:
    """The line of weights that correlates a noise and keeps its standard deviation."""
    if correlation < 0.2:  # no neighbour has a weight
        return np.ones(1, np.float32)
    reach = max(1, round(4 * correlation))
    weights = cv2.getGaussianKernel(2 * reach + 1, correlation).ravel()
    line: Array = (weights / np.sqrt((weights**2).sum())).astype(np.float32)
    return line


def correlated(drawn: SiteDrawn, shape: tuple[int, ...]) -> Array:
    """The film's own noise of deviation 1."""
    field = standard_normal(drawn.seed, shape)
    line = kernel(drawn.correlation)
    if len(line) == 1:
        return field
    smooth: Array = cv2.sepFilter2D(
        field, cv2.CV_32F, line, line, borderType=cv2.BORDER_REFLECT_101
    )
    return smooth


def _some(film: Array) -> Array:
    return film[::2, ::2] if min(film.shape) > FEW else film


def _rim(film: Array, box: Box) -> np.float32:
    """Mean grey of the pixels around a box."""
    top, bottom, left, right = box
    outer = film[max(0, top - RIM) : bottom + RIM, max(0, left - RIM) : right + RIM]
    inner = film[top:bottom, left:right]
    around = outer.size - inner.size
    if around == 0:
        return np.float32(film.mean())
    total = outer.sum(dtype=np.float64) - inner.sum(dtype=np.float64)
    return np.float32(total / around)
