"""Lines of an anti-scatter grid, or their moiré: one sharp frequency that all rows share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

LARGEST = 1024  # pixels a side of the part that is looked at
_COARSEST = 1 / 40  # cycles a pixel: coarser lines are the body's
_PEAK = 9.0  # power over that of the frequencies around it
_AROUND = 24  # frequencies to each side
_SMALLEST = 128  # pixels a side


@dataclass(frozen=True)
class LinesSeen:
    """Grid lines of one film.

    Attributes:
        along: down (they run from top to bottom) or across.
        period: pixels from line to line at full resolution.
        depth: amplitude in grey.
    """

    along: Literal["down", "across"]
    period: float
    depth: float


def grid_lines(part: NDArray[np.float32]) -> LinesSeen | None:
    """The strongest lines of a film; None where there are none.

    Args:
        part: (h, w) in [0, 1] at full resolution, from the middle of the film.
    """
    if min(part.shape) < _SMALLEST:
        return None
    found = [seen for seen in (_lines(part, "down"), _lines(part.T, "across")) if seen is not None]
    return max(found, key=lambda seen: seen.depth, default=None)


def _lines(part: NDArray[np.float32], along: Literal["down", "across"]) -> LinesSeen | None:
    """Lines that run down the rows of ``part``, through its upper and its lower half."""
    half = len(part) // 2
    halves = [_power(part[:half]), _power(part[half:])]
    # body and letters have edges somewhere, lines of a grid run through
    together = np.sqrt(halves[0] * halves[1])
    length = part.shape[1] - 2
    cycles = np.fft.rfftfreq(length)
    together[cycles < _COARSEST] = 0
    peak = int(together.argmax())
    near = np.arange(max(1, peak - _AROUND), min(len(together), peak + _AROUND + 1))
    near = near[(np.abs(near - peak) > 3) & (cycles[near] >= _COARSEST)]
    if len(near) < _AROUND // 2:
        return None
    if any(power[peak] < _PEAK * np.quantile(power[near], 0.9) for power in halves):
        return None
    frequency = float(cycles[peak])
    steep = 4 * np.sin(np.pi * frequency) ** 2  # what two differences make of an amplitude
    window = float(np.hanning(length).sum())
    depth = 2 * np.sqrt(_power(part)[peak]) / window / steep
    return LinesSeen(along, 1 / frequency, float(depth))


def _power(part: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power of the columns' means at each frequency: lines stay in it, noise and body do not."""
    mean = part.mean(axis=0, dtype=np.float64)
    bent = np.diff(mean, 2)  # what is straight or evenly bent is the body's
    power: NDArray[np.float64] = np.abs(np.fft.rfft(bent * np.hanning(len(bent)))) ** 2
    return power
