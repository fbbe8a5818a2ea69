"""Lightning's trainer, quiet: what there is to say, ``Keep`` says."""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path

import lightning as L
from lightning.pytorch.loggers import TensorBoardLogger

from medtune.learning.hardware import Hardware

# What Lightning warns of and is meant: one memory-mapped array needs no workers, small sets have
# few batches, a frozen network is in evaluation mode, the data module and not the loader knows
# where to go on; and what it does to itself.
NOT_NEWS = (
    ".*does not have many workers.*",
    ".*number of training batches.*",
    ".*Checkpoint directory .*",
    ".*in eval mode at the start of training.*",
    ".*your dataloader is not resumable.*",
    ".*LeafSpec.*",
)


def run_trainer(
    learner: L.LightningModule,
    batches: L.LightningDataModule,
    keep: L.Callback,
    hardware: Hardware,
    *,
    epochs: int,
    home: Path,
    resume: Path | None,
) -> None:
    """Train a stage.

    Args:
        learner: the stage's module.
        batches: its data.
        keep: what judges and saves.
        hardware: where it runs.
        epochs: the most.
        home: the stage's folder; its name is that of the stage with its number before.
        resume: a checkpoint to go on from.

    Raises:
        KeyboardInterrupt: it was stopped by hand.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    stage = home.name.partition("-")[2]
    board = TensorBoardLogger(home.parent.parent, name="tensorboard", version=stage)
    trainer = L.Trainer(
        accelerator=hardware.device,
        devices=1,
        precision=hardware.lightning_precision,
        max_epochs=epochs,
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
    with warnings.catch_warnings():
        for said in NOT_NEWS:
            warnings.filterwarnings("ignore", message=said)
        try:
            trainer.fit(learner, batches, ckpt_path=resume, weights_only=True)
        except SystemExit as stopped:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from stopped
        finally:
            _without_host(Path(board.log_dir))


def _without_host(board: Path) -> None:
    """TensorBoard puts the machine's name into the names of its files; nobody needs it."""
    for file in board.glob("events.out.tfevents.*.*.*.*"):
        time, number = file.name.split(".")[3], file.name.rsplit(".", 1)[1]
        file.rename(file.with_name(f"events.out.tfevents.{time}.{number}"))
