"""Fine-tuning at 512 pixels in bf16 on a GPU: films a second beside a bare loop and timm's step."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from medtune.config.model import Model
from medtune.config.training import Training
from medtune.learning.hardware import Hardware, choose
from medtune.learning.task import Network
from medtune.vision.augment_batch import change_on_device
from medtune.vision.backbones import build
from tests.benchmarks import data
from tests.benchmarks.epochs import Epoch, apart

BACKBONES = ("timm/convnext_base", "timm/vit_base_patch16_224.augreg_in21k")


def an_epoch(
    backbone: str, home: Path, *, device: str, films: int, batch: int, size: int, gpu: bool
) -> Epoch:
    """Films of noise, and a network without BatchNorm of random weights: neither changes a time."""
    model = Model(
        backbone=backbone, weights="none", adapt="full", batch_norm="frozen", image_size=size
    )
    training = Training(
        epochs=1, batch_size=batch, learning_rate=1e-4, head_learning_rate=1e-4, device=device,
        augmentation="generic" if gpu else "none", weight_decay=0.0,
    )  # fmt: skip
    store = data.write_store(home, films, size)
    changed = data.films_of(store) if gpu else None
    if changed is not None:
        changed.on_device = change_on_device(size)
    torch.manual_seed(0)
    network = Network(build(model), 1)
    hardware = choose(training) if gpu else Hardware("cpu", "32", "CPU")
    return Epoch(network, data.films_of(store), model, training, hardware, home, changed)


def test_the_three_ways_take_the_same_steps(tmp_path):
    epoch = an_epoch(
        "timm/convnext_atto", tmp_path, device="cpu", films=24, batch=8, size=32, gpu=False
    )
    ours = epoch.medtune()
    assert apart(ours, epoch.bare(), epoch.network) < 1e-3
    assert apart(ours, epoch.timm(), epoch.network) < 1e-3


class Busy:
    """The share of the time in which the GPU computes, asked for ten times a second."""

    def __enter__(self) -> Busy:
        self.shares: list[int] = []
        self._over = threading.Event()
        self._asking = threading.Thread(target=self._ask)
        self._asking.start()
        return self

    def _ask(self) -> None:
        while not self._over.wait(0.1):
            self.shares.append(torch.cuda.utilization())

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._asking.join()

    @property
    def mean(self) -> float:
        """Percent; the first and last fifth, in which things are set up and written, left out."""
        fifth = len(self.shares) // 5
        kept = self.shares[fifth : len(self.shares) - fifth]
        return sum(kept) / len(kept)


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backbone", BACKBONES)
def test_on_a_gpu_films_a_second_are_those_of_a_bare_loop(backbone, ratio, tmp_path):
    if not torch.cuda.is_available():
        pytest.skip("no CUDA GPU")
    films = 2048
    epoch = an_epoch(backbone, tmp_path, device="cuda", films=films, batch=32, size=512, gpu=True)
    assert epoch.hardware.precision == "bf16"
    name = backbone.removeprefix("timm/").split(".")[0]
    found = ratio(
        f"gpu-{name}",
        f"{films} films of 512 pixels through {name} in bf16 with changes and all that is kept",
        {"medtune": epoch.medtune, "bare PyTorch loop": epoch.bare, "timm": epoch.timm},
        {"bare PyTorch loop": 1.05, "timm": 1.0},
        packages=("torch", "lightning", "timm"),
        repetitions=5,
        threads=8,
    )
    for way, seconds in found["seconds"].items():
        print(f"{name}: {way} {films / seconds:.0f} films a second")
    if find_spec("pynvml") is None:
        pytest.skip("how busy the GPU was was not measured: nvidia-ml-py is not installed")
    with Busy() as busy:
        epoch.medtune()
    assert busy.mean >= 90, f"the GPU computed {busy.mean:.0f} % of the time"
