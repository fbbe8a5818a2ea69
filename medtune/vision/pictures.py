"""Films as small PNGs for the report."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

BORDER = 0.12  # share of each side that is cut: markers and text stand there
SIDE = 224  # pixels, at most


def _inside(film: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The film without its borders: what it was padded with first, then a share of each side."""
    lit = film > 0
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    ends = [(found[0], found[-1] + 1) for found in (rows, columns) if found.size]
    if len(ends) < 2:
        ends = [(0, side) for side in film.shape]
    cut = [round(BORDER * (last - first)) for first, last in ends]
    (top, bottom), (left, right) = ends
    return slice(top + cut[0], bottom - cut[0]), slice(left + cut[1], right - cut[1])


def _under(film: NDArray[np.uint8], heat: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A film under a map, (h, w, 3) in the order of OpenCV."""
    colours = cv2.applyColorMap((255 * heat).round().astype(np.uint8), cv2.COLORMAP_CIVIDIS)
    share = 0.65 * np.sqrt(heat)[..., None]
    mixed = (1 - share) * film[..., None] + share * colours
    return np.asarray(mixed.round(), np.uint8)


def picture(
    pixels: NDArray[np.unsignedinteger],
    *,
    cropped: bool,
    heat: NDArray[np.float64] | None = None,
) -> bytes:
    """A film as PNG.

    Args:
        pixels: (S, S) uint8 or uint16; the greatest value of the type is white.
        cropped: without the borders.
        heat: (S, S) in [0, 1], laid over the film in colours that everybody can tell apart
            (cividis, Nunez et al. 2018), the less there is of it the less of the colour.
    """
    film = pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    place = _inside(film) if cropped else (slice(None), slice(None))
    film = film[place]
    if heat is not None:
        film = _under(film, heat[place])
    scale = SIDE / max(film.shape[:2])
    if scale < 1:
        film = cv2.resize(film, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, png = cv2.imencode(".png", film)
    if not done:
        raise RuntimeError("OpenCV could not write a PNG.")
    return png.tobytes()
