"""A film without its borders and markers: what a model should not need."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.films.collimation import collimated_box
from medtune.films.matching import BLACK
from medtune.films.measure.letters import letters

Array = NDArray[np.float32]

_LEAST = 256  # pixels a side in which letters are looked for
_AROUND = 0.9  # heights of a letter, to each side of its middle
_RING = 1.5


def covered(film: Array) -> tuple[Array, bool]:
    """Letters filled with the grey around them, and borders made black.

    Args:
        film: (S, S) in [0, 1].

    Returns:
        The film, and whether anything was covered.
    """
    found = film.copy()
    side = max(film.shape)
    large = film
    if side < _LEAST:
        large = cv2.resize(film, (_LEAST, _LEAST), interpolation=cv2.INTER_LINEAR)
    changed = False
    for row, column, tall in letters(np.ascontiguousarray(large)):
        changed |= _fill(found, row, column, tall)
    if min(film.shape) >= 64 and (box := collimated_box(film)) is not None:
        outside = np.ones(film.shape, bool)
        outside[box.top : box.bottom, box.left : box.right] = False
        lit = outside & (found > BLACK)
        changed |= bool(lit.any())
        found[lit] = 0
    return found, changed


def _fill(film: Array, row: float, column: float, tall: float) -> bool:
    """Put the median of what surrounds a letter in its place."""
    height, width = film.shape
    reach = max(1, round(_AROUND * tall * height))
    middle = round(row * height), round(column * width)

    def box(far: int) -> tuple[slice, slice]:
        top, left = max(0, middle[0] - far), max(0, middle[1] - far)
        return slice(top, middle[0] + far + 1), slice(left, middle[1] + far + 1)

    inner, outer = box(reach), box(round(_RING * reach) + 1)
    around = np.ones(film.shape, bool)
    around[inner] = False
    ring = film[outer][around[outer]]
    if not ring.size:
        return False
    film[inner] = np.float32(np.median(ring))
    return True
