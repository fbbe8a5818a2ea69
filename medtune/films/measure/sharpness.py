"""How much detail a film has at each size: its power spectrum, whatever its response curve.

The spectrum is that of the film's ranks, which no response curve changes. What blurs a film takes
exp(-4 pi^2 f^2 sigma^2) of its power at the frequency f, whatever is on it: two groups of films
of like bodies tell the blur of the one over the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medtune.config.site import BANDS, COARSEST, FINEST
from medtune.films.measure.noise import power_of

Array = NDArray[np.float32]

EDGES = np.geomspace(COARSEST, FINEST, BANDS + 1)
"""Of the frequency bands, cycles over the longer side of the film."""
CYCLES = np.sqrt(EDGES[:-1] * EDGES[1:])
COARSE = 12.0  # cycles a side: what is coarser is how a body is built and placed
_CLEAR = 0.5  # share of a band's power that must be the body's and not the noise's
_FEWEST = 4  # bands that a blur is told from
_LEFT = 0.03  # of a band's power, after the blur
_ROUNDS = 4  # of finding out which bands are left


def spectrum(ranks: Array, side: int) -> NDArray[np.float64]:
    """Power in each band, relative to the squared side, NaN above what the pixels can show.

    The square that each pixel averages over is taken back (its sinc), so that a film has one
    spectrum at any size.

    Args:
        ranks: (h, w) in [0, 1], the film or its inner part.
        side: pixels of the whole film's longer side.
    """
    height, width = ranks.shape
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    middle = float((ranks * window).sum() / window.sum())
    transform = np.fft.rfft2((ranks - np.float32(middle)) * window)
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    power = np.abs(transform) ** 2 / (float((window**2).sum()) * side**2)
    power /= (np.sinc(down) * np.sinc(across)) ** 2
    cycles = np.hypot(down, across)
    band = np.digitize(cycles * side, EDGES) - 1
    within = (band >= 0) & (band < len(CYCLES)) & (cycles < 0.5)
    total = np.bincount(band[within], power[within], minlength=len(CYCLES))
    count = np.bincount(band[within], minlength=len(CYCLES))
    whole = side / 2 >= EDGES[1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole & (count > 0), total / count, np.nan)


def noise_spectrum(variance: float, blur: float, side: int) -> NDArray[np.float64]:
    """What a noise adds to ``spectrum``.

    Args:
        variance: of the noise in ranks.
        blur: standard deviation of its correlation, pixels.
        side: pixels of the film's longer side.
    """
    return power_of(variance, blur, CYCLES / side) / side**2 / np.sinc(CYCLES / side / 2) ** 4


def added_blur(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    noise_before: NDArray[np.float64],
    noise_after: NDArray[np.float64],
) -> float | None:
    """How much more the one group's films are blurred than the other's.

    Args:
        before: (18,) power of the sharper films.
        after: (18,) of the others.
        noise_before: (18,) what of it is noise.
        noise_after: (18,) the same of the others.

    Returns:
        Standard deviation as a share of the side, below 0 where the others are sharper; None where
        noise or the size of the films leaves too few bands.
    """
    with np.errstate(invalid="ignore"):
        clear_before = before - noise_before > _CLEAR * before
        clear_after = after - noise_after > _CLEAR * after
    clear = (CYCLES > COARSE) & clear_before & clear_after
    if clear.sum() < _FEWEST:
        return None
    used = clear & (clear.cumsum() <= _FEWEST)
    square = 0.0
    for _ in range(_ROUNDS):
        lost = np.log((after - noise_after)[used] / (before - noise_before)[used])
        lines = np.stack([np.ones(int(used.sum())), -4 * np.pi**2 * CYCLES[used] ** 2], axis=1)
        square = float(np.linalg.lstsq(lines, lost, rcond=None)[0][1])
        # where a blur leaves next to nothing, what is seen is not the body any more
        left = np.exp(-4 * np.pi**2 * CYCLES**2 * abs(square)) > _LEFT
        used = clear & (left | (clear.cumsum() <= _FEWEST))
    return float(np.sign(square) * np.sqrt(abs(square)))
