"""Which pairs of a hundred thousand films are worth a closer look: a cheap first pass.

The coarse layers are whitened by what the films of the data set have in common, so that anatomy
that all of them share counts little, and compared all with all in blocks. A copy that was cropped
lies a little beside the other film, so what resembles it is tried again at 25 places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.films.fingerprints import COARSE, coarse_layers
from medtune.films.registration import Layers, Places, sampling

Rows = NDArray[np.int64]

# (mirrored, quarter turns): the eight ways in which a square lies on itself
ORIENTATIONS = [(mirrored, turns) for mirrored in (False, True) for turns in range(4)]

# Among more films more resemble each other by chance: the sieve is finer where there are many.
_FILMS = (10_000, 100_000)
_AS_THEY_LIE = (0.40, 0.47)  # least cosine of the features
_AT_A_BETTER_PLACE = (0.55, 0.68)  # least cosine at the best of the places tried

_FEATURES = 96
_SHRINK, _FEW = 0.1, 100  # films: what fewer have in common is not known well
_MIDDLE = 0.45  # of half a side: how wide the window is; what covers borders hardly counts
_MOST_LEARNT_FROM = 20_000  # films
_NUDGES = np.array([(1, 0), (1.07, 0), (0.93, 0), (1, 0.04), (1, -0.04)], np.float32)
_ROWS, _COLUMNS, _PAIRS = 512, 8_192, 2_048


@dataclass(frozen=True)
class Candidates:
    """Pairs that may be copies.

    Attributes:
        first, second: (P,) positions of the films.
        orientation: (P,) into ORIENTATIONS: how the first film has to be turned.
        sign: (P,) 1, or -1 where one of the two is inverted.
        places: (P, 4) where registration begins.
    """

    first: Rows
    second: Rows
    orientation: NDArray[np.int64]
    sign: NDArray[np.float32]
    places: Places


def oriented(layers: Layers, orientation: int) -> Layers:
    """Layers mirrored and turned, one way for all."""
    mirrored, turns = ORIENTATIONS[orientation]
    return np.rot90(layers[:, :, ::-1] if mirrored else layers, turns, axes=(1, 2))


def find_candidates(
    fingerprints: NDArray[np.int8], films: Rows, tick: Callable[[int], None] = lambda films: None
) -> Iterator[Candidates]:
    """Pairs of films that may be copies of each other, in whatever orientation and polarity.

    Args:
        fingerprints: (N, LENGTH).
        films: (M,) positions of the films that are compared, none of them blank; the first film
            of a pair stands before the second here.
        tick: told how many more films have been compared with all the others.

    Yields:
        The pairs of some films at a time. A pair can come in several orientations. Beside the
        fingerprints some 400 bytes a film are needed, and 80 MB.
    """
    if len(films) < 2:
        return
    as_they_lie = float(np.interp(len(films), _FILMS, _AS_THEY_LIE))
    better = float(np.interp(len(films), _FILMS, _AT_A_BETTER_PLACE))
    whitening = _whitening(fingerprints, films)
    features = np.empty((len(films), whitening.shape[1]), np.float32)
    for top in range(0, len(films), _COLUMNS):
        block = films[top : top + _COLUMNS]
        features[top : top + _COLUMNS] = _features(coarse_layers(fingerprints[block]), whitening)
    for top in range(0, len(films), _ROWS):
        coarse = coarse_layers(fingerprints[films[top : top + _ROWS]])
        found = []
        for orientation in range(len(ORIENTATIONS)):
            turned = np.ascontiguousarray(oriented(coarse, orientation))
            for row, column, sign in _alike(turned, features, top, whitening, as_they_lie):
                value, places = _nudged(
                    turned[row] * sign[:, None, None], features[column], whitening
                )
                chosen = value > better
                if chosen.any():
                    found.append(
                        Candidates(
                            first=films[top + row[chosen]],
                            second=films[column[chosen]],
                            orientation=np.full(int(chosen.sum()), orientation),
                            sign=sign[chosen],
                            places=places[chosen],
                        )
                    )
        if found:
            yield _joined(found)
        tick(len(coarse))


def _alike(
    turned: Layers,
    features: NDArray[np.float32],
    top: int,
    whitening: NDArray[np.float32],
    least: float,
) -> Iterator[tuple[Rows, Rows, NDArray[np.float32]]]:
    """Rows of ``turned`` and later rows of ``features`` that are alike, and the sign of it."""
    wanted = _features(turned, whitening)
    for left in range(top, len(features), _COLUMNS):
        cosine = (wanted @ features[left : left + _COLUMNS].T).ravel()
        place = np.flatnonzero(np.abs(cosine) > least)
        row, column = np.divmod(place, min(_COLUMNS, len(features) - left))
        column += left
        later = column > top + row
        row, column, sign = row[later], column[later], np.sign(cosine[place[later]])
        for start in range(0, len(row), _PAIRS):
            part = slice(start, start + _PAIRS)
            yield row[part], column[part], sign[part]


def _whitening(fingerprints: NDArray[np.int8], films: Rows) -> NDArray[np.float32]:
    """A matrix (cells, features) under which films of this data set are unlike each other.

    Second moments, not covariances: an inverted film then has the same features with the other
    sign, and two copies alone in a data set are not each other's opposites.
    """
    axis = (np.arange(COARSE) + 0.5) / COARSE * 2 - 1
    middle = np.exp(-0.5 * (axis / _MIDDLE) ** 2)
    window = (middle[:, None] * middle).ravel()
    sample = films[:: max(1, len(films) // _MOST_LEARNT_FROM)]
    seen = coarse_layers(fingerprints[sample]).reshape(-1, COARSE**2) * window.astype(np.float32)
    seen /= np.linalg.norm(seen, axis=1, keepdims=True) + 1e-9
    strength, direction = np.linalg.eigh((seen.T @ seen).astype(np.float64) / len(seen))
    strength, direction = strength[::-1][:_FEATURES], direction[:, ::-1][:, :_FEATURES]
    shrink = (_SHRINK + _FEW / len(films)) * strength.mean()
    scaled = direction / np.sqrt(strength + shrink)
    return (window[:, None] * scaled).astype(np.float32)


def _features(coarse: Layers, whitening: NDArray[np.float32]) -> NDArray[np.float32]:
    features = coarse.reshape(len(coarse), -1) @ whitening
    features /= np.linalg.norm(features, axis=1, keepdims=True) + 1e-9
    return features


def _nudged(
    first: Layers, second: NDArray[np.float32], whitening: NDArray[np.float32]
) -> tuple[NDArray[np.float32], Places]:
    """Cosines of pairs (P,) at the best of the places tried, and these places."""
    matrices, _ = sampling(_NUDGES[:, 0], _NUDGES[:, 1], COARSE)
    pairs, nudges = len(first), len(_NUDGES)
    scale = np.linalg.norm(first.reshape(pairs, -1) @ whitening, axis=1) + 1e-9
    template = (second @ whitening.T).reshape(pairs, 1, COARSE, COARSE)
    down = (matrices @ first[:, None]).reshape(pairs, nudges, -1)
    across = (template @ matrices).reshape(pairs, nudges, -1)
    cosine = (down @ across.transpose(0, 2, 1)).reshape(pairs, -1) / scale[:, None]
    best = cosine.argmax(axis=1)
    places = np.concatenate([_NUDGES[best % nudges], _NUDGES[best // nudges]], axis=1)
    return cosine[np.arange(pairs), best], places


def _joined(parts: list[Candidates]) -> Candidates:
    return Candidates(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in Candidates.__dataclass_fields__
        }
    )
