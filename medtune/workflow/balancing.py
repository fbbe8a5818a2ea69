"""What a run weighs and draws more often, worked out from the films that teach, and told."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from medtune.config.run import Run
from medtune.learning.losses import Loss, loss_of
from medtune.learning.odds import Odds, class_balanced, patient_balanced
from medtune.learning.weighting import balanced_weights
from medtune.vision.samples import Films
from medtune.vision.studies import Studies


def loss_for(run: Run, teach: Films | Studies, tell: Callable[[str], None]) -> Loss:
    """The loss of a run, its weights taken from the labels that teach.

    Args:
        run: the run.
        teach: cases of the train split, with labels as they are taught.
        tell: takes a line about the weights.
    """
    if run.training.positive_weights == "none":
        return loss_of(run.training)
    weights = balanced_weights(teach.targets, teach.known)
    each = zip(run.data.findings, weights, strict=True)
    tell(
        "weight of present findings: " + ", ".join(f"{name} {weight:.3g}" for name, weight in each)
    )
    return loss_of(run.training, torch.from_numpy(weights.astype(np.float32)))


def _members(run: Run, teach: Films | Studies) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """What a balanced sampler draws for equally often: findings, classes, or grades."""
    if run.data.kind != "ordinal":
        return teach.targets, teach.known
    # a grade is written as the steps that it is above: it is where they end
    parts, known, start = [], [], 0
    for target in run.data.targets.values():
        grades = len(target.classes or [])
        here = slice(start, start + grades - 1)
        grade = teach.targets[:, here].sum(axis=1).astype(int)
        parts.append(np.eye(grades)[grade])
        known.append(np.repeat(teach.known[:, [start]], grades, axis=1))
        start = here.stop
    return np.concatenate(parts, axis=1), np.concatenate(known, axis=1)


def odds_for(
    run: Run, teach: Films | Studies, patients: pd.Series, tell: Callable[[str], None]
) -> Odds | None:
    """How often an epoch draws each case; None: once.

    Args:
        run: the run.
        teach: N cases of the train split, with labels as they are taught.
        patients: (N,) whose they are.
        tell: takes a line about the film that is drawn most often.
    """
    if run.training.sampler == "shuffled":
        return None
    if run.training.sampler == "class_balanced":
        odds = class_balanced(*_members(run, teach))
    else:
        odds = patient_balanced(patients.to_numpy(str))
    tell(
        f"an epoch draws {len(odds)} films, {run.training.sampler}: one at most "
        f"{odds.max():.3g} times, {int((odds < 1).sum())} of them less than once"
    )
    return odds
