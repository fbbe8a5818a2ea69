"""A film made smaller by area averages, its grey table applied before and not after.

Averaging and a window do not commute: a table that is applied to averages gives other greys
wherever it clips or bends. Both are done here in one pass over a few rows at a time, so that the
picture never stands in memory at its full size as floating point.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.uint8] | NDArray[np.uint16]
_ROWS = 32  # looked up at a time: they stay in the processor's cache
_COLUMNS = 128  # averaged at a time: of a row of weights all but a few are zero
_LUT_OF_16_BITS = int(cv2.__version__.split(".")[0]) >= 5


def look_up(table: NDArray[np.float32], cells: Cells) -> NDArray[np.float32]:
    """Every cell through the table.

    Args:
        table: (256,) or (65536,), an entry for every value that a cell can have.
        cells: (H, W).

    Returns:
        (H, W) float32.
    """
    pixels = np.empty(cells.shape, np.float32)
    for row in range(0, len(cells), _ROWS):
        _look_up(table, cells[row : row + _ROWS], pixels[row : row + _ROWS])
    return pixels


def reduced(
    table: NDArray[np.float32], cells: Cells, height: int, width: int
) -> NDArray[np.float32]:
    """A picture of another size: area-averaged where it becomes smaller, else interpolated.

    Args:
        table: (256,) or (65536,).
        cells: (H, W).
        height: rows of the result.
        width: its columns.

    Returns:
        (height, width) float32; the exact area average to within 1e-6.
    """
    rows, columns = cells.shape
    if height >= rows or width >= columns:
        way = cv2.INTER_AREA if height <= rows and width <= columns else cv2.INTER_LINEAR
        resized = cv2.resize(look_up(table, cells), (width, height), interpolation=way)
        return np.asarray(resized, np.float32)
    weights = _weights(rows, height)
    averaged = np.zeros((height, columns), np.float32)
    strip = np.empty((_ROWS, columns), np.float32)
    for start in range(0, rows, _ROWS):
        end = min(start + _ROWS, rows)
        looked_up = _look_up(table, cells[start:end], strip[: end - start])
        first, last = start * height // rows, -(-end * height // rows)
        averaged[first:last] += weights[first:last, start:end] @ looked_up
    return _narrowed(averaged, width)


def _narrowed(picture: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The area average along the rows: (H, W) to (H, width), width below W."""
    height, columns = picture.shape
    weights = _weights(columns, width)
    small = np.zeros((height, width), np.float32)
    for start in range(0, columns, _COLUMNS):
        end = min(start + _COLUMNS, columns)
        first, last = start * width // columns, -(-end * width // columns)
        small[:, first:last] += picture[:, start:end] @ weights[first:last, start:end].T
    return small


def _look_up(
    table: NDArray[np.float32], cells: Cells, out: NDArray[np.float32]
) -> NDArray[np.float32]:
    if _LUT_OF_16_BITS or cells.dtype == np.uint8:
        cv2.LUT(cells, table, out)
    else:
        # The table has an entry for every value of a cell, so nothing is ever clipped.
        np.take(table, cells, out=out, mode="clip")
    return out


@lru_cache(maxsize=64)
def _weights(rows: int, height: int) -> NDArray[np.float32]:
    """(height, rows): how much of each row is in each row of the result."""
    edges = np.arange(height + 1) * (rows / height)
    row = np.arange(rows)
    share = np.minimum(edges[1:, None], row + 1) - np.maximum(edges[:-1, None], row)
    weights: NDArray[np.float32] = (share.clip(0) * (height / rows)).astype(np.float32)
    return weights
