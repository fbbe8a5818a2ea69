"""Controls: what can be had without reading disease, beside every figure."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.learning.task import Batch, Samples

SIDE = 8


def thumbnails(samples: Samples) -> NDArray[np.float64]:
    """Each film as an 8 x 8 thumbnail: (N, 64). Nobody diagnoses from that.

    Of studies the mean of their films' thumbnails, and besides how many films they have, which
    can tell as much: who can stand gets a lateral film. (N, 65) then.
    """
    small = [
        _thumbnails(samples.__getitems__(range(start, min(start + 256, len(samples)))))
        for start in range(0, len(samples), 256)
    ]
    return np.concatenate(small) if small else np.zeros((0, SIDE * SIDE))


def _thumbnails(batch: Batch) -> NDArray[np.float64]:
    films = batch.inputs[:, :, 0].numpy()
    small = [
        [cv2.resize(film, (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel() for film in views]
        for views in films
    ]
    each = np.asarray(small, dtype=np.float64)
    if batch.there is None:
        return each[:, 0]
    there = batch.there.numpy()
    count = there.sum(axis=1, keepdims=True)
    return np.hstack([(each * there[:, :, None]).sum(axis=1) / count, count])
