"""The grey levels of a group of films: its mean film, and histograms before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 64
_STRIDED = 512  # rows and columns of a picture that are counted, at most


@dataclass(frozen=True)
class Greys:
    """What the films of a group have in common.

    Attributes:
        films: how many were looked at.
        mean: (S, S) float32 in [0, 1], of the films as the model gets them.
        raw: (64,) share of the pixels in each of 64 grey levels from black to white, as read.
        prepared: (64,) the same of the films as the model gets them.
    """

    films: int
    mean: NDArray[np.float32]
    raw: NDArray[np.float64]
    prepared: NDArray[np.float64]


def levels(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """Share of a picture's pixels in each of 64 grey levels.

    Args:
        picture: (H, W) in [0, 1]; of a large one, every n-th row and column is counted.
    """
    height, width = picture.shape
    counted = picture[:: max(1, height // _STRIDED), :: max(1, width // _STRIDED)]
    level = np.minimum((counted * BINS).astype(np.int64), BINS - 1)
    return np.bincount(level.ravel(), minlength=BINS) / counted.size


def greys(raw: Sequence[NDArray[np.float64]], prepared: NDArray[np.float32]) -> Greys:
    """Sum up a group; every film counts alike, whatever its size.

    Args:
        raw: the levels of each film as read.
        prepared: (N, S, S) in [0, 1].
    """
    return Greys(
        films=len(prepared),
        mean=prepared.mean(axis=0, dtype=np.float32),
        raw=np.mean(raw, axis=0),
        prepared=np.mean([levels(film) for film in prepared], axis=0),
    )


def median(shares: NDArray[np.float64]) -> float:
    """The median grey level, in [0, 1], to within one of 64 levels."""
    return (int(np.searchsorted(shares.cumsum(), 0.5)) + 0.5) / BINS


def likeness(means: Sequence[NDArray[np.float32]]) -> list[float | None]:
    """Pearson correlation of each group's mean film with the mean of all others'.

    A scanner whose films are inverted, turned or cut otherwise than the others' stands out.

    Args:
        means: (S, S) each.

    Returns:
        One a group; None where there is no other group, or a mean film of one grey.
    """
    if len(means) < 2:
        return [None] * len(means)
    flat = np.stack([mean.ravel() for mean in means]).astype(np.float64)
    others = (flat.sum(axis=0) - flat) / (len(flat) - 1)
    return [_correlation(own, other) for own, other in zip(flat, others, strict=True)]


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else None
