"""What the machine is asked for, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from medtune.config import Training
from medtune.errors import InputError
from medtune.learning.fit import fit
from medtune.learning.hardware import choose, tensor_float
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
