"""Noise for training films: windows of one field, which cost less than numbers drawn anew."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it asks the network for updates at import

import albumentations as A

from medtune.vision.transforms import on_film

Array = NDArray[np.float32]

_SEED = 0  # of the field: a film's noise hangs on the film's seed, its size and nothing else


class Window(NamedTuple):
    """What is drawn for one film; the default adds nothing.

    Attributes:
        strength: factor of the field, the standard deviation with a sign.
        row, column: of the field, where the film's first pixel lies.
    """

    strength: float = 0.0
    row: int = 0
    column: int = 0

    def of(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Where the film lies in the field of ``field`` for its shape."""
        height, width = shape
        return (
            slice(self.row, self.row + height),
            slice(self.column, self.column + width),
        )


NO_NOISE = Window()


class WindowedNoise(A.ImageOnlyTransform):
    """Gaussian noise as strong as that of ``A.GaussNoise``, of every pixel alone.

    One field of independent normal numbers, twice as high and as wide as a film, is drawn once.
    What a film gets is a window of it, brighter or darker: 100,000 patterns for a film of 224
    pixels a side, where ``A.GaussNoise`` has the 65,536 of OpenCV's seeds.

    Args:
        std_range: of the standard deviation, in parts of white.
        p: probability.
    """

    def __init__(self, std_range: tuple[float, float] = (0.005, 0.02), p: float = 0.5) -> None:
        super().__init__(p=p)
        self.std_range = std_range

    def get_params_dependent_on_data(
        self, params: dict[str, Any], data: dict[str, Any]
    ) -> dict[str, Any]:
        """The window, for a film of this shape."""
        height, width = params["shape"][:2]
        return {"window": self.drawn(height, width)}

    def drawn(self, height: int, width: int) -> Window:
        """One draw, for a film of so many rows and columns."""
        strength, random = self.py_random.uniform(*self.std_range), self.py_random.random
        sign = 1 if random() < 0.5 else -1
        return Window(sign * strength, int(random() * (height + 1)), int(random() * (width + 1)))

    def apply(self, img: Array, window: Window, **_: Any) -> Array:
        """The film with the noise, in [0, 1]; every channel with the same."""
        return on_film(img, lambda film: noisy(film, window))


def noisy(film: Array, window: Window) -> Array:
    """A film (H, W) with what was drawn, in [0, 1]."""
    height, width = film.shape
    added = np.float32(window.strength) * field(height, width)[window.of((height, width))]
    shown: Array = np.clip(film + added, 0, 1)
    return shown


@lru_cache(maxsize=4)
def field(height: int, width: int) -> Array:
    """Normal numbers of deviation 1, (2 height, 2 width); the same in every process."""
    return np.random.default_rng(_SEED).standard_normal((2 * height, 2 * width), np.float32)
