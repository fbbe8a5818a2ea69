"""Where lead letters and printed text stand: small, thin, bright strokes near the border."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

ZONES = 8  # a side, of the coarse map in which places are told
_OUTER = 0.28  # of each side: letters stand in the border zone
_KERNEL = 0.035  # of the side: strokes are thinner
_TALLEST, _SHORTEST = 0.09, 0.014  # of the side
_CONTRAST = 0.14  # in grey, of every stroke
_CLEAR = 0.4  # of its brightest place, where the body is behind it
_IN_AIR = (
    0.06  # grey around a letter that stands beside the body, where the least contrast is enough
)
_OVER_NOISE = 6
_RING = 0.008  # of the side: so far around a letter the grey is looked at


def letters(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """The letters of a film.

    Args:
        picture: (H, W) in [0, 1], 256 pixels a side or more.

    Returns:
        (N, 3): row and column of each middle and its height, as shares of the picture.
    """
    height, width = picture.shape
    side = max(height, width)
    size = max(3, round(_KERNEL * side)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    strokes = cv2.morphologyEx(picture, cv2.MORPH_TOPHAT, kernel)
    least = max(_CONTRAST, _OVER_NOISE * float(np.median(strokes[::4, ::4])))
    ink = (strokes > least).astype(np.uint8)
    rows, columns = round(_OUTER * height), round(_OUTER * width)
    ink[rows : height - rows, columns : width - columns] = 0
    count, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    left, top, wide, tall, area = stats[1:count].astype(np.float64).T
    right, bottom = left + wide, top + tall
    fill = area / np.maximum(wide * tall, 1)
    fine = (
        (tall >= max(5, _SHORTEST * side))
        & (tall <= _TALLEST * side)
        & (wide >= 2)
        & (wide <= 1.6 * tall)
        & (wide >= 0.2 * tall)
        & (fill > 0.2)
        & (fill < 0.8)
    )
    ring = max(2, round(_RING * side))
    for at in np.flatnonzero(fine):
        rows = slice(max(0, int(top[at]) - ring), int(bottom[at]) + ring)
        columns = slice(max(0, int(left[at]) - ring), int(right[at]) + ring)
        own = labels[rows, columns] == at + 1
        around = float(np.quantile(picture[rows, columns][~own], 0.8))
        fine[at] = around < _IN_AIR or float(strokes[rows, columns][own].max()) >= _CLEAR
    middle = centres[1:count][fine]
    return np.stack([middle[:, 1] / height, middle[:, 0] / width, tall[fine] / height], axis=1)


def zones(found: NDArray[np.float64]) -> set[tuple[int, int]]:
    """The cells of the coarse map, (row, column), in which letters stand."""
    at = np.minimum((found[:, :2] * ZONES).astype(np.int64), ZONES - 1)
    return {(int(row), int(column)) for row, column in at}
