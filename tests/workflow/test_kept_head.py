"""A training that goes on from another hospital's model with what that knows of the finding."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from medtune.config.load import load_run
from medtune.errors import WeightsError
from medtune.run_folder import RunFolder
from medtune.workflow.check import check
from medtune.workflow.ladder import ladder
from medtune.workflow.taught_rungs import rung_run
from medtune.workflow.train import train

KEPT = [
    "model.head=kept", "model.adapt=lp_ft", "training.epochs=1", "training.head_epochs=1",
    "model.harmonise=response",
]  # fmt: skip
SPOILT = [*KEPT, "training.learning_rate=0.9", "training.head_learning_rate=0.9"]


@pytest.fixture
def home(blobs: Path, tmp_path: Path) -> Path:
    shutil.copytree(blobs, tmp_path / "home")
    return tmp_path / "home"


def test_where_no_epoch_is_better_the_model_stays_what_it_was(home: Path, capsys):
    run = load_run(home / "south.yaml", SPOILT)
    train(run, show=True)
    ours = load_file(home / "runs/south/model.safetensors")
    theirs = load_file(home / "runs/north/model.safetensors")
    for name, value in theirs.items():
        if not name.startswith("familiarity."):
            assert torch.equal(ours[name], value), name
    assert "as it came: tune loss" in capsys.readouterr().err


def test_a_run_of_other_findings_is_refused_by_check_and_before_training(home: Path):
    labels = pd.read_csv(home / "south/labels.csv").rename(columns={"effusion": "nodule"})
    labels.to_csv(home / "south/labels.csv", index=False)
    other = ["data.findings=[nodule]", "evaluation={}", "ladder={}"]
    run = load_run(home / "south.yaml", [*KEPT, *other])
    said = "the run north learnt effusion, and none of nodule"
    with pytest.raises(WeightsError, match=said):
        train(run, show=False)
    assert not (home / "runs/south").exists()
    assert any(said in problem for problem in check(run, show=False).problems)


def test_check_tells_that_a_file_of_weights_has_no_head_to_keep(home: Path):
    file = home / "runs/north/model.safetensors"
    run = load_run(home / "south.yaml", [*KEPT, f"model.weights={file}"])
    assert any("is no folder of one" in problem for problem in check(run, show=False).problems)


def test_a_ladders_rungs_keep_the_head_and_a_fast_probe_fits_its_own(home: Path, capsys):
    run = load_run(home / "south.yaml", ["model.head=kept"])
    ladder(run, show=True)
    said = capsys.readouterr().err
    assert said.count("norm: training ") == said.count("as it came: ") == run.ladder.folds
    folder = RunFolder(home / "runs/south").ladder
    assert [rung_run(run, folder, name).model.head for name in run.ladder.teach] == ["new", "kept"]
