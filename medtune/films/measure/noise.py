"""How noisy a film is at each grey, and how far neighbouring pixels' noise is alike.

The noise is what a filter leaves that takes straight and evenly bent surfaces away (Immerkær,
CVIU 64:300, 1996), in the quarter of the blocks of each grey with least structure. The same
filter with its taps further apart sees more of a noise that is correlated, and how much more
tells how far.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.config.site import NOISE_GREYS

Array = NDArray[np.float32]

GREYS = np.array(NOISE_GREYS)
SCALES = (1, 2, 4)  # pixels between the filter's taps
_BLOCK = 8  # pixels a side
_FEWEST = 12  # blocks of a grey, for it to be told
_QUIET = 0.25  # share of the blocks that have less structure than the others
# Their deviation over that of all where there is noise alone, at the three scales, for noise that a
# blur of so many pixels has correlated: simulated, 1.6 million pixels each
_QUIETS = np.array(
    [
        [0.0, 0.876, 0.886, 0.905],
        [0.3, 0.876, 0.886, 0.905],
        [0.5, 0.894, 0.885, 0.892],
        [0.75, 0.909, 0.874, 0.830],
        [1.0, 0.885, 0.860, 0.801],
        [1.5, 0.844, 0.830, 0.783],
        [2.0, 0.810, 0.801, 0.767],
        [3.0, 0.754, 0.751, 0.738],
        [4.0, 0.718, 0.716, 0.708],
    ]
)
_CLIPPED = 0.004  # blocks that reach so near to black or white are not counted
_SMOOTH = 0.5  # pixels of correlation from which on the finest scale sees too little of it
_LONG = 8.0  # ratio of two scales from which on the finer one sees next to nothing
_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float64) / 6
_WIDTHS = np.concatenate([[0.0], np.linspace(0.2, 6.0, 117)])


@dataclass(frozen=True)
class NoiseSeen:
    """Residual deviations in the quiet blocks of one film, or of many.

    Attributes:
        at: (3, 10) for each scale and grey; NaN where too few blocks have the grey.
        pooled: (3,) over all greys, as the root of the mean variance.
    """

    at: NDArray[np.float64]
    pooled: NDArray[np.float64]


def noise_seen(film: Array) -> NoiseSeen:
    """What the filter leaves of a film.

    Args:
        film: (H, W) in [0, 1], without borders.
    """
    blocks = _blocks(film)
    kept = (blocks.min(axis=1) > _CLIPPED) & (blocks.max(axis=1) < 1 - _CLIPPED)
    level = np.minimum((blocks.mean(axis=1)[kept] * len(GREYS)).astype(np.int64), len(GREYS) - 1)
    at = np.full((len(SCALES), len(GREYS)), np.nan)
    counts = np.bincount(level, minlength=len(GREYS))
    for row, scale in enumerate(SCALES):
        rest = cv2.filter2D(film, cv2.CV_32F, _spread(scale))
        power = _blocks(rest * rest).mean(axis=1)[kept]
        for grey in np.flatnonzero(counts >= _FEWEST):
            at[row, grey] = np.sqrt(np.quantile(power[level == grey], _QUIET))
    told = ~np.isnan(at[0])
    if not told.any():
        return NoiseSeen(at, np.full(len(SCALES), np.nan))
    pooled = np.sqrt((at[:, told] ** 2 * counts[told]).sum(axis=1) / counts[told].sum())
    return NoiseSeen(at, pooled)


def correlation(seen: NDArray[np.float64]) -> float:
    """Standard deviation, in pixels, of the blur that makes white noise into this one.

    Args:
        seen: (3, ...) residual deviations at the scales.
    """
    expected = {scale: _expected(scale) for scale in SCALES}
    pair = (0, 1) if _ratio(seen, 0, 1) < _LONG else (1, 2)
    low, high = (expected[SCALES[place]] for place in pair)
    rising = np.maximum.accumulate(high / low) + 1e-9 * np.arange(len(_WIDTHS))
    return float(np.interp(_ratio(seen, *pair), rising, _WIDTHS))


def deviations(seen: NDArray[np.float64], blur: float) -> NDArray[np.float64]:
    """Whole standard deviations of the noise, of residual ones.

    Args:
        seen: (3, ...) residual deviations at the scales.
        blur: of ``correlation``.
    """
    row = 0 if blur < _SMOOTH else 1
    share = np.interp(blur, _WIDTHS, _expected(SCALES[row]))
    whole: NDArray[np.float64] = seen[row] / np.sqrt(share)
    return whole


def power_of(variance: float, blur: float, cycles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power of a noise, its variance spread over the frequencies of the pixels' grid.

    Args:
        variance: of the noise.
        blur: standard deviation of its correlation, pixels.
        cycles: (F,) a pixel.
    """
    axis = np.linspace(-0.5, 0.5, 65)
    square = np.exp(-4 * np.pi**2 * blur**2 * (axis[:, None] ** 2 + axis**2)).mean()
    spread: NDArray[np.float64] = variance * np.exp(-4 * np.pi**2 * blur**2 * cycles**2) / square
    return spread


def _ratio(seen: NDArray[np.float64], one: int, other: int) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.ravel((seen[other] / seen[one]) ** 2)
    finite = ratios[np.isfinite(ratios)]
    return float(np.median(finite)) if finite.size else 1.0


def _spread(scale: int) -> Array:
    """The filter with its taps so many pixels apart."""
    taps = np.zeros((2 * scale + 1, 2 * scale + 1), np.float32)
    taps[::scale, ::scale] = _MASK
    return taps


@cache
def _expected(scale: int) -> NDArray[np.float64]:
    """Share of a noise's variance left in quiet blocks, for each width of its correlation."""
    places = scale * np.stack(np.meshgrid(*[np.arange(3)] * 2, indexing="ij"), -1).reshape(9, 2)
    apart = ((places[:, None] - places) ** 2).sum(axis=-1)
    widths = np.maximum(_WIDTHS, 1e-3)[:, None, None]
    alike = np.exp(-apart / (4 * widths**2))
    weights = np.outer(_MASK.ravel(), _MASK.ravel())
    quiet = np.interp(_WIDTHS, _QUIETS[:, 0], _QUIETS[:, 1 + SCALES.index(scale)])
    left: NDArray[np.float64] = (alike * weights).sum(axis=(1, 2)) * quiet**2
    return left


def _blocks(picture: Array) -> Array:
    """(B, 64): squares of 8 pixels; what is left over at the end is not counted."""
    height, width = (length // _BLOCK for length in picture.shape)
    cut = picture[: height * _BLOCK, : width * _BLOCK]
    squares = cut.reshape(height, _BLOCK, width, _BLOCK).swapaxes(1, 2)
    return squares.reshape(height * width, _BLOCK * _BLOCK)
