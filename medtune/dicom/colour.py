"""Colour pictures (screen captures, scans) as luminance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels import apply_color_lut

from medtune.dicom.decode import Stored
from medtune.dicom.film import Film
from medtune.errors import UnreadableFile

_RGB = ("RGB", "YBR_RCT", "YBR_ICT")  # the last two are RGB again once JPEG 2000 is decoded
_LUMA_FIRST = ("YBR_FULL", "YBR_FULL_422")
# Luminance of RGB as YBR_FULL defines it (PS3.3 C.7.6.3.1.2, ITU-R BT.601)
_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)


def luminance(film: Film, stored: Stored, photometric: str) -> NDArray[np.float32]:
    """Turn a colour frame into one of grey.

    Args:
        film: the open film, with its palette where it has one.
        stored: (H, W, 3), or (H, W) of palette indices.
        photometric: how colours are stored.

    Returns:
        (H, W) in [0, 1].

    Raises:
        UnreadableFile: the colours are of another kind, or the palette is damaged.
    """
    if photometric == "PALETTE COLOR" and stored.cells.ndim == 2:
        return _weighted(*_through_palette(film, stored))
    if stored.cells.ndim != 3 or photometric not in (*_RGB, *_LUMA_FIRST):
        raise UnreadableFile("unsupported_pixels", f"The colours are {photometric or 'unnamed'}.")
    mask = (1 << stored.bits) - 1
    cells = (stored.cells >> stored.shift) & stored.cells.dtype.type(mask)
    if photometric in _LUMA_FIRST:
        return cells[..., 0].astype(np.float32) / np.float32(mask)
    return _weighted(cells, mask)


def _weighted(rgb: NDArray[np.generic], top: int) -> NDArray[np.float32]:
    grey: NDArray[np.float32] = (rgb.astype(np.float32) @ _WEIGHTS) / np.float32(top)
    return np.clip(grey, 0, 1)


def _through_palette(film: Film, stored: Stored) -> tuple[NDArray[np.generic], int]:
    mask = stored.cells.dtype.type((1 << stored.bits) - 1)
    index = (stored.cells >> stored.shift) & mask
    try:
        rgb = apply_color_lut(index, film.dataset())[..., :3]
    except Exception as error:  # absent or malformed in one of many ways
        raise UnreadableFile(
            "bad_lut", f"The palette cannot be used ({type(error).__name__})."
        ) from None
    return rgb, int(np.iinfo(rgb.dtype).max)
