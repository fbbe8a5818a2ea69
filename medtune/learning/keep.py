"""What is kept of a stage: its best weights, its history, and the point to resume from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L
import pandas as pd
import torch

from medtune.config.training import Training
from medtune.errors import RunError
from medtune.learning.averaging import MovingAverage
from medtune.learning.batches import Batches
from medtune.learning.lesson import Watch, unwatched
from medtune.learning.module import Learner
from medtune.learning.ranks import ALONE, Ranks
from medtune.learning.selection import Judgement, better
from medtune.learning.task import Monitor
from medtune.learning.weights import whole_state, write_weights
from medtune.tables.schema import write_table, write_whole

LAST = "last.ckpt"
BEST = "best.safetensors"
START = "start.safetensors"  # of the stage, to mix with
SOUP = 8  # epochs that a soup is made from: the best so many


class Keep(L.Callback):
    """After every epoch: keep the weights if they are the best, then the point to resume from.

    Better is what the task's monitor says of the tune split (a higher AUROC, a lower error);
    between equals, which are frequent on small tune splits, a lower tune loss. Lightning's own
    ModelCheckpoint is not used because it writes the folder's path into the file, and
    EarlyStopping because it cannot break ties.

    Args:
        folder: of the stage.
        metrics: the run's ``metrics.csv``.
        stage: its name.
        past: rows of earlier stages.
        monitor: what the tune split selects by.
        start: what has to be beaten, of the stage before: what selects, and loss.
        epochs: the most epochs.
        training: the run's training section.
        kept: as ``training.keep``, for this stage.
        say: takes one line an epoch.
        watch: as in ``Lesson``.
        ranks: of several processes the first looks at the clock and writes; what is judged is the
            same for all.
    """

    def __init__(
        self,
        folder: Path,
        metrics: Path,
        *,
        stage: str,
        monitor: Monitor,
        past: list[dict[str, Any]],
        start: Judgement,
        epochs: int,
        training: Training,
        kept: str,
        say: Callable[[str], None],
        watch: Watch = unwatched,
        ranks: Ranks = ALONE,
    ) -> None:
        self.folder, self.metrics, self.stage, self.past = folder, metrics, stage, past
        self.epochs, self.training, self.kept, self.say = epochs, training, kept, say
        self.watch, self.ranks = watch, ranks
        self.monitor, self.selects = monitor, f"tune_{monitor.name}"
        self.best = start
        self.best_epoch = self.risen_epoch = 0  # of the best weights; of the last better value
        self.rows: list[dict[str, Any]] = []
        self.finished = False
        self.seen = 0  # batches of the epoch that was cut
        self.average: MovingAverage | None = None
        self._average_state: dict[str, Any] | None = None
        self._raw: dict[str, torch.Tensor] = {}
        self._before = 0.0  # seconds of the epoch that were spent before it was cut
        self._began: float | None = None  # no epoch is running
        self._saved = 0.0

    @property
    def where(self) -> str:
        """Where a stage that was cut goes on."""
        epoch = f"after epoch {self.rows[-1]['epoch']}" if self.rows else "in epoch 1"
        return f"{epoch}, {self.seen} batches later" if self.seen else epoch

    @property
    def out_of_time(self) -> bool:
        """Whether all stages together have had their hours; time in no epoch is not counted."""
        hours = self.training.max_hours
        if hours is None:
            return False
        ended = sum(float(row["seconds"]) for row in [*self.past, *self.rows])
        return ended + self._seconds >= 3600 * hours

    @property
    def _seconds(self) -> float:
        """Of the epoch that is running."""
        return self._before + (0.0 if self._began is None else time.monotonic() - self._began)

    def state_dict(self) -> dict[str, Any]:
        """Plain values and tensors only: the checkpoint is read back with ``weights_only``."""
        return {
            "best": list(self.best),
            "best_epoch": self.best_epoch,
            "risen_epoch": self.risen_epoch,
            "rows": self.rows,
            "finished": self.finished,
            "seen": self.seen,
            "seconds": self._seconds,
            "average": self.average.state_dict() if self.average else None,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where the checkpoint was written."""
        self.best = (float(state["best"][0]), float(state["best"][1]))
        self.best_epoch, self.risen_epoch = state["best_epoch"], state["risen_epoch"]
        self.rows, self.finished = state["rows"], state["finished"]
        self.seen, self._before = state["seen"], state["seconds"]
        self._average_state = state["average"]

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Begin the moving average, or go on with it; take the time."""
        # in the middle of an epoch its start is not announced again
        self._began = self._saved = time.monotonic()
        if self.kept == "ema":
            self.average = MovingAverage(int(trainer.num_training_batches))
            if self._average_state is not None:
                self.average.load_state_dict(self._average_state, pl_module.device)

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Take the time."""
        self._began, self._before = time.monotonic(), 0.0

    def on_train_batch_end(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Average, look at the clock, and now and then write the point to resume from."""
        assert isinstance(pl_module, Learner)
        if self.average is not None:
            self.average.update(pl_module.network)
        due = time.monotonic() - self._saved >= 60 * self.training.checkpoint_minutes
        over, due = self.ranks.agreed((self.out_of_time, due))
        if over:
            trainer.should_stop = True
        if batch_idx + 1 == trainer.num_training_batches or trainer.should_stop:
            return
        if due:
            self._save(trainer, seen=batch_idx + 1)

    def on_validation_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """The tune split judges the average, where there is one."""
        assert isinstance(pl_module, Learner)
        if self.average is not None:
            own = pl_module.network.state_dict()
            self._raw = {name: tensor.detach().clone() for name, tensor in own.items()}
            pl_module.network.load_state_dict(self.average.state)

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Judge the epoch and write what is kept, each file whole."""
        assert isinstance(pl_module, Learner)
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        epoch = trainer.current_epoch + 1
        value, loss = values[self.selects], values["tune_loss"]
        said = self.monitor.worth(value), loss
        self.rows.append(
            {
                "stage": self.stage,
                "epoch": epoch,
                "train_loss": values["train_loss"],
                "tune_loss": loss,
                self.selects: value,
                **{name: of_target for name, of_target in values.items() if ":" in name},
                "learning_rate": trainer.optimizers[0].param_groups[0]["lr"],
                "seconds": round(self._seconds, 2),
            }
        )
        self._began, self._before = None, 0.0
        if not math.isfinite(values["train_loss"]) or not math.isfinite(loss):
            raise RunError("The loss is no longer a number. Lower 'training.learning_rate'.")
        if said[0] > self.best[0]:
            self.risen_epoch = epoch
        is_better = better(said, self.best)
        if is_better or self.kept == "last":
            self.best, self.best_epoch = said, epoch
            self._write(pl_module, BEST, {"tune": list(said)})
        if self.kept in ("swa", "greedy_soup"):
            self._write(pl_module, f"epoch-{epoch:04d}.safetensors", {})
            if self.ranks.first:
                self._forget()
        if self._raw:  # only now: what is kept of the epoch is the average
            pl_module.network.load_state_dict(self._raw)
            self._raw = {}
        idle = epoch - self.risen_epoch
        over = self.ranks.agreed(self.out_of_time)
        self.finished = epoch >= self.epochs or idle >= self.training.patience or over
        trainer.should_stop = self.finished
        self._save(trainer, seen=0)
        if self.ranks.first:
            write_table(pd.DataFrame([*self.past, *self.rows]), self.metrics)
        self.say(
            f"{self.stage}, epoch {epoch} of {self.epochs}: "
            f"train loss {values['train_loss']:.4f}, tune loss {loss:.4f}, "
            f"tune {self.monitor.words} {value:.4f}{' (best)' if is_better else ''}"
        )
        if over:
            self.say(f"{self.stage}: 'training.max_hours' is over; the best weights are kept")
        self.show()

    def show(self) -> None:
        """Show who watches all epochs so far; the point to resume from is written before."""
        self.watch([*self.past, *self.rows], not self.finished)

    def _write(self, learner: Learner, name: str, card: dict[str, Any]) -> None:
        """The weights as they are now, by the first."""
        state = whole_state(learner.network)
        if self.ranks.first:
            write_weights(state, self.folder / name, card)

    def _save(self, trainer: L.Trainer, seen: int) -> None:
        self.seen = seen
        batches: Batches = trainer.datamodule
        batches.seen = seen

        def save(path: Path) -> None:
            trainer.save_checkpoint(path, weights_only=False)

        if self.ranks.first:
            write_whole(self.folder / LAST, save)
        else:
            save(self.folder / LAST)  # it adds its part, if any; Lightning lets the first write
        self._saved = time.monotonic()

    def _forget(self) -> None:
        """Delete files of epochs that cannot be averaged any more."""
        files = epoch_files(self.folder)
        if self.kept == "swa":
            last_quarter = -(-len(self.rows) // 4)
            unwanted = files[:-last_quarter]
        else:
            worth = {
                row["epoch"]: (self.monitor.worth(row[self.selects]), -row["tune_loss"])
                for row in self.rows
            }
            ranked = sorted(files, key=lambda file: worth[int(file.stem.partition("-")[2])])
            unwanted = ranked[:-SOUP]
        for file in unwanted:
            file.unlink()


def epoch_files(folder: Path) -> list[Path]:
    """The weights of single epochs that a stage has kept, in order."""
    return sorted(folder.glob("epoch-*.safetensors"))
