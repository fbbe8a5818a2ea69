"""Twenty steps of every method: python -m tests.golden.losses writes the losses anew."""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from medtune.config.model import FAST_PROBE
from medtune.learning.adapt import METHODS
from medtune.learning.fast_probe import fit_head
from medtune.learning.features import features
from tests.learning.small import CPU, lesson, network, run
from tests.learning.watching import watched

GOLDEN = Path(__file__).with_name("losses.json")
STEPS = 20  # 4 an epoch: the head alone for 2 epochs where there is such a stage, then the rest


def losses_of(method: str) -> list[float]:
    """Float32, one thread."""
    staged = method in ("lp_ft", "gradual", "surgical")
    head_epochs = 2 if staged else 5
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder, watched() as steps:
            run(
                Path(folder), method=method, patience=99, head_epochs=head_epochs,
                epochs=3 if staged else 5,
            )  # fmt: skip
    finally:
        torch.set_num_threads(threads)
    return [step.loss for step in steps]


def loss_of_the_fast_probe() -> list[float]:
    """It takes no steps: what its head loses on the training and on the tune cases."""
    learner = network()
    with tempfile.TemporaryDirectory() as folder:
        own = lesson(Path(folder), learner, method=FAST_PROBE)
        groups = np.arange(len(own.train)).astype(str)
        fit_head(own, groups, partial(features, learner.backbone, hardware=CPU))
        row = pd.read_csv(own.metrics).iloc[0]
    return [float(row["train_loss"]), float(row["tune_loss"])]


if __name__ == "__main__":
    golden = {method: losses_of(method) for method in METHODS}
    golden[FAST_PROBE] = loss_of_the_fast_probe()
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
    sys.exit(0)
