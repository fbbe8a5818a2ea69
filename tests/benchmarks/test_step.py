"""Training steps of ResNet-18 on the CPU: what our way adds to a bare loop, and what it saves."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest
import torch
from torch.nn import functional as F

from medtune.config.model import Model
from medtune.config.training import Training
from medtune.learning.batches import Batches
from medtune.learning.hardware import Hardware, choose, cpu_has_bf16, to_learn
from medtune.learning.task import Batch, Network
from medtune.vision import augment
from medtune.vision.backbones import build
from medtune.vision.samples import Films
from tests.benchmarks import data
from tests.benchmarks.epochs import Epoch, apart

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


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
def test_an_epoch_costs_a_twentieth_more_than_a_bare_loop_at_most(films, network, ratio, tmp_path):
    epoch = Epoch(network, films, MODEL, TRAINING, FLOAT32, tmp_path)
    # the same way: Adam divides by the size of a gradient, and makes much of how ours is rounded in
    # one pass; at right angles it is 1.4
    assert apart(epoch.medtune(), epoch.bare(), network) < 1e-2
    ratio(
        "step-bare",
        f"an epoch of ResNet-18, {FILMS} films of {SIZE} pixels, float32, with all that is kept",
        {"medtune": epoch.medtune, "bare PyTorch loop": epoch.bare},
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
    epoch = Epoch(network, films, MODEL, TRAINING, choose(TRAINING), tmp_path)
    # the same way, with bf16's rounding: in float32 it is 4e-5, at right angles 1.4
    assert apart(epoch.medtune(), epoch.lightning(), network) < 0.7
    ratio(
        "step-lightning",
        f"an epoch of ResNet-18, {FILMS} films of {SIZE} pixels, against float32",
        {"medtune": epoch.medtune, "lightning in float32": epoch.lightning},
        {"lightning in float32": 0.55},
        packages=("torch", "lightning", "timm"),
        repetitions=7,
        clock="cpu",
    )


STEPS = """
import sys, timm, torch
from medtune.learning.memory import keep_freed_memory
torch.set_num_threads(1)
if sys.argv[1] == "medtune":
    assert keep_freed_memory()
network = timm.create_model("mobilenetv2_100", in_chans=1, num_classes=1)
network.to(memory_format=torch.channels_last)
films = torch.rand(32, 1, 224, 224).contiguous(memory_format=torch.channels_last)
for _ in range(12):
    network(films).mean().backward()
"""


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_a_process_that_keeps_its_memory_takes_two_thirds_of_the_time_at_most(ratio):
    def steps(how: str) -> None:
        subprocess.run([sys.executable, "-c", STEPS, how], check=True)

    ratio(
        "step-memory",
        "twelve passes of 32 films of 224 pixels through MobileNetV2 in a process that keeps freed "
        "memory",
        {"medtune": lambda: steps("medtune"), "torch alone": lambda: steps("torch")},
        {"torch alone": 0.67},
        packages=("torch", "timm"),
        repetitions=5,
    )


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("ignore")
def test_depthwise_convolutions_learn_faster_in_float32_on_a_cpu_with_bf16(films, ratio, tmp_path):
    if not cpu_has_bf16():
        pytest.skip("this CPU has no bf16 in hardware (avx512_bf16 or amx_bf16)")
    model = MODEL.model_copy(update={"backbone": "timm/mobilenetv3_small_100"})
    network = Network(build(model), 1)
    bf16 = choose(TRAINING)
    ours = Epoch(network, films, model, TRAINING, to_learn(network, TRAINING, bf16), tmp_path)
    theirs = Epoch(network, films, model, TRAINING, bf16, tmp_path / "bf16")
    assert (ours.hardware.precision, theirs.hardware.precision) == ("32", "bf16")
    ratio(
        "step-depthwise",
        f"an epoch of MobileNetV3-small, {FILMS} films of {SIZE} pixels, in float32",
        {"medtune": ours.medtune, "the same in bf16": theirs.medtune},
        {"the same in bf16": 0.8},
        packages=("torch", "lightning", "timm"),
        repetitions=7,
        clock="cpu",
    )


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_drawing_a_batch_costs_a_thirtieth_of_its_step_at_most(tmp_path, network, ratio):
    batch_size = 32
    store = data.write_store(tmp_path, batch_size, SIZE)
    changed = data.films_of(store, augment.change_generic())
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
