"""Films as small PNGs for the report."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

BORDER = 0.12  # share of each side that is cut: markers and text stand there
SIDE = 224  # pixels, at most


def picture(pixels: NDArray[np.uint16], *, cropped: bool) -> bytes:
    """A film as PNG.

    Args:
        pixels: (S, S) uint16, 65535 is white.
        cropped: without the borders.
    """
    film = (pixels >> 8).astype(np.uint8)
    if cropped:
        cut = round(BORDER * min(film.shape))
        film = film[cut:-cut, cut:-cut]
    scale = SIDE / max(film.shape)
    if scale < 1:
        film = cv2.resize(film, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, png = cv2.imencode(".png", film)
    if not done:
        raise RuntimeError("OpenCV could not write a PNG.")
    return png.tobytes()
