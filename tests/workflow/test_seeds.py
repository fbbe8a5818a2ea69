"""The same training with several seeds: each as if it were alone, the first one is the run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.errors import RunError
from medtune.run_folder import RunFolder
from medtune.tables.looks import read_looks
from medtune.tables.predictions import read_predictions
from medtune.workflow import films_steps
from medtune.workflow.evaluate import evaluate
from medtune.workflow.splitting import split_folder
from medtune.workflow.train import train

SETTINGS = [
    "model.weights=none", "model.adapt=linear_probe", "training.head_epochs=1",
    "data.findings=[effusion]", "evaluation={compare_with: [frozen_backbone], resamples: 200}",
]  # fmt: skip


def south(home: Path, *settings: str) -> Run:
    return load_run(home / "south.yaml", [*SETTINGS, *settings], files_must_exist=False)


def equal(one: Path, other: Path) -> bool:
    first, second = load_file(one), load_file(other)
    return first.keys() == second.keys() and all(
        torch.equal(tensor, second[name]) for name, tensor in first.items()
    )


@pytest.fixture(scope="module")
def home(hospitals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained with the seeds 4 and 1, stopped by hand between them, gone on, judged."""
    home = tmp_path_factory.mktemp("seeds") / "home"
    shutil.copytree(hospitals, home)
    run = south(home, "training.seed=4", "training.more_seeds=[1]")
    real, patch = films_steps.fine_tune, pytest.MonkeyPatch()

    def stopped(one: Run, *more: object) -> None:
        if one.training.seed != 4:
            raise KeyboardInterrupt
        real(one, *more)  # type: ignore[arg-type]

    patch.setattr(films_steps, "fine_tune", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(run, show=False)
    patch.undo()
    before = (home / "runs/south/model.safetensors").stat()
    with pytest.raises(RunError, match=r"not finished with seed 1 of 'training\.more_seeds'"):
        evaluate(run, show=False)
    assert not read_looks(split_folder(run))
    train(run, show=False)
    after = (home / "runs/south/model.safetensors").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    evaluate(run, show=False)
    return home


def test_a_further_seed_ends_with_the_weights_of_a_run_of_its_own(home: Path):
    folder = RunFolder(home / "runs/south")
    other = folder.of_seed(1)
    alone = train(south(home, "name=alone", "training.seed=1"), show=False)
    assert equal(other.model, alone / "model.safetensors")
    assert not equal(other.model, folder.model)
    for place in (folder, other):
        assert pd.read_csv(place.metrics)["stage"].tolist() == ["linear_probe"]
        assert "tune_auroc" in json.loads(place.environment.read_text())


def test_one_look_scores_all_and_the_spread_is_written(home: Path):
    folder = RunFolder(home / "runs/south")
    run = load_run(folder.config, files_must_exist=False)
    assert len(read_looks(split_folder(run))) == 1
    scored = read_predictions(folder.predictions)
    assert {"fine_tuned", "fine_tuned:seed=1"} <= set(scored["model"])
    result = json.loads(folder.result.read_text())
    assert result["spread"]["seeds"] == [4, 1]
    value = result["spread"]["measure"]["values"]
    measures = pd.read_csv(folder.measures).fillna({"rule": ""}).set_index("subgroup")
    wanted = {"model": "fine_tuned", "measure": "auroc", "rule": ""}
    measures = measures[(measures[list(wanted)] == list(wanted.values())).all(axis=1)]
    assert value == [measures.loc[name, "value"] for name in ("seed=4", "seed=1")]
    assert (measures.loc["all", "value"], measures.loc["seeds", "low"]) == (value[0], min(value))
    assert "Trained with another seed (1)" in folder.report.read_text()


def test_a_seed_may_be_added_to_a_finished_run(home: Path, tmp_path: Path, capfd):
    later = tmp_path / "home"
    shutil.copytree(home, later)
    shutil.rmtree(later / "runs/south/seeds/1/checkpoints")
    before = (later / "runs/south/model.safetensors").read_bytes()
    more = south(later, "training.seed=4", "training.more_seeds=[1, 2]")
    folder = RunFolder(train(more))
    said = capfd.readouterr().err
    assert "still to train for the spread: 2, about" in said
    assert "seed 2, 1 of 1" in said
    assert folder.of_seed(2).finished
    assert not folder.of_seed(1).checkpoints.exists()  # it was not trained again
    assert folder.model.read_bytes() == before
    assert load_run(folder.config, files_must_exist=False).training.seeds == (4, 1, 2)
    with pytest.raises(RunError, match=r"other settings: training\.seed\."):
        train(south(later, "training.seed=1", "training.more_seeds=[4]"), show=False)


def test_what_several_seeds_cost_is_said_before(home: Path, tmp_path: Path, monkeypatch, capfd):
    def began(*words: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(films_steps, "prepare", began)
    settings = ["name=new", "training.more_seeds=[1, 2]", "training.max_hours=2"]
    with pytest.raises(KeyboardInterrupt):
        train(south(home, *settings))
    said = capfd.readouterr().err
    assert "3 trainings: seed 0 makes the model; 1, 2 show how much another seed changes" in said
    assert "at most 6 hours of epochs" in said
