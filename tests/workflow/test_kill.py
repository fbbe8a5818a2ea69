"""SIGKILL in the middle of an epoch: started again, the run ends with the same weights."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

COMMAND = [sys.executable, "-c", "from medtune.cli import main; main()", "train", "south.yaml"]
SETTINGS = [
    "--set", "training.epochs=3", "--set", "training.head_epochs=3",
    "--set", "training.batch_size=2", "--set", "training.patience=9",
    "--set", "data.findings=[effusion]", "--set", "evaluation.operating_point={sensitivity: 0.9}",
]  # fmt: skip


def command(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *SETTINGS], cwd=home, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        text=True, env={**os.environ, "OMP_NUM_THREADS": "2"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    home = fresh(judged, tmp_path_factory.mktemp("whole"))
    whole = command(home)
    _, said = whole.communicate(timeout=300)
    assert whole.returncode == 0, said
    return load_file(home / "runs/south/model.safetensors")


def fresh(judged: Path, folder: Path) -> Path:
    """The films, the generic model and the run file, but nothing of the run."""
    home = folder / "home"
    shutil.copytree(judged / "south", home / "south")
    shutil.copytree(judged / "runs/north", home / "runs/north")
    shutil.copy(judged / "south.yaml", home)
    return home


def shape(weights: dict[str, torch.Tensor]) -> torch.Tensor:
    """What a distance to the training films is made from: axes may point either way, and LAPACK
    rounds as the memory lies, so that it is not held bit by bit as the weights are."""
    axes, precision = weights["familiarity.axes"], weights["familiarity.precision"]
    whole = axes.T @ (precision[:, None] * axes)
    return whole / whole.abs().max()


@pytest.mark.slow  # the fast tests cut a run in the same places, without a process of its own
@pytest.mark.parametrize("stage", ["linear_probe", "full"])
def test_a_killed_run_ends_with_the_same_weights(
    judged: Path, uninterrupted: dict, stage: str, tmp_path: Path
):
    home = fresh(judged, tmp_path)
    killed = command(home)
    assert killed.stderr is not None
    for line in killed.stderr:
        if line.startswith(f"{stage}, epoch 1 of"):
            break
    time.sleep(0.05)  # epochs of this run last longer: the second is under way
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stderr.close()
    assert killed.returncode == -signal.SIGKILL
    assert not (home / "runs/south/model.safetensors").exists()
    again = command(home)
    _, said = again.communicate()  # the suite's own timeout ends what hangs
    assert again.returncode == 0, said
    assert f"{stage}: goes on after epoch 1" in said
    weights = load_file(home / "runs/south/model.safetensors")
    assert weights.keys() == uninterrupted.keys()
    for name, tensor in weights.items():
        if not name.startswith("familiarity."):
            assert torch.equal(tensor, uninterrupted[name]), name
    torch.testing.assert_close(shape(weights), shape(uninterrupted), rtol=1e-3, atol=1e-3)
