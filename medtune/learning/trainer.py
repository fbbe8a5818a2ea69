"""Lightning's trainer, quiet: what there is to say, ``Keep`` says."""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path
from typing import Any

import lightning as L
from lightning.fabric.plugins.environments import LightningEnvironment
from lightning.pytorch.strategies import DDPStrategy, ModelParallelStrategy

from medtune.config.training import Training
from medtune.learning.hardware import Hardware, tensor_float
from medtune.learning.memory import keep_freed_memory
from medtune.learning.ranks import Ranks
from medtune.learning.tracking import recorded

# What Lightning warns of and is meant: one memory-mapped array needs no workers, small sets have
# few batches, a frozen network is in evaluation mode, the data module and not the loader knows
# where to go on, all processes judge the same; and what it does to itself.
NOT_NEWS = (
    ".*does not have many workers.*",
    ".*number of training batches.*",
    ".*Checkpoint directory .*",
    ".*in eval mode at the start of training.*",
    ".*your dataloader is not resumable.*",
    ".*when logging on epoch level in distributed setting.*",
    ".*`broadcast_buffers` is deprecated.*",
    ".*LeafSpec.*",
)


def run_trainer(
    learner: L.LightningModule,
    batches: L.LightningDataModule,
    keep: L.Callback,
    hardware: Hardware,
    training: Training,
    ranks: Ranks,
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
        training: the run's training section.
        ranks: the processes that train together.
        epochs: the most.
        home: the stage's folder; its name is that of the stage with its number before.
        resume: a checkpoint to go on from.

    Raises:
        KeyboardInterrupt: it was stopped by hand.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    if hardware.device == "cpu":
        keep_freed_memory()
    with warnings.catch_warnings(), recorded(training, home, first=ranks.first) as loggers:
        for said in NOT_NEWS:
            warnings.filterwarnings("ignore", message=said)
        trainer = L.Trainer(
            accelerator=hardware.device,
            **_shared(training, ranks),
            sync_batchnorm=ranks.world > 1 and hardware.device == "cuda",
            precision=hardware.lightning_precision,
            max_epochs=epochs,
            callbacks=[keep],
            logger=loggers,
            log_every_n_steps=10,
            num_sanity_val_steps=0,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=sys.stderr.isatty() and ranks.first,
            deterministic="warn" if hardware.device == "cuda" else None,
            default_root_dir=home,
        )
        try:
            with tensor_float(hardware.precision == "tf32"):
                trainer.fit(learner, batches, ckpt_path=resume, weights_only=True)
        except SystemExit as stopped:  # what Lightning makes of Ctrl-C
            raise KeyboardInterrupt from stopped


def _shared(training: Training, ranks: Ranks) -> dict[str, Any]:
    """How the trainer spreads over processes; they are there already."""
    if ranks.world == 1:
        return {"devices": 1, "plugins": [LightningEnvironment()]}
    divided = ModelParallelStrategy(
        data_parallel_size=ranks.world, tensor_parallel_size=1, save_distributed_checkpoint=False
    )
    # buffers are frozen, or the same everywhere by SyncBatchNorm
    whole = DDPStrategy(broadcast_buffers=False)
    return {
        "devices": training.devices,
        "num_nodes": training.nodes,
        "plugins": [ranks.environment],
        "strategy": divided if training.strategy == "fsdp" else whole,
    }
