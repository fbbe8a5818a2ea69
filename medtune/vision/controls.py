"""Controls: what can be had without reading disease, beside every figure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.vision.samples import Films

SIDE = 8


def thumbnails(films: Films) -> NDArray[np.float64]:
    """Each film as an 8 x 8 thumbnail: (N, 64). Nobody diagnoses from that."""
    small = [
        cv2.resize(film, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel()
        for start in range(0, len(films), 256)
        for film in films.__getitems__(range(start, min(start + 256, len(films))))
        .inputs[:, 0, 0]
        .numpy()
    ]
    return np.asarray(small, dtype=np.float64).reshape(len(films), SIDE * SIDE)
