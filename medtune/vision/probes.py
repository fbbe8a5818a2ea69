"""Films of nobody, through which two programs are held against each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.errors import WeightsError

Films = NDArray[np.float32]

TOLERANCE = 1e-5  # greatest difference of two scores that count as equal
_TELLING = 1e-3  # a finding whose scores differ less than this between all probes tells nothing
_SEED = 20_240_601


def probes(image_size: int) -> list[Films]:
    """Films that cover the range of grey values, one, two and seven at once.

    Flat ones (black, grey, white), ramps, noise, and smooth shapes of several contrasts, which
    are the most like a radiograph. The same every time.

    Args:
        image_size: pixels a side.

    Returns:
        Each float32 (B, 1, S, S) in [0, 1], with B of 1, 2 and 7.
    """
    draw = np.random.default_rng(_SEED)
    ramp = np.linspace(0, 1, image_size, dtype=np.float32)
    flat = [np.full((image_size, image_size), grey, np.float32) for grey in (0, 0.5, 1)]
    ramps = [np.tile(ramp, (image_size, 1)), np.tile(ramp[::-1, None], (1, image_size))]
    noise = [draw.random((image_size, image_size), np.float32) for _ in range(2)]
    smooth = [_shapes(draw, image_size, cells) for cells in (3, 5, 9)]
    seven = [*flat, *ramps, noise[0], smooth[0]]
    return [np.stack(films)[:, None] for films in ([smooth[1]], [smooth[2], noise[1]], seven)]


def studies(films: list[Films]) -> list[Films]:
    """The same films as studies of one to four, NaN where one has fewer than another.

    Args:
        films: as ``probes`` gives them.

    Returns:
        Each float32 (B, V, 1, S, S): one study of one film, one of three, and four of one to four.
    """
    every = np.concatenate(films)
    made = []
    for wanted in ([[0]], [[1, 2, 9]], [[3], [4, 8], [5, 6, 7], [9, 3, 6, 2]]):
        most = max(map(len, wanted))
        batch = np.full((len(wanted), most, *every.shape[1:]), np.nan, np.float32)
        for study, places in zip(batch, wanted, strict=True):
            study[: len(places)] = every[places]
        made.append(batch)
    return made


def _shapes(draw: np.random.Generator, size: int, cells: int) -> Films:
    """Random greys on a coarse grid, interpolated linearly."""
    coarse = draw.random((cells, cells))
    at = np.linspace(0, cells - 1, size)
    low = np.minimum(at.astype(int), cells - 2)
    share = at - low
    rows = coarse[low] * (1 - share)[:, None] + coarse[low + 1] * share[:, None]
    whole = rows[:, low] * (1 - share) + rows[:, low + 1] * share
    return whole.astype(np.float32)


@dataclass(frozen=True)
class Expected:
    """What the training graph says of the probes.

    Attributes:
        films: the probes.
        scores: (B, F) each.
        silent: outputs that say nearly the same of all probes: equality there shows little.
    """

    films: list[Films]
    scores: list[NDArray[np.float32]]
    silent: list[int]


def expect(score: Callable[[Films], NDArray[np.float32]], films: list[Films]) -> Expected:
    """Ask the training graph.

    Raises:
        WeightsError: its scores are no numbers.
    """
    scores = [score(batch) for batch in films]
    every = np.concatenate(scores)
    if not np.isfinite(every).all():
        raise WeightsError("The weights give scores that are no numbers: nothing was exported.")
    spread = every.max(axis=0) - every.min(axis=0)
    return Expected(films, scores, np.flatnonzero(spread < _TELLING).tolist())


def largest_difference(score: Callable[[Films], NDArray[np.float32]], expected: Expected) -> float:
    """The greatest absolute difference of a program's scores from those expected.

    Returns:
        Infinity where a score is missing or no number.
    """
    largest = 0.0
    for films, wanted in zip(expected.films, expected.scores, strict=True):
        found = score(films)
        if found.shape != wanted.shape or not np.isfinite(found).all():
            return float("inf")
        difference = np.abs(found.astype(np.float64) - wanted.astype(np.float64))
        largest = max(largest, float(difference.max()))
    return largest
