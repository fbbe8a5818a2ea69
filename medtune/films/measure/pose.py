"""How differently films of one view are turned, magnified and placed: against their common mean.

Each film is laid on the mean of all by a similarity that maximises their correlation (Evangelidis
and Psarakis, IEEE PAMI 30:1858, 2008); the mean is then drawn anew from the films as they lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

SIDE = 64  # pixels of the pictures that are laid on each other
FEWEST = 10
_ROUNDS = 3
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)
_ALIKE = 0.5  # correlation from which on a film is taken to show the same
_SOFT = 5  # pixels of the filter that makes the way to the best place smooth


@dataclass(frozen=True)
class Poses:
    """One row a film; NaN where it is unlike the others.

    Attributes:
        degrees: turned clockwise against the mean.
        zoom: magnified against the mean.
        down, across: moved, as shares of the film.
    """

    degrees: NDArray[np.float64]
    zoom: NDArray[np.float64]
    down: NDArray[np.float64]
    across: NDArray[np.float64]


def small(ranks: Array) -> Array:
    """What ``poses`` wants of a film by its ranks: (64, 64), its longer side filling the square."""
    height, width = ranks.shape
    scale = SIDE / max(height, width)
    shape = max(8, round(width * scale)), max(8, round(height * scale))
    inner = cv2.resize(ranks, shape, interpolation=cv2.INTER_AREA)
    square = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - shape[1]) // 2, (SIDE - shape[0]) // 2
    square[top : top + shape[1], left : left + shape[0]] = inner
    return square


def poses(films: Array) -> Poses | None:
    """How films lie on their mean.

    Args:
        films: (N, 64, 64) of ``small``.

    Returns:
        None for fewer than 10 films.
    """
    if len(films) < FEWEST:
        return None
    mean = films.mean(axis=0)
    for _ in range(_ROUNDS):
        warps = [_laid(mean, film) for film in films]
        lying = [
            cv2.warpAffine(film, warp, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            for film, warp in zip(films, warps, strict=True)
            if warp is not None
        ]
        if len(lying) < FEWEST:
            return None
        mean = np.mean(lying, axis=0, dtype=np.float32)
    rows = np.array([_parts(warp) for warp in warps])
    return Poses(*rows.T)


def _laid(mean: Array, film: Array) -> Array | None:
    """The affine map from the mean's places to the film's; None where they are not alike."""
    start = np.eye(2, 3, dtype=np.float32)
    try:
        alike, warp = cv2.findTransformECC(
            mean, film, start, cv2.MOTION_AFFINE, _STEPS, None, _SOFT
        )
    except cv2.error:  # it did not converge
        return None
    return np.asarray(warp, np.float32) if alike >= _ALIKE else None


def _parts(warp: Array | None) -> tuple[float, float, float, float]:
    """Degrees, zoom and shift of an affine map."""
    if warp is None:
        return (np.nan,) * 4
    matrix = warp[:, :2].astype(np.float64)
    zoom = float(np.sqrt(max(np.linalg.det(matrix), 1e-6)))
    degrees = float(np.degrees(np.arctan2(matrix[1, 0] - matrix[0, 1], matrix.trace())))
    middle = np.array([SIDE / 2, SIDE / 2])
    moved = matrix @ middle + warp[:, 2] - middle
    return degrees, zoom, float(moved[1]) / SIDE, float(moved[0]) / SIDE
