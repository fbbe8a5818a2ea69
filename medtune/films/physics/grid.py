"""Lines of an anti-scatter grid that stood still, or the moiré of its lines and the pixels'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medtune.errors import DataError

Array = NDArray[np.float32]


@dataclass(frozen=True)
class GridLines:
    """Lines that take a share of the exposure.

    Attributes:
        period: pixels from line to line, from 2.
        depth: how much of the exposure varies, 0 to 1: 0.02 is 1 +- 0.02.
        along: down (lines run from top to bottom) or across.
        phase: where the first line is, in periods.
    """

    period: float
    depth: float
    along: Literal["down", "across"] = "down"
    phase: float = 0.0

    def __post_init__(self) -> None:
        if self.period < 2 or not 0 <= self.depth <= 1:
            raise DataError(
                "Grid lines have a period of at least 2 pixels and a depth of 0 to 1, and these "
                f"are {self.period:g} and {self.depth:g}."
            )

    def passed(self, shape: tuple[int, ...]) -> Array:
        """Share of the exposure that passes, (1, W) or (H, 1), of mean 1."""
        length = shape[-1] if self.along == "down" else shape[-2]
        place = np.arange(length, dtype=np.float64) / self.period + self.phase
        line = (1 + self.depth * np.cos(2 * np.pi * place)).astype(np.float32)
        passed: Array = line[None, :] if self.along == "down" else line[:, None]
        return passed
