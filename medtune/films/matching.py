"""Greys of one film carried over to another scale: by its own ranks, or to a site's quantiles.

A film's ranks do not depend on the response curve it was shown with, whatever it was; what a
film and a site have in common is compared in ranks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

BLACK = 1 / 512  # what is no brighter is air, border or shutter, and has no rank
LEVELS = 64  # steps of a film's distribution, between which greys are interpolated
SHARES = np.linspace(0, 1, LEVELS + 1)
_APART = 1e-6  # of two quantiles that are one grey, so that a curve through them has one value


def quantiles(film: Array, shares: NDArray[np.float64] = SHARES) -> NDArray[np.float64]:
    """Greys below which so many of the film's pixels lie, black ones not counted.

    Args:
        film: any shape, in [0, 1].
        shares: (Q,) in [0, 1].

    Returns:
        (Q,) rising; 0 to 1 evenly where there is nothing but black.
    """
    seen = film[film > BLACK]
    if not seen.size:
        return np.asarray(shares, np.float64)
    return np.quantile(seen, shares).astype(np.float64)


def carried(
    film: Array, own: NDArray[np.float64], wanted: NDArray[np.float64], strength: float = 1.0
) -> Array:
    """Each grey moved from its place among a film's quantiles to the same place among others.

    Args:
        film: any shape, in [0, 1]; black stays black.
        own: (Q,) quantiles of the film.
        wanted: (Q,) at the same shares.
        strength: 1 moves the whole way, 0 not at all.

    Returns:
        float32 in [0, 1].
    """
    steps = np.maximum.accumulate(own) + _APART * np.arange(len(own))
    target = own + strength * (wanted - own)
    moved = np.interp(film, steps, target)
    shown: Array = np.where(film > BLACK, np.clip(moved, 0, 1), film).astype(np.float32)
    return shown


def equalised(film: Array) -> Array:
    """A film by its ranks: every grey is as frequent, and black is 0."""
    return carried(film, quantiles(film), SHARES)
