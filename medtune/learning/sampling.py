"""Randomness as a function of where it is used, never of what was drawn before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from medtune.learning.task import Draw


def seed_of(*place: int | str) -> int:
    """A 63-bit seed for a place: (seed, stage, epoch, batch), (seed, stage, epoch, case) ..."""
    text = "/".join(str(part) for part in place)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


class EpochSampler:
    """Shuffled batches that depend on (seed, stage, epoch) alone.

    ``set_epoch`` is called before every epoch, after a resume too, so that a repeated epoch sees
    the same batches. Batches differ by one case at most in size: a last batch of one case
    would break BatchNorm, and dropping it would waste cases.

    Args:
        cases: how many there are.
        batch_size: the most in one batch.
        seed: the run's.
        stage: the stage's name.
    """

    def __init__(self, cases: int, batch_size: int, seed: int, stage: str) -> None:
        self.cases = cases
        self.batches = max(1, -(-cases // batch_size))
        self.place = (seed, stage)
        self.epoch = 0
        self.skip = 0  # batches of the next epoch that were seen before it was cut

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[list[Draw]]:
        order = np.random.default_rng(seed_of(*self.place, self.epoch)).permutation(self.cases)
        skip, self.skip = self.skip, 0
        for batch in np.array_split(order, self.batches)[skip:]:
            yield [Draw(int(i), seed_of(*self.place, self.epoch, f"case {i}")) for i in batch]
