"""temporary"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def fingerprint(picture: NDArray[np.float32]) -> NDArray[np.int8]:
    small = cv2.resize(picture, (16, 16), interpolation=cv2.INTER_AREA)
    return np.clip((small - small.mean()) * 127, -127, 127).astype(np.int8).ravel()
