"""What every step of a training saw: its place, its cases, its rates and what could learn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from medtune.learning.module import Learner
from tests.learning.small import StoppedError


@dataclass(frozen=True)
class Step:
    stage: str
    epoch: int
    batch: int
    loss: float
    rates: tuple[float, ...]
    cases: tuple[str, ...]
    learning: tuple[str, ...]
    moving: tuple[str, ...]


@contextmanager
def watched(stop_before: int | None = None) -> Iterator[list[Step]]:
    """Every step that is taken meanwhile; the one with this number is not taken but stops it."""
    steps: list[Step] = []
    own = Learner.training_step

    def step(self, batch, batch_idx):
        if len(steps) == stop_before:
            raise StoppedError
        rates = tuple(group["lr"] for group in self.trainer.optimizers[0].param_groups)
        loss = own(self, batch, batch_idx)
        network = self.network
        steps.append(
            Step(
                self.stage,
                self.current_epoch,
                batch_idx,
                float(loss.detach()),
                rates,
                tuple(batch.case_id),
                tuple(name for name, p in network.named_parameters() if p.requires_grad),
                tuple(name for name, module in network.named_modules() if module.training),
            )
        )
        return loss

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "training_step", step)
        yield steps
