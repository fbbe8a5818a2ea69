"""Training steps of ResNet-18 on the CPU: what our way adds to a bare loop, and what it saves."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from medtune.config.model import Model
from medtune.config.training import Training
from medtune.learning.batches import Batches, Loader, in_order
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware, choose, cpu_has_bf16
from medtune.learning.lesson import Lesson
from medtune.learning.task import Batch, Network
from medtune.vision import augment
from medtune.vision.backbones import build
from medtune.vision.samples import Films
from medtune.vision.tasks import XrayFindings
from tests.benchmarks import data

SIZE, FILMS, BATCH, RATE = 224, 96, 16, 1e-4
MODEL = Model(backbone="timm/resnet18", weights="none", adapt="full", batch_norm="train")
TRAINING = Training(
    epochs=1, batch_size=BATCH, learning_rate=RATE, head_learning_rate=RATE, device="cpu",
    augmentation="none", weight_decay=0.0,
)  # fmt: skip
FLOAT32 = Hardware("cpu", "32", "CPU")


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Films:
    return data.films_of(data.write_store(tmp_path_factory.mktemp("store"), FILMS, SIZE))


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(build(MODEL), 1)


class Ours:
    """One epoch as ``medtune train`` does it, with everything that is written meanwhile."""

    def __init__(self, network: Network, films: Films, hardware: Hardware, home: Path) -> None:
        self.network, self.films, self.hardware, self.home = network, films, hardware, home
        self.number = count()

    def __call__(self) -> Network:
        folder = self.home / str(next(self.number))
        network = copy.deepcopy(self.network)
        fit(
            Lesson(
                task=XrayFindings(["finding"]), network=network, train=self.films,
                tune=few(self.films), model=MODEL, training=TRAINING, hardware=self.hardware,
                folder=folder / "checkpoints", metrics=folder / "metrics.csv",
                say=lambda line: None,
            )
        )  # fmt: skip
        return network


def few(films: Films) -> Films:
    """A batch of them, to judge by."""
    part = copy.copy(films)
    part.case_id, part.rows = films.case_id[:BATCH], films.rows[:BATCH]
    part.targets, part.known = films.targets[:BATCH], films.known[:BATCH]
    return part


def drawn(films: Films) -> Loader:
    """The batches of the first epoch of a stage that is called full."""
    batches = Batches(films, few(films), batch_size=BATCH, seed=TRAINING.seed, stage="full")
    batches.begin(0)
    return batches.train_dataloader()


def scheduled(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LambdaLR:
    """Rising for a twentieth of the epoch's steps, then a cosine."""
    steps = math.ceil(FILMS / BATCH)
    warm = max(1, round(TRAINING.warm_up * steps))

    def rate(step: int) -> float:
        if step < warm:
            return (step + 1) / (warm + 1)
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, rate)


def bare(network: Network, films: Films) -> Network:
    """The same steps and the same judgement as plain PyTorch; nothing is logged or written."""
    network = copy.deepcopy(network).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.0)
    schedule = scheduled(optimizer)
    for batch in drawn(films):
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(network(batch.inputs), batch.targets).backward()
        optimizer.step()
        schedule.step()
    network.eval()
    with torch.no_grad():
        for batch in in_order(few(films), BATCH):
            network(batch.inputs)
    return network


