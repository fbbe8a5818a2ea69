"""Who else keeps a record of a training: TensorBoard always, MLflow or Weights & Biases if asked.

What they record of their own accord is switched off: they would write down the command line, the
name of the machine and of its user, paths, packages and the state of a Git repository, and both
report their own use to their makers.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

from medtune.config.training import Training
from medtune.errors import InputError
from medtune.tables.schema import write_text

RECORD = "record.txt"  # in a stage's folder: the record's identifier, to go on with it
EXPERIMENT = "medtune"
NO_PLACE = "mlflow-artifacts:/medtune"  # MLflow wants one for files, and gets none

SILENCE = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_FILE_STORE": "true",  # which it would rather see replaced by a data base
    "WANDB_ERROR_REPORTING": "false",
}


def must_be_there(training: Training) -> None:
    """Refuse a tracker that is not installed, before anything begins.

    Raises:
        InputError: says how it is installed.
    """
    if training.track != "tensorboard" and importlib.util.find_spec(training.track) is None:
        raise InputError(
            f"'training.track: {training.track}' needs a package that is not installed: "
            "pip install 'medtune[track]'."
        )


@contextmanager
def recorded(training: Training, home: Path, *, first: bool = True) -> Iterator[list[Logger]]:
    """What a stage is recorded by, until it ends.

    Args:
        training: the run's training section.
        home: the stage's folder, two below the run's; its name is that of the stage with its
            number before.
        first: whether this process writes.
    """
    run, stage = home.parent.parent, home.name.partition("-")[2]
    board = TensorBoardLogger(run, name="tensorboard", version=stage)
    if not first:
        yield [board]
        return
    others = {"mlflow": _mlflow, "wandb": _wandb}
    with ExitStack() as open_ones:
        open_ones.callback(_without_host, Path(board.log_dir))
        loggers: list[Logger] = [board]
        if training.track != "tensorboard":
            for name, value in SILENCE.items():
                os.environ.setdefault(name, value)
            other = open_ones.enter_context(others[training.track](run, stage, home / RECORD))
            other.log_hyperparams(training.model_dump(mode="json"))
            loggers.append(other)
        yield loggers


def _without_host(board: Path) -> None:
    """TensorBoard puts the machine's name into the names of its files; nobody needs it."""
    for file in board.glob("events.out.tfevents.*.*.*.*"):
        time, number = file.name.split(".")[3], file.name.rsplit(".", 1)[1]
        file.rename(file.with_name(f"events.out.tfevents.{time}.{number}"))


class MLflow(MLFlowLogger):
    """Lightning's logger, which would drop the colon between a measure and its finding."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log values under names of the characters that MLflow takes."""
        named = {
            re.sub(r"[^\w/. -]", "_", name.replace(":", ".")): v for name, v in metrics.items()
        }
        super().log_metrics(named, step)


@contextmanager
def _mlflow(run: Path, stage: str, record: Path) -> Iterator[Logger]:
    """A run of MLflow, in a folder of files unless the user names a server.

    It is made here, not by Lightning, which adds the user's name and the command line.
    """
    from mlflow.tracking import MlflowClient

    place = os.environ.get("MLFLOW_TRACKING_URI")
    if place is None:
        files = run / "mlruns"
        files.mkdir(exist_ok=True)  # one that MLflow makes holds an experiment with a path
        place = files.as_uri()
    client = MlflowClient(place)
    if not record.exists():
        known = client.get_experiment_by_name(EXPERIMENT)
        experiment = (
            client.create_experiment(EXPERIMENT, artifact_location=NO_PLACE)
            if known is None
            else known.experiment_id
        )
        made = client.create_run(experiment, run_name=f"{run.name}/{stage}")
        write_text(made.info.run_id, record)
    yield MLflow(tracking_uri=place, run_id=record.read_text(encoding="utf-8"))


@contextmanager
def _wandb(run: Path, stage: str, record: Path) -> Iterator[Logger]:
    """A run of Weights & Biases: on this disk unless the user has set WANDB_MODE."""
    import wandb

    _without_logs(run / "wandb")  # of a training that was killed
    if not record.exists():
        write_text(uuid.uuid4().hex[:8], record)
    told = wandb.init(
        project=EXPERIMENT,
        name=f"{run.name}/{stage}",
        id=record.read_text(encoding="utf-8"),
        resume="allow",
        dir=run,
        reinit="create_new",
        settings=wandb.Settings(**_anonymous()),
    )
    try:
        yield WandbLogger(project=EXPERIMENT, save_dir=run, experiment=told)
    finally:
        told.finish()
        _without_logs(run / "wandb")


def _without_logs(folder: Path) -> None:
    """What Weights & Biases writes about itself names the folder; it is not part of the record."""
    for logs in folder.glob("*run-*/logs"):
        shutil.rmtree(logs)
    for link in folder.glob("debug*.log"):
        link.unlink()


def _anonymous() -> dict[str, Any]:
    """Settings of Weights & Biases with which it records what it is told, and nothing else."""
    return {
        "mode": os.environ.get("WANDB_MODE", "offline"),
        "console": "off",
        "disable_code": True,
        "disable_git": True,
        "disable_job_creation": True,
        "save_code": False,
        "silent": True,
        "host": "medtune",
        "username": "medtune",
        "program": "medtune",
        "program_abspath": "medtune",
        "program_relpath": "medtune",
        "x_disable_meta": True,
        "x_disable_machine_info": True,
        "x_disable_stats": True,
        "x_save_requirements": False,
    }
