"""``train`` as a whole in two processes, started by itself and by torchrun."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from medtune.config.load import load_run
from medtune.config.model import Model
from medtune.config.training import Training
from medtune.errors import InputError
from medtune.learning.hardware import Hardware, refuse_devices
from medtune.learning.ranks import must_be_launched
from medtune.phantom import NORTH, write_hospital
from medtune.workflow.train import train
from tests.workflow.conftest import GENERIC

TRAIN = ["-m", "medtune.cli", "train", "north.yaml"]
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
CPU = Hardware("cpu", "32", "CPU")


def python(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=home, capture_output=True, text=True, timeout=600,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small hospital and its run, finished by one process; do not write here."""
    home = tmp_path_factory.mktemp("alone")
    write_hospital(home / "north", NORTH, patients=60, seed=1, size=64)
    text = GENERIC.replace("batch_norm: train", "batch_norm: frozen")
    (home / "north.yaml").write_text(text.replace("epochs: 3", "epochs: 2"))
    train(load_run(home / "north.yaml"), show=False)
    return home


def fresh(alone: Path, home: Path) -> Path:
    """The films and the run file, but nothing of the run."""
    (home / "north").symlink_to(alone / "north")
    shutil.copy(alone / "north.yaml", home)
    return home


@pytest.mark.parametrize(
    "launcher",
    [
        pytest.param([], id="by itself", marks=pytest.mark.slow),
        pytest.param(TORCHRUN, id="torchrun"),
    ],
)
def test_two_processes_end_with_one_model(alone: Path, launcher: list[str], tmp_path: Path) -> None:
    home = fresh(alone, tmp_path)
    done = python(home, *launcher, *TRAIN, "--set", "training.devices=2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Trained:") == 1
    assert done.stderr.count("finished: tune AUROC") == 1
    assert done.stderr.count("full, epoch 1 of") == 1
    ours, whole = home / "runs/north", alone / "runs/north"
    assert sorted(p.name for p in ours.iterdir()) == sorted(p.name for p in whole.iterdir())
    expected = load_file(whole / "model.safetensors")
    for name, tensor in load_file(ours / "model.safetensors").items():
        if name.startswith("familiarity."):  # an eigenvector may turn round at the least change
            continue
        torch.testing.assert_close(tensor, expected[name], rtol=1e-3, atol=1e-3, msg=name)
    limits = [load_file(run / "model.safetensors")["familiarity.limit"] for run in (ours, whole)]
    torch.testing.assert_close(*limits, rtol=0.05, atol=0, equal_nan=True)
    history, other = (pd.read_csv(run / "metrics.csv") for run in (ours, whole))
    for column in ("train_loss", "tune_loss"):
        assert history[column].to_list() == pytest.approx(other[column].to_list(), abs=1e-4)
    if not launcher:
        again = python(home, *TRAIN, "--set", "training.devices=2")
        assert again.returncode == 0
        assert again.stderr.count("is finished already") == 1


@pytest.mark.slow
def test_what_the_first_cannot_prepare_is_said_once(alone: Path, tmp_path: Path) -> None:
    home = fresh(alone, tmp_path)
    wrong = ("--set", "training.devices=2", "--set", "data.findings=[nothing_of_the_kind]")
    done = python(home, *TRAIN, *wrong)
    assert done.returncode == 2
    assert done.stderr.count("nothing_of_the_kind") == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "mistake of its own" not in done.stderr


@pytest.mark.parametrize(
    ("of_training", "of_model", "hardware", "said"),
    [
        ({"devices": 2}, {"adapt": "fast_probe"}, CPU, "sees each film once, on one device"),
        ({"devices": 2}, {"batch_norm": "train"}, CPU, "Write frozen or adapt"),
        (
            {"devices": 2, "strategy": "fsdp"},
            {"batch_norm": "train"},
            Hardware("cuda", "bf16", "GPU"),
            "needs CUDA GPUs and 'strategy: ddp'",
        ),
        ({"devices": 2}, {}, Hardware("mps", "32", "GPU"), "one Apple GPU"),
        ({"devices": 9}, {}, Hardware("cuda", "bf16", "GPU"), "asks for 9 GPUs"),
    ],
)
def test_what_cannot_be_divided_is_refused_before_anything_begins(
    of_training: dict, of_model: dict, hardware: Hardware, said: str
) -> None:
    model = Model(backbone="timm/resnet18", **of_model)
    with pytest.raises(InputError, match=said):
        refuse_devices(model, Training(**of_training), hardware)


def test_refused_before_a_film_is_read(alone: Path, tmp_path: Path) -> None:
    home = fresh(alone, tmp_path)
    run = load_run(home / "north.yaml", ["training.devices=2", "model.batch_norm=train"])
    with pytest.raises(InputError, match=r"model\.batch_norm: train"):
        train(run, show=False)
    assert not (home / "work").exists()


def test_who_starts_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert must_be_launched(Training(devices=2))
    assert not must_be_launched(Training())
    with pytest.raises(InputError, match="torchrun --nnodes 2 --nproc-per-node 4"):
        must_be_launched(Training(devices=4, nodes=2))
    slurm = {"SLURM_STEP_NUM_TASKS": "8", "SLURM_NTASKS": "8", "SLURM_NTASKS_PER_NODE": "4"}
    for name, value in {**slurm, "SLURM_JOB_NAME": "train"}.items():
        monkeypatch.setenv(name, value)
    assert not must_be_launched(Training(devices=4, nodes=2))
    with pytest.raises(InputError, match="started in 8 processes"):
        must_be_launched(Training(devices=2))
