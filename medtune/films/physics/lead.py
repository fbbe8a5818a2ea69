"""Lead letters on a film, and what covers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.errors import DataError

Array = NDArray[np.float32]
Part = tuple[slice, slice]
"""Rows and columns of a picture."""

LEAD = 2.2  # natural logarithm by which a letter weakens the beam
_RIM = 0.35  # of a box's shorter side: so far around it lies what it is filled with
_CAPITAL = 22.0  # pixels that a capital is high in cv2's plain duplex letters at scale 1


@dataclass(frozen=True)
class Letter:
    """A text of lead letters.

    Attributes:
        text: such as R, L or AP.
        row, column: middle of the text, as shares of height and width.
        height: of a capital, as a share of the picture's height.
        opacity: natural logarithm by which the beam is weakened.
    """

    text: str
    row: float
    column: float
    height: float = 0.04
    opacity: float = LEAD

    def __post_init__(self) -> None:
        place = 0 <= self.row <= 1 and 0 <= self.column <= 1
        if not place or not 0 < self.height <= 0.5 or self.opacity < 0 or not self.text:
            raise DataError(
                "A letter has a text, a place within the picture, a height of up to half of it "
                "and an opacity from 0."
            )

    def drawn(self, shape: tuple[int, ...]) -> Array:
        """Where the letters are, (H, W) in [0, 1]."""
        height, width = shape[-2:]
        scale = self.height * height / _CAPITAL
        thick = max(1, round(1.6 * scale))
        (across, up), _ = cv2.getTextSize(self.text, cv2.FONT_HERSHEY_DUPLEX, scale, thick)
        corner = (
            round(self.column * width - across / 2),
            round(self.row * height + up / 2),
        )
        return drawn_text((height, width), self.text, corner, scale, thick)


def drawn_text(
    shape: tuple[int, int], text: str, corner: tuple[int, int], scale: float, thick: int
) -> Array:
    """Letters, (H, W) in [0, 1]: 1 inside a stroke, less on its edge.

    Args:
        shape: (H, W).
        text: what is written.
        corner: column and row of the lower left corner, pixels.
        scale: of cv2's duplex letters.
        thick: pixels of a stroke.
    """
    drawn = np.zeros(shape, dtype=np.uint8)
    cv2.putText(drawn, text, corner, cv2.FONT_HERSHEY_DUPLEX, scale, 255, thick, cv2.LINE_AA)
    return drawn.astype(np.float32) / np.float32(255)


def covered(film: Array, boxes: Sequence[Part]) -> Array:
    """A film whose boxes are filled with what is around them, smoothly.

    Each pixel of a box becomes the mean of the rim, weighted by nearness (normalised convolution:
    Knutsson and Westin, CVPR 1993).

    Args:
        film: (H, W), not changed.
        boxes: rows and columns.
    """
    filled = film.copy()
    for rows, columns in boxes:
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        rim = max(2, round(_RIM * min(tall, wide)))
        around = (
            slice(max(0, rows.start - rim), min(film.shape[0], rows.stop + rim)),
            slice(max(0, columns.start - rim), min(film.shape[1], columns.stop + rim)),
        )
        known = np.ones(filled[around].shape, dtype=np.float32)
        known[
            rows.start - around[0].start : rows.stop - around[0].start,
            columns.start - around[1].start : columns.stop - around[1].start,
        ] = 0
        if not known.any():
            continue  # the box is the whole picture: there is nothing around it
        sigma = max(tall, wide) / 4
        part = filled[around]
        weight = cv2.GaussianBlur(known, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
        mean = cv2.GaussianBlur(part * known, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
        smooth = mean / np.maximum(weight, np.float32(1e-6))
        filled[around] = np.where(known > 0, part, smooth)
    return filled
