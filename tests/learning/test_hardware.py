"""What the machine is asked for, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from medtune.config import Training
from medtune.errors import InputError
from medtune.learning.fit import fit
from medtune.learning.hardware import Hardware, choose, tensor_float, to_learn
from medtune.learning.task import Batch
from tests.learning.small import lesson, network


def rounding() -> tuple[str, bool]:
    return torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("wanted", [True, False])
def test_tf32_is_as_wanted_meanwhile_and_as_before_afterwards(wanted: bool) -> None:
    before = rounding()
    with tensor_float(wanted):
        assert rounding() == ("high" if wanted else "highest", wanted)
    assert rounding() == before


@pytest.mark.parametrize("precision", ["16", "tf32"])
def test_what_only_a_gpu_has_is_refused_on_a_cpu(precision: str) -> None:
    with pytest.raises(InputError, match=f"precision: {precision}' needs a CUDA GPU"):
        choose(Training(device="cpu", precision=precision))


def test_what_was_taken_is_said() -> None:
    words = choose(Training(device="cpu", precision="32", compile=True, devices=2)).words
    assert words.endswith("32 arithmetic, compiled, 2 devices")


@pytest.mark.parametrize(
    ("groups", "asked", "taken", "learns"),
    [
        (4, "fastest", "bf16", "32"),
        (4, "bf16", "bf16", "bf16"),
        (2, "fastest", "bf16", "bf16"),
        (4, "fastest", "32", "32"),
    ],
)
def test_depthwise_convolutions_learn_in_float32_on_a_cpu_unless_bf16_is_asked_for(
    groups: int, asked: str, taken: str, learns: str
) -> None:
    layers = torch.nn.Sequential(torch.nn.Conv2d(4, 4, 3, groups=groups), torch.nn.Conv2d(4, 1, 1))
    training = Training(device="cpu", precision=asked)
    assert to_learn(layers, training, Hardware("cpu", taken, "CPU")).precision == learns
    gpu = Hardware("cuda", taken, "GPU")
    assert to_learn(layers, training, gpu) is gpu


FAULTS = """
import resource, sys
from medtune.learning.memory import keep_freed_memory
kept = keep_freed_memory() if sys.argv[1] == "kept" else False
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    bytes(bytearray(1 << 26))
before = faults()
for _ in range(20):
    bytes(bytearray(1 << 26))
print(int(kept), faults() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_freed_memory_is_taken_again_without_the_systems_help() -> None:
    said = {}
    for how in ("plain", "kept"):
        run = [sys.executable, "-c", FAULTS, how]
        out = subprocess.run(run, capture_output=True, check=True, text=True).stdout
        said[how] = [int(word) for word in out.split()]
    if not said["kept"][0]:
        pytest.skip("this C library has no mallopt")
    assert said["kept"][1] * 10 < said["plain"][1]


def test_what_is_left_to_be_done_is_done_once_on_the_way_to_the_device() -> None:
    known = torch.ones(2, 1, dtype=torch.bool)
    batch = Batch(torch.ones(2, 1), torch.zeros(2, 1), known, ["a", "b"], later=lambda x: x * 3)
    there = batch.to("cpu")
    assert torch.equal(there.inputs, torch.full((2, 1), 3.0))
    assert torch.equal(there.to("cpu").inputs, there.inputs)


@pytest.mark.slow
def test_a_compiled_network_learns_the_same(tmp_path: Path) -> None:
    taught = []
    for compiled in (False, True):
        learner = network()
        learner.backbone.drop.p = 0.0  # torch.compile draws its own numbers
        own = lesson(
            tmp_path / str(compiled), learner, method="norm", epochs=1, compile=compiled,
            of_model={"batch_norm": "frozen"},
        )  # fmt: skip
        taught.append((fit(own), learner.state_dict()))
    (judged, plain), (judged_too, other) = taught
    assert judged_too == pytest.approx(judged, abs=1e-5)
    for name, one in plain.items():
        torch.testing.assert_close(one, other[name], msg=name)
