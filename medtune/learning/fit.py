"""The stages of a fine-tuning, one after the other, each resumable from its last whole epoch."""

from __future__ import annotations

import logging
import math
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.loggers import TensorBoardLogger

from medtune.config.training import Training
from medtune.learning.adapt import METHODS, Stage
from medtune.learning.batches import Batches
from medtune.learning.hardware import Hardware
from medtune.learning.keep import BEST, LAST, Keep
from medtune.learning.module import Learner
from medtune.learning.odds import Odds
from medtune.learning.task import Network, Samples, Task
from medtune.learning.weights import load_exactly, read_card, read_state, save_weights

# What Lightning warns of and is meant: one memory-mapped array needs no workers, small sets have
# few batches, a frozen network is in evaluation mode; and what it does to itself.
NOT_NEWS = (
    ".*does not have many workers.*",
    ".*number of training batches.*",
    ".*Checkpoint directory .*",
    ".*in eval mode at the start of training.*",
    ".*LeafSpec.*",
)
UNBEATEN = (-math.inf, math.inf)


@dataclass(frozen=True)
class Lesson:
    """What all stages of a fine-tuning have in common.

    Attributes:
        task: what is learned.
        network: what learns it; its weights are changed in place.
        train: cases that teach.
        tune: cases that select.
        training: the run's training section.
        batch_norm_moves: whether statistics of BatchNorm that learns move.
        hardware: where it runs.
        folder: the run's ``checkpoints``.
        metrics: the run's ``metrics.csv``.
        say: takes lines for a person.
        odds: (N,) how often each case that teaches is drawn; None: once an epoch.
    """

    task: Task
    network: Network
    train: Samples
    tune: Samples
    training: Training
    batch_norm_moves: bool
    hardware: Hardware
    folder: Path
    metrics: Path
    say: Callable[[str], None]
    odds: Odds | None = None


def fit(lesson: Lesson, method: str) -> tuple[float, float]:
    """Fine-tune a network; it ends with the best weights of all stages.

    A stage is done when its file ``<n>-<stage>.safetensors`` is there. One that was interrupted
    goes on after its last whole epoch, and ends with the same weights as if it had not been.

    Args:
        lesson: who learns what, from what.
        method: a name in ``adapt.METHODS``.

    Returns:
        AUROC and loss of the best weights on the tune split.

    Raises:
        KeyboardInterrupt: it was stopped by hand.
    """
    best = UNBEATEN
    past: list[dict[str, Any]] = []
    for number, stage in enumerate(METHODS[method](lesson.network, lesson.training), start=1):
        done = lesson.folder / f"{number}-{stage.name}.safetensors"
        if not done.exists():
            _run(lesson, stage, done, past, best)
        card = read_card(done)
        load_exactly(lesson.network, read_state(done), done.name)
        best = (float(card["tune"][0]), float(card["tune"][1]))
        past = card["history"]
    return best


def _run(
    lesson: Lesson,
    stage: Stage,
    done: Path,
    past: list[dict[str, Any]],
    start: tuple[float, float],
) -> None:
    """One stage, from its start or its last whole epoch, to its file."""
    home, training = done.with_suffix(""), lesson.training
    home.mkdir(parents=True, exist_ok=True)
    if start != UNBEATEN and not (home / BEST).exists():
        # what the stage before reached stands until an epoch is better
        save_weights(lesson.network, home / BEST, {"tune": list(start)})
    keep = Keep(home, lesson.metrics, past, start, stage.epochs, training.patience, lesson.say)
    last = home / LAST
    state = _resume_point(last)
    if state is not None:
        keep.load_state_dict(state)
        lesson.say(f"{stage.name}: goes on after epoch {keep.rows[-1]['epoch']}")
    if not keep.finished:
        learner = Learner(
            lesson.task,
            lesson.network,
            stage,
            training,
            batch_norm_moves=lesson.batch_norm_moves,
        )
        batches = Batches(
            lesson.train,
            lesson.tune,
            batch_size=training.batch_size,
            seed=training.seed,
            stage=stage.name,
            odds=lesson.odds,
        )
        trainer = _trainer(stage, lesson.hardware, home, keep)
        with warnings.catch_warnings():
            for said in NOT_NEWS:
                warnings.filterwarnings("ignore", message=said)
            try:
                trainer.fit(learner, batches, ckpt_path=last if state else None, weights_only=True)
            except SystemExit as stopped:  # what Lightning makes of Ctrl-C
                raise KeyboardInterrupt from stopped
            finally:
                _without_host(Path(trainer.loggers[0].log_dir or home))
    card = {"tune": list(keep.best), "history": [*past, *keep.rows], "epoch": keep.best_epoch}
    load_exactly(lesson.network, read_state(home / BEST), BEST)
    save_weights(lesson.network, done, card)
    shutil.rmtree(home)


def _resume_point(last: Path) -> dict[str, Any] | None:
    """What ``Keep`` knew at the last whole epoch; None where there is none."""
    if not last.exists():
        return None
    checkpoint = torch.load(last, map_location="cpu", weights_only=True)
    state: dict[str, Any] = checkpoint["callbacks"]["Keep"]
    return state


def _without_host(board: Path) -> None:
    """TensorBoard puts the machine's name into the names of its files; nobody needs it."""
    for file in board.glob("events.out.tfevents.*.*.*.*"):
        time, number = file.name.split(".")[3], file.name.rsplit(".", 1)[1]
        file.rename(file.with_name(f"events.out.tfevents.{time}.{number}"))


def _trainer(stage: Stage, hardware: Hardware, home: Path, keep: Keep) -> L.Trainer:
    """Lightning's trainer, quiet: what there is to say, ``Keep`` says."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    board = TensorBoardLogger(home.parent.parent, name="tensorboard", version=stage.name)
    return L.Trainer(
        accelerator=hardware.device,
        devices=1,
        precision=hardware.lightning_precision,
        max_epochs=stage.epochs,
        callbacks=[keep],
        logger=board,
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=sys.stderr.isatty(),
        deterministic="warn" if hardware.device == "cuda" else None,
        default_root_dir=home,
    )
