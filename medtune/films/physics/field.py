"""The collimator's leaves: straight edges around the field that the beam reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.errors import DataError

MOST = 0.45  # of a side; two opposite leaves never meet


@dataclass(frozen=True)
class Leaves:
    """How far each leaf stands in the picture, as a share of its height or width, 0 to 0.45."""

    top: float = 0.0
    bottom: float = 0.0
    left: float = 0.0
    right: float = 0.0

    def __post_init__(self) -> None:
        if not all(0 <= leaf <= MOST for leaf in (self.top, self.bottom, self.left, self.right)):
            raise DataError(f"A leaf takes 0 to {MOST:g} of its side of the picture.")

    def pixels(self, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """Rows at the top and bottom and columns at the left and right that are covered."""
        height, width = shape[-2:]
        return (
            round(self.top * height),
            round(self.bottom * height),
            round(self.left * width),
            round(self.right * width),
        )


def open_field(shape: tuple[int, int], covered: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """1 where the beam passes and 0 under the leaves.

    Args:
        shape: (H, W).
        covered: rows at the top and bottom, columns at the left and right.
    """
    top, bottom, left, right = covered
    field = np.ones(shape, dtype=np.float32)
    field[:top] = 0
    field[shape[0] - bottom :] = 0
    field[:, :left] = 0
    field[:, shape[1] - right :] = 0
    return field
