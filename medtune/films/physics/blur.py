"""Blur of focal spot, movement, screen and plate reader: a Gaussian."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST = 0.15  # pixels: below a sixth of one nothing changes


def blurred(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """A Gaussian of a standard deviation in pixels; borders are mirrored at the outer pixel."""
    if sigma < LEAST:
        return image
    soft: NDArray[np.float32] = cv2.GaussianBlur(image, (0, 0), sigma)
    return soft
