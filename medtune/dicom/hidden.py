"""What a file keeps in the bits beside its pixels' values: an overlay of old, text and all.

Before 2004 an overlay could lie in the unused high bits of the pixel data (PS3.5 8.1.2, retired).
Whoever removes the overlay's attributes leaves the overlay there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medtune.dicom.decode import Stored, stored_frame
from medtune.dicom.film import open_film
from medtune.dicom.place import Place
from medtune.dicom.reduce import Cells
from medtune.dicom.shape import shape_of
from medtune.dicom.values import integer


def hidden_plane(path: Path | Place) -> NDArray[np.bool_] | None:
    """Where bits are set that belong to no value, in any frame.

    Args:
        path: a radiograph that can be decoded.

    Returns:
        (H, W); None where there are no such bits or where they are the same everywhere, the
        extension of a sign or padding.

    Raises:
        UnreadableFile: it cannot be decoded.
    """
    film = open_film(path, pixels=True)
    padding = integer(film.tags, "PixelPaddingValue")
    seen: NDArray[np.bool_] | None = None
    for frame in range(shape_of(film).frames):
        plane = _beside(stored_frame(film, frame), padding)
        if plane is not None:
            seen = plane if seen is None else seen | plane
    return seen


def _beside(stored: Stored, padding: int | None) -> NDArray[np.bool_] | None:
    cells: Cells = stored.cells
    room = 8 * cells.dtype.itemsize
    if cells.ndim != 2 or (stored.bits == room and stored.shift == 0):
        return None
    top, everything = stored.shift + stored.bits, (1 << room) - 1
    above = everything ^ ((1 << top) - 1)
    value = cells.dtype.type(((1 << stored.bits) - 1) << stored.shift)
    rest = cells & ~value
    if stored.signed:
        negative = (cells >> (top - 1)) & 1 == 1
        rest[negative & (rest == above)] = 0
    if padding is not None:
        rest[cells == padding % (everything + 1)] = 0
    least = rest.min()
    return None if least == rest.max() else rest > least
