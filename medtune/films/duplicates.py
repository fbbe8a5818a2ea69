"""Films that are copies of each other, whatever was done to them: a leak that no header shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.films.candidates import (
    ORIENTATIONS,
    Candidates,
    Rows,
    find_candidates,
    oriented,
)
from medtune.films.fingerprints import coarse_layers, fine_layers, is_blank
from medtune.films.registration import agreement, nowhere, register
from medtune.tables.schema import TEXT, declare

SAME, ALIKE = "same exposure", "suspiciously alike"
SAME_FROM, ALIKE_FROM = 0.82, 0.70
SAME_ABOVE_USUAL, ALIKE_ABOVE_USUAL = 0.70, 0.55
SURELY_SAME = 0.93

PAIR_COLUMNS = {
    "first": "int64",
    "second": "int64",
    "similarity": "float64",
    "how": TEXT,
    "verdict": TEXT,
}

_USUAL = 0.43  # of real films: for data sets of too few films to tell
_FEWEST = 4  # films
_SAMPLE = 300  # pairs
_CHUNK = 128  # pairs
_PROMISING = 0.5  # after one step of the fine registration; copies had 0.56 and more

# Gauss-Newton steps, each on layers blurred by so many cells
_COARSE_STEPS, _FIRST_STEP, _FINE_STEPS = (1.5, 0.0, 0.0), (2.0,), (1.2, 1.2, 0.0, 0.0)


@dataclass(frozen=True)
class Thresholds:
    """From which similarity on a pair of films is what.

    Attributes:
        same: one exposure.
        alike: a closer look is worth it.
    """

    same: float
    alike: float


def near_duplicates(
    fingerprints: NDArray[np.int8],
    limits: Thresholds | None = None,
    tick: Callable[[int], None] = lambda films: None,
) -> pd.DataFrame:
    """Find the pairs of films that are, or may be, copies of one exposure.

    Args:
        fingerprints: (N, LENGTH) of ``fingerprint``; blank films are copies of nothing.
        limits: by default what ``thresholds`` says.
        tick: told how many more films have been compared with all the others.

    Returns:
        One row a pair, by position: first, second (positions, first < second); similarity, up to
        1; how (same, inverted, flipped, rotated 90 (either way), rotated 180, or several of
        these); verdict (SAME or ALIKE). Of films whose fingerprints are equal each is paired
        with the first of them only; ``clusters`` brings all copies of a film together.
    """
    films, copies = _distinct(fingerprints)
    limits = thresholds(fingerprints) if limits is None else limits
    found = [copies]
    found += [
        _verified(fingerprints, candidates, limits.alike)
        for candidates in find_candidates(fingerprints, films, tick)
    ]
    pairs = pd.concat(found, ignore_index=True)
    ends = pairs[["first", "second"]].to_numpy()
    pairs["first"], pairs["second"] = ends.min(axis=1), ends.max(axis=1)
    pairs = pairs.sort_values(
        ["first", "second", "similarity", "how"], ascending=[True, True, False, True]
    ).drop_duplicates(["first", "second"])
    verdict = np.where(pairs["similarity"] >= limits.same, SAME, ALIKE)
    return declare(pairs.assign(verdict=verdict).reset_index(drop=True), PAIR_COLUMNS, "pairs")


def thresholds(fingerprints: NDArray[np.int8]) -> Thresholds:
    """How alike films of this data set must be to count as copies.

    Films of one region, device and pose are alike without being copies, and simulated ones very
    much so. The thresholds therefore lie a fixed way above what is usual between two films drawn
    from the data set, on Fisher's scale (arctanh), where a correlation's spread is even. They
    never lie below SAME_FROM and ALIKE_FROM, and never above SURELY_SAME: in a data set that
    consists of copies, copies are usual.

    Args:
        fingerprints: (N, LENGTH).
    """
    films, _ = _distinct(fingerprints)
    usual = _USUAL
    if len(films) >= _FEWEST:
        first, second = _drawn(len(films))
        similarity = _similarity(fingerprints, _as_they_lie(films[first], films[second]))
        scale = np.arctanh(np.clip(similarity, -0.999, 0.999))
        usual = float(np.quantile(scale, 0.75, method="lower"))
    return Thresholds(
        same=float(np.clip(np.tanh(usual + SAME_ABOVE_USUAL), SAME_FROM, SURELY_SAME)),
        alike=float(np.clip(np.tanh(usual + ALIKE_ABOVE_USUAL), ALIKE_FROM, SURELY_SAME)),
    )


def clusters(pairs: pd.DataFrame, count: int) -> NDArray[np.int64]:
    """Number films so that copies, and copies of copies, share a number.

    Args:
        pairs: columns first and second, positions below ``count``.
        count: films.

    Returns:
        (count,) the lowest position in the film's cluster: its own where it has no copy.
    """
    first, second = pairs["first"].to_numpy(np.int64), pairs["second"].to_numpy(np.int64)
    lowest = np.arange(count)
    while True:
        low = np.minimum(lowest[first], lowest[second])
        after = lowest.copy()
        for film in (first, second, lowest[first], lowest[second]):
            np.minimum.at(after, film, low)
        after = after[after]
        if np.array_equal(after, lowest):
            return lowest
        lowest = after


def _distinct(fingerprints: NDArray[np.int8]) -> tuple[Rows, pd.DataFrame]:
    """Positions of films that differ, in an order that is not that of the table; exact copies."""
    factors = np.random.default_rng(0).integers(
        2**64, size=fingerprints.shape[1] // 8, dtype=np.uint64
    )
    keys = np.empty(len(fingerprints), np.uint64)
    for start in range(0, len(keys), 10_000):
        words = np.ascontiguousarray(fingerprints[start : start + 10_000]).view(np.uint64)
        keys[start : start + 10_000] = (words * (factors | np.uint64(1))).sum(axis=1)
    films = np.flatnonzero(~is_blank(fingerprints))
    films = films[np.argsort(keys[films], kind="stable")]
    keys = keys[films]
    new = np.concatenate([[True], keys[1:] != keys[:-1]])[: len(films)]
    stand_in = films[np.maximum.accumulate(np.where(new, np.arange(len(films)), 0))]
    copies = pd.DataFrame(
        {"first": stand_in[~new], "second": films[~new], "similarity": 1.0, "how": "same"}
    )
    return films[new], copies


def _drawn(count: int) -> tuple[Rows, Rows]:
    """Some pairs of ``count`` films: all of them where they are few."""
    if count * (count - 1) // 2 <= _SAMPLE:
        first, second = np.triu_indices(count, 1)
        return first, second
    generator = np.random.default_rng(0)
    first = generator.integers(count, size=_SAMPLE)
    return first, (first + generator.integers(1, count, size=_SAMPLE)) % count


def _as_they_lie(first: Rows, second: Rows) -> Candidates:
    count = len(first)
    upright, positive = np.zeros(count, np.int64), np.ones(count, np.float32)
    return Candidates(first, second, upright, positive, nowhere(count))


def _verified(fingerprints: NDArray[np.int8], pairs: Candidates, least: float) -> pd.DataFrame:
    """The candidates that are alike when one is laid onto the other."""
    similarity = _similarity(fingerprints, pairs)
    kept = similarity >= least
    names = [_how(turn, sign) for turn in range(len(ORIENTATIONS)) for sign in (1, -1)]
    which = 2 * pairs.orientation[kept] + (pairs.sign[kept] < 0)
    return pd.DataFrame(
        {
            "first": pairs.first[kept],
            "second": pairs.second[kept],
            "similarity": similarity[kept].astype(np.float64),
            "how": np.array(names)[which],
        }
    )


def _how(orientation: int, sign: int) -> str:
    mirrored, turns = ORIENTATIONS[orientation]
    words = ["flipped"] * mirrored + [f"rotated {180 if turns == 2 else 90}"] * (turns > 0)
    words += ["inverted"] * (sign < 0)
    return ", ".join(words) or "same"


def _similarity(fingerprints: NDArray[np.int8], pairs: Candidates) -> NDArray[np.float32]:
    """Agreement (P,) of the fine layers after registration; less exact where it is low."""
    similarity = np.empty(len(pairs.first), np.float32)
    for start in range(0, len(similarity), _CHUNK):
        part = slice(start, start + _CHUNK)
        one, two = fingerprints[pairs.first[part]], fingerprints[pairs.second[part]]
        turns, sign = pairs.orientation[part], pairs.sign[part]
        coarse, fine = coarse_layers(one), fine_layers(one)
        for turn in np.unique(turns[turns > 0]):
            coarse[turns == turn] = oriented(coarse[turns == turn], turn)
            fine[turns == turn] = oriented(fine[turns == turn], turn)
        coarse, fine = coarse * sign[:, None, None], fine * sign[:, None, None]
        other = fine_layers(two)
        places = register(coarse, coarse_layers(two), pairs.places[part], _COARSE_STEPS)
        places = register(fine, other, places, _FIRST_STEP)
        found = agreement(fine, other, places)
        good = found >= _PROMISING
        if good.any():
            places = register(fine[good], other[good], places[good], _FINE_STEPS)
            found[good] = agreement(fine[good], other[good], places)
        similarity[part] = found
    return similarity
