"""What all stages of a fine-tuning have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from medtune.config.model import Adapts
from medtune.config.training import Training
from medtune.learning.adapt import Teach
from medtune.learning.batches import in_order
from medtune.learning.hardware import Hardware
from medtune.learning.odds import Odds
from medtune.learning.ranks import ALONE, Ranks
from medtune.learning.task import Batch, Network, Samples, Task

Row = dict[str, Any]  # an epoch, as metrics.csv has it
Watch = Callable[[Sequence[Row], bool], None]


def unwatched(rows: Sequence[Row], going_on: bool) -> None:
    """Nobody looks."""


@dataclass(frozen=True)
class Lesson:
    """Who learns what, from what, and how.

    Attributes:
        task: what is learned.
        network: what learns it; its weights are changed in place.
        train: cases that teach.
        tune: cases that select.
        model: the run's model section: what of the network learns.
        training: the run's training section.
        hardware: where it runs.
        folder: the run's ``checkpoints``.
        metrics: the run's ``metrics.csv``.
        say: takes lines for a person.
        watch: takes all epochs so far, and whether there will be more, after each epoch, where a
            stage that was cut goes on, and after each stage: in this order, whatever was
            interrupted. What it raises ends the training, which can go on from there.
        odds: (N,) how often each case that teaches is drawn; None: once an epoch.
        ranks: the processes that have this lesson together; each has its own network, with the
            same weights.
    """

    task: Task
    network: Network
    train: Samples
    tune: Samples
    model: Adapts
    training: Training
    hardware: Hardware
    folder: Path
    metrics: Path
    say: Callable[[str], None]
    odds: Odds | None = None
    watch: Watch = unwatched
    ranks: Ranks = ALONE

    @property
    def batch_norm_moves(self) -> bool:
        """Whether statistics of BatchNorm that learns move."""
        return self.model.batch_norm == "train"

    @property
    def teach(self) -> Teach:
        """The training cases, unchanged and in order, for what a stage measures beforehand.

        One at a time goes through the network where nobody has tried yet how many fit.
        """
        at_once = self.training.films_at_once
        return self.teach_by(1 if at_once == "find" else at_once)

    def teach_by(self, at_once: int | None) -> Teach:
        """The same with so many cases in the network at once."""

        def batches() -> Iterator[Batch]:
            for batch in in_order(self.train, self.training.batch_size):
                yield batch.to(self.hardware.device)

        def loss(network: Network, batch: Batch) -> tuple[Tensor, Tensor]:
            return self.task.loss(network(*batch.seen), batch)

        return Teach(batches, loss, at_once)
