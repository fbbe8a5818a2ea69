"""Films as small PNGs for the report."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

BORDER = 0.12  # share of each side that is cut: markers and text stand there
SIDE = 224  # pixels, at most


def _without_border(film: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The film without its borders: what it was padded with first, then a share of each side."""
    lit = film > 0
    if lit.any():
        rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
        film = film[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, wide = (round(BORDER * side) for side in film.shape)
    return film[high : film.shape[0] - high, wide : film.shape[1] - wide]


def picture(pixels: NDArray[np.uint16], *, cropped: bool) -> bytes:
    """A film as PNG.

    Args:
        pixels: (S, S) uint16, 65535 is white.
        cropped: without the borders.
    """
    film = (pixels >> 8).astype(np.uint8)
    if cropped:
        film = _without_border(film)
    scale = SIDE / max(film.shape)
    if scale < 1:
        film = cv2.resize(film, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, png = cv2.imencode(".png", film)
    if not done:
        raise RuntimeError("OpenCV could not write a PNG.")
    return png.tobytes()
