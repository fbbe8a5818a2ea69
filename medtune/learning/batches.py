"""The LightningDataModule: batches of the train and tune splits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Protocol

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray

from medtune.learning.odds import Odds
from medtune.learning.ranks import ALONE, Ranks
from medtune.learning.sampling import EpochSampler
from medtune.learning.task import Batch, Draw, Samples


class Order(Sized, Iterable[Sequence[Draw | int]], Protocol):
    """Which cases come together, batch after batch."""


class Loader:
    """Batches of samples in an order, made when they are asked for.

    The samples make whole batches themselves, from one memory-mapped array: there is nothing that
    a torch DataLoader would collate or a worker would do sooner, and a small batch costs it a
    fifth of its time.

    Args:
        samples: the cases.
        order: of their batches.
        ranks: of several processes, each takes its share of every batch; one whose share is empty
            takes a case that teaches nothing.
    """

    def __init__(self, samples: Samples, order: Order, ranks: Ranks = ALONE) -> None:
        self.samples, self.order, self.ranks = samples, order, ranks

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[Batch]:
        for draws in self.order:
            own = draws[self.ranks.share(len(draws))]
            if len(own):
                yield self.samples.__getitems__(own)
            else:
                yield self.samples.__getitems__(draws[:1]).unknown()


class InOrder:
    """Every case once, in order, without randomness.

    Args:
        cases: which.
        batch_size: of every batch but the last.
    """

    def __init__(self, cases: Sequence[int], batch_size: int) -> None:
        self.cases, self.batch_size = cases, batch_size

    def __len__(self) -> int:
        return -(-len(self.cases) // self.batch_size)

    def __iter__(self) -> Iterator[Sequence[int]]:
        for start in range(0, len(self.cases), self.batch_size):
            yield self.cases[start : start + self.batch_size]


def in_order(samples: Samples, batch_size: int) -> Loader:
    """Every case once, in order, without randomness."""
    return Loader(samples, InOrder(range(len(samples)), batch_size))


def sizes_of(samples: Samples) -> NDArray[np.int64] | None:
    """How large each case is; None where all are of one size."""
    sizes: NDArray[np.int64] | None = getattr(samples, "sizes", None)
    return sizes


def smallest_first(samples: Samples, batch_size: int) -> tuple[Loader, NDArray[np.int64]]:
    """Every case once, those of one size together, without randomness.

    Returns:
        The batches, and where each case comes in them (N,): ``rows[places]`` is in order.
    """
    sizes = sizes_of(samples)
    if sizes is None:
        return in_order(samples, batch_size), np.arange(len(samples))
    order = np.argsort(sizes, kind="stable")
    return Loader(samples, InOrder(order.tolist(), batch_size)), np.argsort(order)


class Batches(L.LightningDataModule):
    """Batches of one stage.

    Args:
        train: cases that teach.
        tune: cases that select.
        batch_size: the most cases in a batch.
        seed: the run's.
        stage: the stage's name.
        odds: (N,) how often each case that teaches is drawn; None: once an epoch.
        ranks: the processes that share every batch, and the tune split.
        whole: whether each process gets whole batches all the same, to take its share later.

    Attributes:
        seen: batches of the epoch so far, set by who saves.
    """

    def __init__(
        self,
        train: Samples,
        tune: Samples,
        *,
        batch_size: int,
        seed: int,
        stage: str,
        odds: Odds | None = None,
        ranks: Ranks = ALONE,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self.train, self.tune = train, tune
        self.batch_size = batch_size
        self.sampler = EpochSampler(len(train), batch_size, seed, stage, odds, sizes_of(train))
        self.ranks, self.whole = ranks, whole
        self.seen = 0

    def state_dict(self) -> dict[str, int]:
        """How many batches of the epoch have been seen when it is saved; 0 at its end."""
        return {"seen": self.seen}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on after so many batches of the epoch that was cut."""
        self.sampler.skip = state["seen"]

    def begin(self, epoch: int) -> None:
        """Say which epoch comes next; nobody else does: Lightning knows torch's loaders only."""
        self.sampler.set_epoch(epoch)

    def train_dataloader(self) -> Loader:
        """Drawn at random, the same in every run of the same seed, stage and epoch."""
        return Loader(self.train, self.sampler, ALONE if self.whole else self.ranks)

    @property
    def judged(self) -> range:
        """Which cases of the tune split this process judges; together they judge each once."""
        return range(len(self.tune))[self.ranks.share(len(self.tune))]

    def val_dataloader(self) -> Loader:
        """Its share of the tune split, in order; where that is empty one case, not to be counted.

        Lightning does not let a process without batches come to the end of a validation.
        """
        return Loader(self.tune, InOrder(self.judged or range(1), self.batch_size))

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        """Batches know how to move themselves."""
        return batch.to(device)
