"""What is kept of a stage: its best weights, its history, and the point to resume from."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning as L
import pandas as pd

from medtune.errors import RunError
from medtune.learning.module import Learner
from medtune.learning.weights import save_weights
from medtune.tables.schema import write_table, write_whole

LAST = "last.ckpt"
BEST = "best.safetensors"


class Keep(L.Callback):
    """After every epoch: keep the weights if they are the best, then the point to resume from.

    Better is a higher tune AUROC; between equals, which are frequent on small tune splits, a lower
    tune loss. Lightning's own ModelCheckpoint is not used because it writes the folder's path into
    the file, and EarlyStopping because it cannot break ties.

    Args:
        folder: of the stage.
        metrics: the run's ``metrics.csv``.
        past: rows of earlier stages.
        start: (AUROC, loss) that has to be beaten, of the stage before.
        epochs: the most epochs.
        patience: epochs without a better value before the stage ends.
        say: takes one line an epoch.
    """

    def __init__(
        self,
        folder: Path,
        metrics: Path,
        past: list[dict[str, Any]],
        start: tuple[float, float],
        epochs: int,
        patience: int,
        say: Callable[[str], None],
    ) -> None:
        self.folder, self.metrics, self.past = folder, metrics, past
        self.epochs, self.patience, self.say = epochs, patience, say
        self.best = start
        self.best_epoch = self.risen_epoch = 0  # of the best weights; of the last higher AUROC
        self.rows: list[dict[str, Any]] = []
        self.finished = False
        self._began = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Plain values only: the checkpoint is read back with ``weights_only``."""
        return {
            "best": list(self.best),
            "best_epoch": self.best_epoch,
            "risen_epoch": self.risen_epoch,
            "rows": self.rows,
            "finished": self.finished,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where the checkpoint was written."""
        self.best = (float(state["best"][0]), float(state["best"][1]))
        self.best_epoch, self.risen_epoch = state["best_epoch"], state["risen_epoch"]
        self.rows = state["rows"]
        self.finished = state["finished"]

    def on_train_epoch_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Take the time."""
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Judge the epoch and write what is kept, each file whole."""
        assert isinstance(pl_module, Learner)
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        epoch = trainer.current_epoch + 1
        auroc, loss = values["tune_auroc"], values["tune_loss"]
        self.rows.append(
            {
                "stage": pl_module.stage.name,
                "epoch": epoch,
                "train_loss": values["train_loss"],
                "tune_loss": loss,
                "tune_auroc": auroc,
                "learning_rate": trainer.optimizers[0].param_groups[0]["lr"],
                "seconds": round(time.monotonic() - self._began, 2),
            }
        )
        if not math.isfinite(values["train_loss"]) or not math.isfinite(loss):
            raise RunError("The loss is no longer a number. Lower 'training.learning_rate'.")
        if auroc > self.best[0]:
            self.risen_epoch = epoch
        better = (auroc, -loss) > (self.best[0], -self.best[1])
        if better:
            self.best, self.best_epoch = (auroc, loss), epoch
            save_weights(pl_module.network, self.folder / BEST, {"tune": [auroc, loss]})
        self.finished = epoch >= self.epochs or epoch - self.risen_epoch >= self.patience
        trainer.should_stop = self.finished
        write_whole(
            self.folder / LAST, lambda partial: trainer.save_checkpoint(partial, weights_only=False)
        )
        write_table(pd.DataFrame([*self.past, *self.rows]), self.metrics)
        self.say(
            f"{pl_module.stage.name}, epoch {epoch} of {self.epochs}: "
            f"train loss {values['train_loss']:.4f}, tune loss {loss:.4f}, "
            f"tune AUROC {auroc:.4f}{' (best)' if better else ''}"
        )
