"""The LightningModule: one stage of learning, of whatever modality."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import lightning as L
import torch
from torch import Tensor
from torch.distributed.fsdp import FSDPModule
from torch.nn.parallel import DistributedDataParallel

from medtune.config.training import Training
from medtune.learning.adapt import ParameterGroup, freeze_all_but, set_modes
from medtune.learning.batches import Batches
from medtune.learning.judge import Said
from medtune.learning.mixing import mix_as_asked
from medtune.learning.ranks import ALONE, Ranks, sum_over
from medtune.learning.sampling import seed_of
from medtune.learning.sharding import exchange, shard
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
        ranks: the processes that share every batch.
    """

    def __init__(
        self,
        task: Task,
        network: Network,
        groups: list[ParameterGroup],
        stage: str,
        training: Training,
        batch_norm_moves: bool,
        ranks: Ranks = ALONE,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.task = task
        # before the network is divided among processes: what is frozen is not exchanged
        freeze_all_but(network, groups)
        names = {id(parameter): name for name, parameter in network.named_parameters()}
        # by name, since a parameter that is divided is another one
        self.groups = [{**g, "params": [names[id(p)] for p in g["params"]]} for g in groups]
        self.divided = training.strategy == "fsdp" and ranks.world > 1
        self.network = copy.deepcopy(network) if self.divided else network
        self.stage = stage
        self.training_settings = training
        self.batch_norm_moves = batch_norm_moves
        self.ranks = ranks
        self._train_loss = torch.zeros(2, dtype=torch.float64)  # summed, and of how many targets
        self._said: list[Said] = []
        # what is compiled is the call: the network keeps its names, and stays as it is elsewhere
        self._logits = torch.compile(self._plain_logits) if training.compile else self._plain_logits

    def _plain_logits(self, *seen: Tensor) -> Tensor:
        logits: Tensor = self.network(*seen)
        return logits

    def configure_model(self) -> None:
        """Divide the network among the devices, where that is asked for: a copy, not the given."""
        if self.divided and not isinstance(self.network, FSDPModule):
            shard(self.network, self.device_mesh["data_parallel"])

    def configure_optimizers(self) -> dict[str, Any]:
        """AdamW on the stage's parameters; the rates rise shortly, then follow a cosine to 0."""
        # one pass over all parameters: on a CPU a ninth of the time
        fused = True if self.device.type in ("cuda", "cpu") else None
        named = dict(self.network.named_parameters())
        groups = [{**g, "params": [named[name] for name in g["params"]]} for g in self.groups]
        optimizer = torch.optim.AdamW(groups, fused=fused)
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
        self._train_loss = torch.zeros(2, dtype=torch.float64)

    def _begin(self) -> None:
        """What is frozen is frozen, and the batches are those of the epoch."""
        set_modes(self.network, batch_norm_moves=self.batch_norm_moves)
        batches: Batches = self.trainer.datamodule
        batches.begin(self.current_epoch)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The loss so far of an epoch that is saved in its middle."""
        checkpoint["train_loss"] = self._train_loss.tolist()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on where the checkpoint was written."""
        self._train_loss = torch.tensor(checkpoint["train_loss"], dtype=torch.float64)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Dropout and the like are a function of the place, not of what was drawn before."""
        place = (self.training_settings.seed, self.stage, self.current_epoch, batch_idx)
        share = () if self.ranks.first else (f"share {self.ranks.rank}",)
        torch.manual_seed(seed_of(*place, *share))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """One step on the mean loss over the known targets of the batch.

        The batch goes through the network in parts that fit, on several devices at once, and the
        sum of the losses is divided by their count at the end: neither parts nor devices change
        a gradient, however the unknown targets lie.
        """
        optimizer, schedule = self.optimizers(), self.lr_schedulers()
        optimizer.zero_grad()
        batches: Batches = self.trainer.datamodule
        cases = batches.sampler.size(batch_idx)  # of all processes together
        wide = torch.float32 if self.device.type == "mps" else torch.float64
        sums = torch.zeros(2, dtype=wide, device=self.device)
        for part, last in self._parts(batch, batch_idx, cases):
            with self._exchanged(last):
                loss, known = self.task.loss(self._logits(*part.seen), part)
                self.manual_backward(loss / cases)
            sums += torch.stack((loss.detach(), known))
        sums = sum_over(sums, self.ranks)
        # what is exchanged is the mean over the processes, what is wanted the mean over the known
        scale = cases * self.ranks.world / sums[1].clamp(min=1)
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        torch._foreach_mul_(gradients, scale.to(gradients[0].dtype))
        optimizer.step()
        schedule.step()
        self._train_loss = self._train_loss.to(self.device) + sums
        return sums[0] / sums[1].clamp(min=1)

    def _parts(self, batch: Batch, batch_idx: int, cases: int) -> Iterator[tuple[Batch, bool]]:
        """What goes through the network here, and whether it is the step's last.

        As many parts on every process, since they meet in each.
        """
        if self.training_settings.mixes:
            place = (self.training_settings.seed, self.stage, self.current_epoch, batch_idx)
            whole = mix_as_asked(batch, self.training_settings, seed_of(*place, "mixing"))
            own = self.ranks.share(cases)
            batch = whole.of(own) if own.stop > own.start else whole.unknown()
        most = self.ranks.largest(cases)
        at_once = self.training_settings.films_at_once or most
        assert isinstance(at_once, int)  # found before the stage began, where it had to be
        parts = list(batch.parts(at_once))
        count = -(-most // at_once)
        parts += [batch.unknown()] * (count - len(parts))
        for number, part in enumerate(parts, start=1):
            yield part, number == count

    def _exchanged(self, wanted: bool) -> AbstractContextManager[None]:
        """Gradients are exchanged once a step."""
        exchange(self.network, wanted)
        model = self.trainer.model
        if isinstance(model, DistributedDataParallel) and not wanted:
            return model.no_sync()
        return nullcontext()

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Keep what the tune split says, to judge it whole."""
        self._said.append(Said.of(self.task, self._logits(*batch.seen), batch))

    def on_validation_epoch_end(self) -> None:
        """The epoch's losses and the values that select; it comes before ``Keep`` judges them."""
        batches: Batches = self.trainer.datamodule
        own = self._said if batches.judged else []
        said = Said.together(part for parts in self.ranks.gathered(own) for part in parts)
        self._said.clear()
        judged = said.scores, said.targets, said.known
        self.log("tune_loss", said.loss)
        selects = f"tune_{self.task.monitor.name}"
        self.log(selects, self.task.judged(*judged), prog_bar=True)
        for name, value in self.task.each(*judged).items():
            self.log(f"{selects}:{name}", value)
        total, count = self._train_loss.tolist()
        self.log("train_loss", total / max(1.0, count), prog_bar=True)
