"""The LightningDataModule: batches of the train and tune splits."""

from __future__ import annotations

from typing import TypeVar

import lightning as L
import torch
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

from medtune.learning.odds import Odds
from medtune.learning.sampling import EpochSampler
from medtune.learning.task import Batch, Samples

T = TypeVar("T")


def as_it_is(batch: T) -> T:
    """Samples make whole batches themselves: there is nothing to collate."""
    return batch


def in_order(samples: Samples, batch_size: int) -> DataLoader[Batch]:
    """Every case once, in order, without randomness."""
    batches = BatchSampler(SequentialSampler(range(len(samples))), batch_size, drop_last=False)
    return DataLoader(samples, batch_sampler=batches, collate_fn=as_it_is)  # type: ignore[arg-type]


class Batches(L.LightningDataModule):
    """Batches of one stage.

    Args:
        train: cases that teach.
        tune: cases that select.
        batch_size: the most cases in a batch.
        seed: the run's.
        stage: the stage's name.
        odds: (N,) how often each case that teaches is drawn; None: once an epoch.
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
    ) -> None:
        super().__init__()
        self.train, self.tune = train, tune
        self.batch_size = batch_size
        self.sampler = EpochSampler(len(train), batch_size, seed, stage, odds)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Drawn at random, the same in every run of the same seed, stage and epoch."""
        return DataLoader(self.train, batch_sampler=self.sampler, collate_fn=as_it_is)  # type: ignore[arg-type]

    def val_dataloader(self) -> DataLoader[Batch]:
        """The tune split, in order."""
        return in_order(self.tune, self.batch_size)

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        """Batches know how to move themselves."""
        return batch.to(device)
