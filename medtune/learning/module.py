"""The LightningModule: one stage of learning, of whatever modality."""

from __future__ import annotations

import math
from typing import Any

import lightning as L
import numpy as np
import torch
from torch import Tensor

from medtune.config.training import Training
from medtune.learning.adapt import Stage, freeze_all_but, set_modes
from medtune.learning.mixing import mix_as_asked
from medtune.learning.sampling import seed_of
from medtune.learning.task import Batch, Network, Task

WARM_UP = 0.05  # share of the steps in which the learning rate rises


class Learner(L.LightningModule):
    """Learns one stage.

    Args:
        task: what is learned.
        network: what learns it.
        stage: which parameters, how fast.
        training: the run's training section.
        batch_norm_moves: whether the statistics of BatchNorm that learns move.
    """

    def __init__(
        self,
        task: Task,
        network: Network,
        stage: Stage,
        training: Training,
        *,
        batch_norm_moves: bool,
    ) -> None:
        super().__init__()
        self.task = task
        self.network = network
        self.stage = stage
        self.training_settings = training
        self.batch_norm_moves = batch_norm_moves
        self._train_loss = [0.0, 0.0]
        self._seen: list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]] = []

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW on the stage's parameters; the rates rise shortly, then follow a cosine to 0."""
        freeze_all_but(self.network, self.stage.groups)
        optimizer = torch.optim.AdamW(self.stage.groups)
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        warm = max(1, round(WARM_UP * steps))

        def scale(step: int) -> float:
            if step < warm:
                return (step + 1) / (warm + 1)
            return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, scale)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def on_train_epoch_start(self) -> None:
        """Frozen layers are set so before every epoch, so that a resume cannot forget it."""
        set_modes(self.network, batch_norm_moves=self.batch_norm_moves)
        self._train_loss = [0.0, 0.0]

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Dropout and the like are a function of the place, not of what was drawn before."""
        place = (self.training_settings.seed, self.stage.name, self.current_epoch, batch_idx)
        torch.manual_seed(seed_of(*place))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The mean loss over the known targets of the batch."""
        place = (self.training_settings.seed, self.stage.name, self.current_epoch, batch_idx)
        batch = mix_as_asked(batch, self.training_settings, seed_of(*place, "mixing"))
        total, count = self.task.loss(self.network(batch.inputs), batch)
        self._train_loss[0] += float(total.detach())
        self._train_loss[1] += float(count)
        return total / count.clamp(min=1)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep what the tune split says, to judge it whole."""
        logits = self.network(batch.inputs)
        total, count = self.task.loss(logits, batch)
        scores = self.task.scores(logits.float())
        self._seen.append((scores.cpu(), batch.targets.cpu(), batch.known.cpu(), total, count))

    def on_validation_epoch_end(self) -> None:
        """The epoch's losses and the value that selects; it comes before ``Keep`` judges them."""
        scores, targets, known = (
            torch.cat([seen[i] for seen in self._seen]).numpy() for i in range(3)
        )
        total = sum(float(seen[3]) for seen in self._seen)
        count = sum(float(seen[4]) for seen in self._seen)
        self._seen.clear()
        value = self.task.monitor(scores.astype(np.float64), targets.astype(np.float64), known)
        self.log("tune_loss", total / max(1.0, count))
        self.log("tune_auroc", value, prog_bar=True)
        self.log("train_loss", self._train_loss[0] / max(1.0, self._train_loss[1]), prog_bar=True)