class Plain(L.LightningModule):
    """What a Lightning tutorial shows: float32, the memory layout of PyTorch."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).to(memory_format=torch.contiguous_format)

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        backbone = self.network.backbone
        grey = (films[:, 0] - backbone.normalisation.mean) / backbone.normalisation.deviation
        return self.network.head(backbone.body(grey))

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(self(batch.inputs), batch.targets)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        self(batch.inputs)

    def configure_optimizers(self) -> dict[str, Any]:
        optimizer = torch.optim.AdamW(self.parameters(), lr=RATE, weight_decay=0.0)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduled(optimizer), "interval": "step"},
        }


def lightning(network: Network, films: Films, home: Path) -> nn.Module:
    """One epoch of it."""
    module = Plain(network)
    trainer = L.Trainer(
        accelerator="cpu", devices=1, max_epochs=1, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
        default_root_dir=home,
    )  # fmt: skip
    trainer.fit(module, drawn(films), in_order(few(films), BATCH))
    return module.network


def apart(one: nn.Module, other: nn.Module, start: nn.Module) -> float:
    """How far two trained networks are from each other, of how far the second has come."""
    a, b, s = (
        torch.cat([p.detach().flatten() for p in n.parameters()]) for n in (one, other, start)
    )
    return float((a - b).norm() / (b - s).norm())


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
def test_an_epoch_costs_a_twentieth_more_than_a_bare_loop_at_most(films, network, ratio, tmp_path):
    ours: Callable[[], Any] = Ours(network, films, FLOAT32, tmp_path)
    assert apart(ours(), bare(network, films), network) < 1e-3
    ratio(
        "step-bare",
        f"an epoch of ResNet-18, {FILMS} films of {SIZE} pixels, float32, with all that is kept",
        {"medtune": ours, "bare PyTorch loop": lambda: bare(network, films)},
        {"bare PyTorch loop": 1.05},
        packages=("torch", "lightning", "timm"),
        repetitions=7,
        clock="cpu",
    )


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
def test_the_default_on_a_cpu_with_bf16_takes_half_the_time_of_plain_lightning(
    films, network, ratio, tmp_path
):
    if not cpu_has_bf16():
        pytest.skip("this CPU has no bf16 in hardware (avx512_bf16 or amx_bf16)")
    ours: Callable[[], Any] = Ours(network, films, choose(TRAINING), tmp_path)
    # the same way, with bf16's rounding: in float32 it is 4e-5, at right angles 1.4
    assert apart(ours(), lightning(network, films, tmp_path), network) < 0.7
    ratio(
        "step-lightning",
        f"an epoch of ResNet-18, {FILMS} films of {SIZE} pixels, against float32",
        {"medtune": ours, "lightning in float32": lambda: lightning(network, films, tmp_path)},
        {"lightning in float32": 0.55},
        packages=("torch", "lightning", "timm"),
        repetitions=7,
        clock="cpu",
    )


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_drawing_a_batch_costs_a_thirtieth_of_its_step_at_most(tmp_path, network, ratio):
    batch_size = 32
    store = data.write_store(tmp_path, batch_size, SIZE)
    changed = data.films_of(store, augment.change(augment.generic()))
    batches = Batches(changed, changed, batch_size=batch_size, seed=0, stage="full")
    batches.begin(0)

    def draw() -> Batch:
        (batch,) = batches.train_dataloader()
        return batch

    batch = draw()
    assert batch.inputs.shape == (batch_size, 1, 1, SIZE, SIZE)
    plain = data.films_of(store).__getitems__(
        [int(name.removeprefix("case")) for name in batch.case_id]
    )
    assert (batch.inputs - plain.inputs).abs().flatten(1).amax(1).gt(0.01).float().mean() > 0.9
    hardware = choose(TRAINING)
    narrow = torch.autocast("cpu", torch.bfloat16, enabled=hardware.precision == "bf16")
    taught = copy.deepcopy(network).train()
    optimizer = torch.optim.AdamW(taught.parameters(), lr=RATE)

    def step() -> None:
        optimizer.zero_grad()
        with narrow:
            loss = F.binary_cross_entropy_with_logits(taught(batch.inputs), batch.targets)
        loss.backward()
        optimizer.step()

    ratio(
        "loader-step",
        f"a batch of {batch_size} films of {SIZE} pixels drawn and changed, against its step of "
        "ResNet-18",
        {"medtune": draw, "step": step},
        {"step": 0.03},
        packages=("torch", "albumentations", "timm"),
        repetitions=7,
        clock="cpu",
    )
