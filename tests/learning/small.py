"""A network and samples made for tests: learning knows no modality."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from medtune.config import Model, Training
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware
from medtune.learning.lesson import Lesson
from medtune.learning.losses import masked_bce
from medtune.learning.task import AUROC, Batch, Draw, Network

CPU = Hardware("cpu", "32", "CPU")


class Body(nn.Module):
    """A small network with everything that must freeze: weights, BatchNorm, dropout."""

    width = 8

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.drop = nn.Dropout(0.2)
        self.middle = nn.Conv2d(8, 8, 3, padding=1)
        self.top = nn.Linear(8, 8)

    def forward(self, inputs):
        first = self.drop(F.relu(self.norm(self.stem(inputs[:, 0]))))
        second = first + F.relu(self.middle(first))
        pooled = second.mean((2, 3))
        return pooled + self.top(pooled)

    def blocks(self) -> list[list[str]]:
        named = [name for name, _ in self.named_parameters()]
        parts = (("stem", "norm"), ("middle",), ("top",))
        return [[name for name in named if name.split(".")[0] in part] for part in parts]

    def depths(self) -> dict[str, int]:
        return {name: depth for depth, block in enumerate(self.blocks()) for name in block}


class Blobs:
    """Bright pictures are positive; the second target is mostly unknown."""

    def __init__(self, cases: int, seed: int, jitter: bool = False) -> None:
        rng = np.random.default_rng(seed)
        self.targets = (rng.random((cases, 2)) < 0.5).astype(np.float32)
        self.known = np.ones((cases, 2), bool)
        self.known[:, 1] = rng.random(cases) < 0.2
        noise = rng.normal(0, 0.4, (cases, 1, 1, 6, 6))
        self.inputs = (noise + self.targets[:, :1, None, None, None] * 0.4).astype(np.float32)
        self.jitter = jitter

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitems__(self, draws):
        at = [d.index if isinstance(d, Draw) else d for d in draws]
        inputs = self.inputs[at].copy()
        if self.jitter:
            for i, draw in enumerate(draws):
                if isinstance(draw, Draw):
                    inputs[i] += np.random.default_rng(draw.seed).normal(0, 0.05, inputs[i].shape)
        return Batch(
            torch.from_numpy(inputs),
            torch.from_numpy(self.targets[at]),
            torch.from_numpy(self.known[at]),
            [str(i) for i in at],
        )


class Task:
    def loss(self, logits, batch):
        return masked_bce(logits, batch.targets, batch.known)

    def scores(self, logits):
        return logits.sigmoid()

    monitor = AUROC

    def judged(self, scores, targets, known):
        return self.each(scores, targets, known)["bright"]

    def each(self, scores, targets, known):
        positive, negative = scores[targets[:, 0] == 1, 0], scores[targets[:, 0] == 0, 0]
        return {"bright": float((positive[:, None] > negative[None]).mean())}


def network(seed: int = 0) -> Network:
    torch.manual_seed(seed)
    return Network(Body(), 2)


def model(**changes: Any) -> Model:
    return Model(**{"backbone": "timm/none", "batch_norm": "train", "lora_rank": 2, **changes})


def lesson(
    folder: Path,
    learner: Network,
    *,
    say: Callable[[str], None] = lambda line: None,
    method: str = "lp_ft",
    of_model: dict[str, Any] | None = None,
    **changes: Any,
) -> Lesson:
    settings = {"epochs": 4, "head_epochs": 3, "batch_size": 16, "learning_rate": 0.01}
    training = Training(**{**settings, "head_learning_rate": 0.05, "patience": 9, **changes})
    return Lesson(
        task=Task(), network=learner, train=Blobs(50, 1, jitter=True), tune=Blobs(30, 2),
        model=model(adapt=method, **(of_model or {})), training=training, hardware=CPU,
        folder=folder / "checkpoints", metrics=folder / "metrics.csv", say=say,
    )  # fmt: skip


def run(
    folder: Path, *, knows: bool = False, **changes: Any
) -> tuple[Network, tuple[float, float]]:
    learner = network()
    learner.knows = knows
    return learner, fit(lesson(folder, learner, **changes))


class StoppedError(Exception):
    pass
