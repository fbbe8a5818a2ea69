"""One epoch of the same network on the same films: medtune's way, and those of others."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import lightning as L
import torch
from timm.optim import create_optimizer_v2
from torch import nn
from torch.nn import functional as F

from medtune.config.model import Model
from medtune.config.training import Training
from medtune.learning.batches import Batches, Loader, in_order
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.learning.lesson import Lesson
from medtune.learning.task import Batch, Network
from medtune.vision.samples import Films
from medtune.vision.tasks import XrayFindings


@dataclass
class Epoch:
    """What all ways have in common.

    Attributes:
        network: where all of them start; none changes it.
        films: what teaches, as decoded.
        model: what learns: everything, with BatchNorm that moves.
        training: one epoch, without weight decay.
        hardware: device and precision of medtune's way.
        home: where medtune writes.
        changed: the films as medtune is to change them; None: as decoded.
    """

    network: Network
    films: Films
    model: Model
    training: Training
    hardware: Hardware
    home: Path
    changed: Films | None = None
    _number: count[int] = field(default_factory=count)

    def medtune(self) -> Network:
        """As ``medtune train`` does it, with everything that is written meanwhile."""
        folder = self.home / str(next(self._number))
        network = copy.deepcopy(self.network)
        fit(
            Lesson(
                task=XrayFindings(["finding"]), network=network,
                train=self.changed or self.films, tune=self.few(), model=self.model,
                training=self.training, hardware=self.hardware, folder=folder / "checkpoints",
                metrics=folder / "metrics.csv", say=lambda line: None,
            )
        )  # fmt: skip
        return network

    def bare(self) -> Network:
        """The same steps and judgement as plain PyTorch; nothing is logged or written.

        On a GPU with what makes PyTorch fast there: channels_last, fused AdamW, pinned memory.
        """
        gpu = self.hardware.device != "cpu"

        def adamw(network: nn.Module) -> torch.optim.Optimizer:
            rate = self.training.learning_rate
            return torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.0, fused=gpu)

        return self._loop(adamw, lambda: None)

    def timm(self) -> Network:
        """The step of timm's train.py: its AdamW, AMP, --channels-last; it waits for each."""
        wait = torch.cuda.synchronize if self.hardware.device == "cuda" else lambda: None

        def adamw(network: nn.Module) -> torch.optim.Optimizer:
            rate = self.training.learning_rate
            return create_optimizer_v2(network, opt="adamw", lr=rate, weight_decay=0.0)

        return self._loop(adamw, wait)

    def lightning(self) -> nn.Module:
        """What a Lightning tutorial shows: float32, the memory layout of PyTorch."""
        module = Tutorial(self)
        trainer = L.Trainer(
            accelerator="cpu", devices=1, max_epochs=1, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
            default_root_dir=self.home,
        )  # fmt: skip
        trainer.fit(module, self.drawn(), in_order(self.few(), self.training.batch_size))
        return module.network

    def few(self) -> Films:
        """A batch of the films, to judge by."""
        part, size = copy.copy(self.films), self.training.batch_size
        part.case_id, part.rows = self.films.case_id[:size], self.films.rows[:size]
        part.targets, part.known = self.films.targets[:size], self.films.known[:size]
        return part

    def drawn(self) -> Loader:
        """The batches of the first epoch of a stage that is called full."""
        batches = Batches(
            self.films, self.few(), batch_size=self.training.batch_size,
            seed=self.training.seed, stage="full",
        )  # fmt: skip
        batches.begin(0)
        return batches.train_dataloader()

    def scheduled(self, optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LambdaLR:
        """Rising for a twentieth of the epoch's steps, then a cosine."""
        steps = math.ceil(len(self.films) / self.training.batch_size)
        warm = max(1, round(self.training.warm_up * steps))

        def rate(step: int) -> float:
            if step < warm:
                return (step + 1) / (warm + 1)
            return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

        return torch.optim.lr_scheduler.LambdaLR(optimizer, rate)

    def _loop(
        self,
        optimizer_of: Callable[[nn.Module], torch.optim.Optimizer],
        wait: Callable[[], None],
    ) -> Network:
        device, gpu = self.hardware.device, self.hardware.device != "cpu"
        network = copy.deepcopy(self.network).train().to(device)
        optimizer = optimizer_of(network)
        schedule = self.scheduled(optimizer)

        def there(cells: torch.Tensor) -> torch.Tensor:
            return (cells.pin_memory() if gpu else cells).to(device, non_blocking=True)

        for batch in self.drawn():
            optimizer.zero_grad()
            inputs, targets = there(batch.inputs), there(batch.targets)
            with self.hardware.autocast():
                loss = F.binary_cross_entropy_with_logits(network(inputs), targets)
            loss.backward()
            optimizer.step()
            wait()
            schedule.step()
        network.eval()
        with torch.no_grad(), self.hardware.autocast():
            for batch in in_order(self.few(), self.training.batch_size):
                network(there(batch.inputs))
        return network.cpu()


class Tutorial(L.LightningModule):
    """A module without anything that is not needed."""

    def __init__(self, epoch: Epoch) -> None:
        super().__init__()
        self.epoch = epoch
        self.network = copy.deepcopy(epoch.network).to(memory_format=torch.contiguous_format)

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        backbone = self.network.backbone
        grey = (films[:, 0] - backbone.normalisation.mean) / backbone.normalisation.deviation
        return self.network.head(backbone.body(grey))

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(self(batch.inputs), batch.targets)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self(batch.inputs)

    def configure_optimizers(self) -> dict[str, Any]:
        rate = self.epoch.training.learning_rate
        optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=0.0)
        schedule = {"scheduler": self.epoch.scheduled(optimizer), "interval": "step"}
        return {"optimizer": optimizer, "lr_scheduler": schedule}


def apart(one: nn.Module, other: nn.Module, start: nn.Module) -> float:
    """How far two trained networks are from each other, of how far the second has come."""
    a, b, s = (
        torch.cat([p.detach().flatten() for p in n.parameters()]) for n in (one, other, start)
    )
    return float((a - b).norm() / (b - s).norm())
