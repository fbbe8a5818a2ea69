"""Randomness as a function of where it is used, never of what was drawn before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from medtune.learning.odds import Odds
from medtune.learning.task import Draw

WINDOW = 16  # batches whose cases are sorted by size together


def seed_of(*place: int | str) -> int:
    """A 63-bit seed for a place: (seed, stage, epoch, batch), (seed, stage, epoch, case) ..."""
    text = "/".join(str(part) for part in place)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def draw_of(seed: int, stage: str, epoch: int, case: int, nth: int = 0) -> Draw:
    """One case as an epoch draws it, for the nth time in this epoch, counted from 0.

    What is random about it hangs on the place alone, so this is known without the epoch's order.
    """
    again = f" draw {nth}" if nth else ""
    return Draw(case, seed_of(seed, stage, epoch, f"case {case}{again}"))


class EpochSampler:
    """Batches that depend on (seed, stage, epoch) alone: shuffled, or drawn by odds.

    ``set_epoch`` is called before every epoch, after a resume too, so that a repeated epoch sees
    the same batches. Batches differ by one case at most in size: a last batch of one case
    would break BatchNorm, and dropping it would waste cases.

    Args:
        cases: N, how many there are.
        batch_size: the most in one batch.
        seed: the run's.
        stage: the stage's name.
        odds: (N,), how often each is drawn, of which only the ratios count: an epoch has N draws,
            and a case of which k are expected comes k times, rounded down or up. None: each once.
        sizes: (N,) of the cases, which batches fill up to their largest: those of about one size
            come together (see ``alike``). None: they are all of one size.
    """

    def __init__(
        self,
        cases: int,
        batch_size: int,
        seed: int,
        stage: str,
        odds: Odds | None = None,
        sizes: NDArray[np.int64] | None = None,
    ) -> None:
        self.cases = cases
        self.batches = max(1, -(-cases // batch_size))
        self.place = (seed, stage)
        self.odds, self.sizes = odds, sizes
        self.epoch = 0
        self.skip = 0  # batches of the next epoch that were seen before it was cut

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batches

    def size(self, number: int) -> int:
        """How many cases a batch of the epoch has; numbers count from 0."""
        least, larger = divmod(self.cases, self.batches)
        return least + (number < larger)

    def __iter__(self) -> Iterator[list[Draw]]:
        rng = np.random.default_rng(seed_of(*self.place, self.epoch))
        order = rng.permutation(self.cases)
        if self.odds is not None:
            order = rng.permutation(systematic(self.odds, order, rng))
        batches = np.array_split(order, self.batches)
        if self.sizes is not None:
            batches = alike(batches, self.sizes, rng)
        skip, self.skip = self.skip, 0
        times: Counter[int] = Counter()
        for number, batch in enumerate(batches):
            drawn = []
            for case in batch.tolist():
                drawn.append(draw_of(*self.place, self.epoch, case, times[case]))
                times[case] += 1
            if number >= skip:
                yield drawn


def systematic(odds: Odds, order: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """As many draws as cases, each case as often as its odds say, to less than one.

    Systematic sampling (Madow 1949, Ann. Math. Statist. 20:333): the cases' expected counts are
    laid end to end, and a comb of N teeth, one apart, is laid beside them at a random place. A case
    is expected exactly as often as its odds say, as in drawing with replacement, but none is left
    out or repeated more by chance than rounding needs; equal odds draw each once.

    Args:
        odds: (N,), not negative, not all 0.
        order: (N,), the cases as they are laid; at random, so that neighbours are too.
        rng: places the comb.

    Returns:
        (N,) cases, sorted as ``order`` is.
    """
    cases = len(order)
    ends = np.cumsum(odds[order])
    ends *= cases / ends[-1]
    ends[ends >= ends[-1]] = cases  # rounding must leave no place behind the last case ...
    teeth = np.minimum(np.arange(cases) + rng.random(), np.nextafter(cases, 0))  # ... for a tooth
    return order[np.searchsorted(ends, teeth, side="right")]


def alike(
    batches: list[NDArray[np.int64]], sizes: NDArray[np.int64], rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """As many cases a batch, but those of a window sorted by size, and its batches shuffled.

    A window is so long that cases of about one size fill a batch, and so short that a batch is
    still drawn from all over the set: what is filled up for nothing falls to almost none (Khomenko
    et al. 2017, arXiv 1708.05604, who sort whole epochs in buckets).

    Args:
        batches: of cases, in random order.
        sizes: (N,), of all cases.
        rng: which batch of its window has the smallest, which the next ...
    """
    found = list(batches)
    for first in range(0, len(batches), WINDOW):
        window = np.concatenate(batches[first : first + WINDOW])
        window = window[np.argsort(sizes[window], kind="stable")]
        end = 0
        for number in first + rng.permutation(len(batches[first : first + WINDOW])):
            begin, end = end, end + len(batches[number])
            found[number] = window[begin:end]
    return found
