"""The LightningModule: one stage of learning, of whatever modality."""

from __future__ import annotations

import math
from typing import Any

import lightning as L
import torch
from torch import Tensor

from medtune.config.training import Training
from medtune.learning.adapt import ParameterGroup, freeze_all_but, set_modes
from medtune.learning.batches import Batches
from medtune.learning.judge import Said
from medtune.learning.mixing import mix_as_asked
from medtune.learning.sampling import seed_of
from medtune.learning.task import Batch, Network, Task


class Learner(L.LightningModule):
    """Learns one stage.

    Args:
        task: what is learned.
        network: what learns it.
        groups: parameters that learn, and their peak learning rates.
        stage: its name.
        training: the run's training section.
        batch_norm_moves: whether the statistics of BatchNorm that learns move.
    """

    def __init__(
        self,
        task: Task,
        network: Network,
        groups: list[ParameterGroup],
        stage: str,
        training: Training,
        batch_norm_moves: bool,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.task = task
        self.network = network
        self.groups = groups
        self.stage = stage
        self.training_settings = training
        self.batch_norm_moves = batch_norm_moves
        self._train_loss = [0.0, 0.0]
        self._said: list[Said] = []

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW on the stage's parameters; the rates rise shortly, then follow a cosine to 0."""
        freeze_all_but(self.network, self.groups)
        optimizer = torch.optim.AdamW(self.groups)
        steps = max(1, int(self.trainer.estimated_stepping_batches))
        share = self.training_settings.warm_up
        warm = max(1, round(share * steps)) if share else 0

        def scale(step: int) -> float:
            if step < warm:
                return (step + 1) / (warm + 1)
            return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, scale)
        return {"optimizer": optimizer, "lr_scheduler": schedule}

    def on_train_start(self) -> None:
        """A resume in the middle of an epoch does not announce the epoch."""
        self._begin()

    def on_train_epoch_start(self) -> None:
        """Before every epoch, so that a resume cannot forget it."""
        self._begin()
        self._train_loss = [0.0, 0.0]

    def _begin(self) -> None:
        """What is frozen is frozen, and the batches are those of the epoch."""
        set_modes(self.network, batch_norm_moves=self.batch_norm_moves)
        batches: Batches = self.trainer.datamodule
        batches.begin(self.current_epoch)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The loss so far of an epoch that is saved in its middle."""
        checkpoint["train_loss"] = self._train_loss

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on where the checkpoint was written."""
        self._train_loss = list(checkpoint["train_loss"])

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Dropout and the like are a function of the place, not of what was drawn before."""
        place = (self.training_settings.seed, self.stage, self.current_epoch, batch_idx)
        torch.manual_seed(seed_of(*place))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """One step on the mean loss over the known targets of the batch.

        The batch goes through the network in parts that fit, and the sum of the losses is divided
        by their count at the end: parts change no gradient, however the unknown targets lie.
        """
        place = (self.training_settings.seed, self.stage, self.current_epoch, batch_idx)
        batch = mix_as_asked(batch, self.training_settings, seed_of(*place, "mixing"))
        optimizer, schedule = self.optimizers(), self.lr_schedulers()
        optimizer.zero_grad()
        cases = len(batch.case_id)
        total, count = 0.0, 0.0
        for part in batch.parts(self.training_settings.films_at_once or cases):
            loss, known = self.task.loss(self.network(*part.seen), part)
            self.manual_backward(loss / cases)
            total, count = total + float(loss.detach()), count + float(known)
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        torch._foreach_mul_(gradients, cases / max(1.0, count))
        optimizer.step()
        schedule.step()
        self._train_loss[0] += total
        self._train_loss[1] += count
        return torch.tensor(total / max(1.0, count))

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep what the tune split says, to judge it whole."""
        self._said.append(Said.of(self.task, self.network(*batch.seen), batch))

    def on_validation_epoch_end(self) -> None:
        """The epoch's losses and the values that select; it comes before ``Keep`` judges them."""
        said = Said.together(self._said)
        self._said.clear()
        judged = said.scores, said.targets, said.known
        self.log("tune_loss", said.loss)
        selects = f"tune_{self.task.monitor.name}"
        self.log(selects, self.task.judged(*judged), prog_bar=True)
        for name, value in self.task.each(*judged).items():
            self.log(f"{selects}:{name}", value)
        self.log("train_loss", self._train_loss[0] / max(1.0, self._train_loss[1]), prog_bar=True)
