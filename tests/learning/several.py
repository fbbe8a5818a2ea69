"""Runs as one of several processes: python -m tests.learning.several FOLDER SCENARIO ..."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from medtune.learning import sharding
from medtune.learning.fit import fit
from medtune.learning.lesson import Lesson
from medtune.learning.ranks import ALONE, Ranks, joined
from tests.learning.small import Blobs, StoppedError, lesson, network
from tests.learning.watching import watched

# What is trained; batches of 50 cases are 13, 13, 12, 12, and of 5 cases 2, 2, 1.
SCENARIOS: dict[str, dict[str, Any]] = {
    "plain": {},
    "parts": {"films_at_once": 3},
    "mixed": {"method": "full", "mixup": 0.4, "cutmix": 1.0},
    "ema": {"method": "full", "keep": "ema", "sampler": "shuffled"},
    "soup": {"method": "full", "keep": "greedy_soup"},
    "found": {"method": "full", "learning_rate": "find", "epochs": 2},
    "lora": {"method": "lora"},
    "few": {"method": "full", "batch_size": 2},
    "divided": {"method": "full", "strategy": "fsdp", "films_at_once": 3},
    "divided_soup": {"strategy": "fsdp", "keep": "greedy_soup"},
    "dropout": {"method": "full"},
}


def taught(folder: Path, scenario: str, ranks: Ranks = ALONE, **changes: Any) -> Lesson:
    """A lesson without what hangs on the share: BatchNorm frozen, no dropout but where asked."""
    learner = network()
    if scenario == "divided":  # by blocks, however small
        sharding.LARGE = 100
        block = (learner.backbone.middle, nn.Conv2d(8, 8, 3, padding=1))
        learner.backbone.middle = nn.Sequential(*block)
    if scenario != "dropout":
        learner.backbone.drop.p = 0.0
    settings = {**SCENARIOS[scenario], **changes, "of_model": {"batch_norm": "frozen"}}
    told = lesson(folder / scenario, learner, **settings)
    training = told.training.model_copy(update={"devices": ranks.world})
    if scenario == "few":
        told = replace(told, train=Blobs(5, 1, jitter=True), tune=Blobs(3, 2))
    return replace(told, ranks=ranks, training=training)


def main(folder: Path, scenarios: list[str]) -> None:
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", category=FutureWarning)
    rank = int(os.environ["RANK"])
    training = lesson(folder, network()).training.model_copy(update={"devices": 2})
    world = int(os.environ["WORLD_SIZE"])
    with joined(training.model_copy(update={"devices": world}), "cpu") as ranks:
        for scenario in scenarios:
            name, _, how = scenario.partition(":")
            if how == "killed" and rank == 1:
                end(lambda: os.kill(os.getpid(), signal.SIGKILL), folder)
            if how == "raises" and rank == 1:
                end(stop, folder)
            if how == "resumed":
                told = taught(folder, name, ranks, checkpoint_minutes=0)
                try:
                    with watched(stop_before=6):
                        fit(told)
                except StoppedError:
                    pass
            told = taught(folder, name, ranks, **({"checkpoint_minutes": 0} if how else {}))
            judgement = fit(told)
            torch.save(told.network.state_dict(), folder / name / f"network-{rank}.pt")
            (folder / name / f"judged-{rank}.json").write_text(json.dumps(judgement))


def end(how: Any, folder: Path) -> None:
    """Let the third step not be taken, and note when it was not."""
    from medtune.learning.module import Learner

    own, steps = Learner.training_step, []

    def step(self: Learner, batch: Any, batch_idx: int) -> Any:
        steps.append(batch_idx)
        if len(steps) == 3:
            (folder / "failed").write_text(str(time.time()))
            how()
        return own(self, batch, batch_idx)

    Learner.training_step = step  # type: ignore[method-assign]


def stop() -> None:
    raise ValueError("the third step")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
