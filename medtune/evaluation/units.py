"""Whether the unit matters: the same judgement for each image, and for one study a patient."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from medtune.evaluation.arrays import Floats, Indices, Weights
from medtune.evaluation.contest import Contest
from medtune.evaluation.differences import PAIRED, difference_rows
from medtune.evaluation.drawn import draw
from medtune.evaluation.measures import Row, measure_rows
from medtune.evaluation.trial import Trial

SHOWN = ("auroc", *PAIRED)
IMAGE, ONE_STUDY = "unit=image", "unit=one study a patient"


Whole = TypeVar("Whole", Trial, Contest)


def steady_order(trial: Trial | Contest) -> Indices:
    """The studies (n,) by patient, scores and name: the same however a table is sorted."""
    scores = trial.score if trial.score.ndim == 3 else trial.score[..., None]
    keys: list[Floats] = [column for model in scores for column in model.T]
    return np.lexsort((np.array(trial.study), *keys, trial.group))


def one_study_a_patient(trial: Whole, seed: int) -> Whole:
    """The same trial (or contest) on one study of each patient, drawn at random.

    Which it is hangs on the seed, the patients and the scores, not on the order of any table: in a
    table from elsewhere a study without a name is called by its row.
    """
    order = steady_order(trial)
    drawn = order[np.random.default_rng(seed).permutation(order.size)]
    _, first = np.unique(trial.group[drawn], return_index=True)
    kept = np.zeros(order.size, dtype=bool)
    kept[drawn[first]] = True
    return trial.only(kept)


def unit_rows(
    other: Trial,
    trial: Trial,
    subgroup: str,
    *,
    fine_tuned: str,
    level: float,
    weights: Weights,
) -> tuple[list[Row], list[Row]]:
    """Judge another unit at the thresholds of the headline.

    Args:
        other: the trial of the other unit.
        trial: the headline's.
        subgroup: what the rows are called.
        fine_tuned: the model that the others are compared with.
        level: confidence level.
        weights: of the bootstrap.

    Returns:
        Rows of measures and rows of differences.
    """
    judged = replace(other, points=trial.points, recalibrated={})
    draws = draw(judged, weights, ranking=False) if judged.clustered else {}
    measures = measure_rows(judged, level, subgroup=subgroup)
    differences = (
        difference_rows(judged, fine_tuned, level, draws, subgroup=subgroup)
        if fine_tuned in judged.models
        else []
    )
    return (
        [row for row in measures if row["measure"] in SHOWN],
        [row for row in differences if row["measure"] in SHOWN],
    )
