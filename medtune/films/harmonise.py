"""Greys of films brought to one scale before a network sees them: fitted on training films only.

A rule is a few numbers, part of the preprocessing and so of the checkpoint; it is applied to every
film alike, in training, evaluation and use. Black (air, borders, shutter) stays black.

- percentile: a straight line through each film's own darkest and brightest 0.5 %;
- histogram: each film's own quantiles to the wanted ones, straight in between (Nyul, Udupa & Zhang
  2000, IEEE TMI 19:143, whose landmarks are deciles);
- response: one curve for all films, from the quantiles that films have here to the wanted ones:
  the response curve of one site's console to that of another. What differs from film to film
  stays: a lung that is white as a whole does not become grey, as with the other two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medtune.errors import DataError
from medtune.films.matching import BLACK, quantiles

Array = NDArray[np.float32]
Method = Literal["percentile", "histogram", "response"]

LEAST, MOST = 0.005, 0.995  # what is darker or brighter is a marker or chance
SHARES = np.concatenate([[LEAST], np.arange(1, 32) / 32, [MOST]])
FEWEST = 10  # films that a rule is fitted on
_APART = 1e-6  # of two quantiles that are one grey, so that a curve through them has one value
_DIGITS = 5


@dataclass(frozen=True)
class Harmonisation:
    """A rule for greys.

    Attributes:
        method: percentile, histogram or response.
        wanted: (33,) greys, rising, at ``SHARES``: what films are brought to.
        seen: (33,) what the films here have; of a response only, empty else.
    """

    method: Method
    wanted: tuple[float, ...]
    seen: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("wanted", "seen"):  # as JSON has them
            object.__setattr__(self, name, tuple(getattr(self, name)))

    def applied(self, film: Array) -> Array:
        """A film as the network wants it.

        Args:
            film: (H, W) in [0, 1], white = dense.

        Returns:
            (H, W) float32 in [0, 1].
        """
        own = np.asarray(self.seen) if self.method == "response" else quantiles(film, SHARES)
        wanted = np.asarray(self.wanted)
        if self.method == "percentile":
            own, wanted = own[[0, -1]], wanted[[0, -1]]
            slope = (wanted[1] - wanted[0]) / max(own[1] - own[0], _APART)
            moved = wanted[0] + slope * (film.astype(np.float64) - own[0])
        else:
            moved = np.interp(film, *_through(own, wanted))
        # what is no air stays above black, so that it has a rank wherever it is looked at again
        shown = np.clip(moved, np.nextafter(np.float32(BLACK), np.float32(1)), 1)
        return np.where(film > BLACK, shown, film).astype(np.float32)


def films_have(films: Sequence[Array] | NDArray[np.float32]) -> tuple[float, ...]:
    """The greys of films: (33,) at ``SHARES``, of each share the median over the films.

    Args:
        films: each (H, W) in [0, 1]; films of nothing but black do not count.

    Raises:
        DataError: fewer than 10 films have a grey.
    """
    greys = [quantiles(film, SHARES) for film in films if (film > BLACK).any()]
    if len(greys) < FEWEST:
        raise DataError(
            f"Greys are learnt from {FEWEST} training films or more, and there are {len(greys)}."
        )
    return tuple(round(float(grey), _DIGITS) for grey in np.median(greys, axis=0))


def fitted(
    method: Method, seen: Sequence[float], wanted: Sequence[float] | None = None
) -> Harmonisation:
    """A rule that brings films to wanted greys.

    Args:
        method: percentile, histogram or response.
        seen: (33,) greys of the training films here.
        wanted: (33,) of the films that taught the starting weights; None: the same as here.

    Raises:
        DataError: a response without wanted greys: it would change nothing.
    """
    if method != "response":
        return Harmonisation(method, tuple(seen if wanted is None else wanted))
    if wanted is None:
        raise DataError(
            "A response curve leads from the greys here to those that the starting weights know, "
            "and these weights do not say which: take percentile or histogram, or weights of a run."
        )
    return Harmonisation(method, tuple(wanted), tuple(seen))


def _through(
    own: NDArray[np.float64], wanted: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners of a rising curve from black to white through pairs of greys."""
    grey = np.concatenate([[0.0], own, [1.0]])
    grey = np.maximum.accumulate(grey) + _APART * np.arange(len(grey))
    return grey, np.maximum.accumulate(np.concatenate([[0.0], wanted, [1.0]]))
