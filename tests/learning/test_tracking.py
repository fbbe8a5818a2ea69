"""Other trackers get the losses, and not the machine, its user, its folders or the command line."""

from __future__ import annotations

import getpass
import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from medtune.config import Training
from medtune.errors import InputError
from medtune.learning import tracking
from medtune.learning.tracking import MLflow, must_be_there
from tests.learning.small import StoppedError, run
from tests.learning.watching import watched

CANARY = "canary-folder"


def traces(folder: Path) -> set[str]:
    """What must not be found: of the machine, its user, its folders and the command."""
    words = {CANARY, socket.gethostname(), getpass.getuser(), str(Path.cwd()), sys.argv[0]}
    words |= {sys.executable, "pytest", str(Path.home()), str(os.getpid())}
    git = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if git.returncode == 0:
        words.add(git.stdout.strip())
    return {word for word in words if len(word) > 3}


def written(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_no_trace(folder: Path) -> None:
    files = written(folder)
    assert files
    for path, content in files.items():
        for word in traces(folder):
            assert word.encode() not in content, (path.name, word)
            assert word not in str(path.relative_to(folder)), (path, word)
    for link in (path for path in folder.rglob("*") if path.is_symlink()):
        assert not os.readlink(link).startswith("/"), link


@pytest.fixture(autouse=True)
def _nobody_has_said_where(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "WANDB_MODE", "WANDB_API_KEY", *tracking.SILENCE):
        monkeypatch.delenv(name, raising=False)


def test_mlflow_has_the_curves_and_nothing_else(tmp_path: Path) -> None:
    """Cut in the middle, the record is gone on with."""
    settings = {"track": "mlflow", "method": "norm", "epochs": 2, "checkpoint_minutes": 0}
    folder = tmp_path / CANARY / "run"
    with watched(stop_before=6), pytest.raises(StoppedError):
        run(folder, **settings)
    run(folder, **settings)
    from mlflow.tracking import MlflowClient

    client = MlflowClient((folder / "mlruns").as_uri())
    (experiment,) = client.search_experiments()
    (record,) = client.search_runs([experiment.experiment_id])
    assert record.info.run_name == "run/norm"
    assert record.info.status == "FINISHED"
    losses = [m.value for m in client.get_metric_history(record.info.run_id, "tune_loss")]
    expected = pd.read_csv(folder / "metrics.csv")["tune_loss"].to_list()
    assert losses == pytest.approx(expected)
    assert "tune_auroc.bright" in record.data.metrics
    assert record.data.params["batch_size"] == "16"
    assert_no_trace(folder / "mlruns")


def test_wandb_has_the_curves_on_this_disk_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / CANARY / "run"
    run(folder, track="wandb", method="norm", epochs=2)
    (record,) = (folder / "wandb").glob("offline-run-*/*.wandb")
    content = record.read_bytes()
    for word in (b"tune_loss", b"train_loss", b"tune_auroc:bright", b"run/norm", b"batch_size"):
        assert word in content, word
    assert_no_trace(folder / "wandb")


def test_what_the_user_has_set_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of their own, here another folder of files."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "theirs").as_uri())
    run(tmp_path / "run", track="mlflow", method="norm", epochs=1)
    assert not (tmp_path / "run/mlruns").exists()
    assert list((tmp_path / "theirs").rglob("tune_loss"))
    monkeypatch.setenv("WANDB_MODE", "online")
    assert tracking._anonymous()["mode"] == "online"
    monkeypatch.delenv("WANDB_MODE")
    assert tracking._anonymous()["mode"] == "offline"


@pytest.mark.parametrize("track", ["mlflow", "wandb"])
def test_a_tracker_that_is_absent_is_an_error_before_anything_begins(
    track: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'medtune\[track\]'"):
        must_be_there(Training(track=track))
    must_be_there(Training())


def test_names_are_made_of_what_mlflow_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: dict[str, float] = {}
    monkeypatch.setattr(
        "lightning.pytorch.loggers.MLFlowLogger.log_metrics",
        lambda self, metrics, step: logged.update(metrics),
    )
    MLflow.log_metrics(MLflow.__new__(MLflow), {"tune_auroc:no finding (PA)": 1.0}, 3)
    assert logged == {"tune_auroc.no finding _PA_": 1.0}
