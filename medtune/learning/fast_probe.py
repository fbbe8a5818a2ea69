"""``adapt: fast_probe``: the head by L-BFGS on features that are computed once."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from medtune.config.model import FAST_PROBE
from medtune.learning.batch_norm import measure_statistics
from medtune.learning.batches import in_order
from medtune.learning.features import FeaturesOf
from medtune.learning.judge import Said
from medtune.learning.lesson import Lesson
from medtune.learning.probe import Probe, fit_probe
from medtune.learning.task import Batch, Network, Samples
from medtune.learning.weights import load_exactly, read_card, read_state, save_weights
from medtune.tables.schema import write_table

READ = 64  # cases that are in memory together


def fit_head(
    lesson: Lesson, groups: NDArray[np.str_], features_of: FeaturesOf
) -> tuple[float, float]:
    """Give a network the head that logistic regression finds; of the backbone nothing changes.

    The strength of its shrinkage is chosen for each target by cross-validation over the training
    cases' groups; the tune split chooses nothing, and is judged as after every other method. It is
    done when the file ``1-fast_probe.safetensors`` is there.

    Args:
        lesson: who learns what, from what; nothing of it is drawn at random or changed.
        groups: (N,) of the training cases.
        features_of: the backbone's, of cases as they are.

    Returns:
        The value that the task's monitor has on the tune split, and the loss there.
    """
    done = lesson.folder / f"1-{FAST_PROBE}.safetensors"
    if not done.exists():
        if lesson.model.batch_norm == "adapt":
            measure_statistics(lesson.network, lesson.teach.batches())
        _learn(lesson, groups, features_of, done)
    load_exactly(lesson.network, read_state(done), done.name)
    card = read_card(done)
    write_table(pd.DataFrame(card["history"]), lesson.metrics)
    lesson.watch(card["history"], False)
    return lesson.task.monitor.worth(float(card["tune"][0])), float(card["tune"][1])


def _learn(lesson: Lesson, groups: NDArray[np.str_], features_of: FeaturesOf, done: Path) -> None:
    began = time.monotonic()
    seen, answers = features_of(lesson.train), _answers(lesson.train)
    targets, known = answers.targets.numpy().astype(np.float64), answers.known.numpy()
    # a soft label has no class: it cannot teach a logistic regression
    known = known & np.isin(targets, (0, 1))
    probe = fit_probe(seen, targets, known, groups, seed=lesson.training.seed)
    put_into(lesson.network, probe)
    monitor = lesson.task.monitor
    taught = _said(lesson, seen, answers)
    tuned = _said(lesson, features_of(lesson.tune), _answers(lesson.tune))
    judged = tuned.scores, tuned.targets, tuned.known
    value = lesson.task.judged(*judged)
    row = {
        "stage": FAST_PROBE,
        "epoch": 1,
        "train_loss": taught.loss,
        "tune_loss": tuned.loss,
        f"tune_{monitor.name}": value,
        **{f"tune_{monitor.name}:{name}": v for name, v in lesson.task.each(*judged).items()},
        "learning_rate": None,
        "seconds": round(time.monotonic() - began, 2),
    }
    strengths = [None if np.isnan(c) else float(c) for c in probe.strength]
    card = {
        "tune": [monitor.worth(value), tuned.loss],
        "history": [row],
        "kept": {"what": FAST_PROBE, "strengths": strengths},
        "parameters": sum(p.numel() for p in lesson.network.head.parameters()),
    }
    save_weights(lesson.network, done, card)
    alike = strengths.count(None)
    lesson.say(
        f"{FAST_PROBE}: {len(lesson.train)} films, {seen.shape[1]} features, "
        f"train loss {taught.loss:.4f}, tune loss {tuned.loss:.4f}, "
        f"tune {monitor.words} {value:.4f}"
        + (
            f"; no head for {alike} of {len(strengths)} findings, alike in all films"
            if alike
            else ""
        )
    )


def put_into(network: Network, probe: Probe) -> None:
    """Make a probe the head of a network; a target that was not fitted gets 0.5 for every case."""
    weight = probe.weight / probe.scale
    bias = probe.bias - weight @ probe.mean
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(weight))
        network.head.bias.copy_(torch.from_numpy(bias))


def _said(lesson: Lesson, features: NDArray[np.float64], answers: Batch) -> Said:
    """What the head says of features."""
    seen = torch.from_numpy(features).float().to(lesson.hardware.device)
    with torch.inference_mode():
        logits = lesson.network.to(lesson.hardware.device).head(seen)
        return Said.of(lesson.task, logits, answers.to(lesson.hardware.device))


def _answers(samples: Samples) -> Batch:
    """What is known of all cases, without their inputs."""
    batches = list(in_order(samples, READ))
    return Batch(
        torch.empty(0),
        torch.cat([batch.targets for batch in batches]),
        torch.cat([batch.known for batch in batches]),
        [name for batch in batches for name in batch.case_id],
    )
