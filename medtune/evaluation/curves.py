"""ROC and reliability curves of every model, as points."""

from __future__ import annotations

import math
from typing import Any

from medtune.evaluation.calibration import are_probabilities, reliability
from medtune.evaluation.ranking import roc_points
from medtune.evaluation.trial import Trial

COLUMNS = ("curve", "model", "target", "x", "y", "low", "high", "n")


def curve_rows(trial: Trial, level: float) -> list[dict[str, Any]]:
    """Points of the curves; none where the finding is not estimable.

    roc: x is 1 - specificity, y is sensitivity. calibration: x is the mean probability of a bin,
    y the share of positives in it, low and high its interval, n its studies; only for scores in
    [0, 1].

    Args:
        trial: one finding.
        level: confidence level of the bins' intervals.
    """
    rows: list[dict[str, Any]] = []
    if trial.too_few:
        return rows

    def add(curve: str, model: str, *point: float) -> None:
        rows.append(dict(zip(COLUMNS, (curve, model, trial.target, *point), strict=True)))

    for model in trial.models:
        score = trial.of(model)
        for x, y in zip(*roc_points(score, trial.reference), strict=True):
            add("roc", model, float(x), float(y), math.nan, math.nan, trial.reference.size)
        if are_probabilities(score):
            for bin_ in reliability(score, trial.reference, trial.group, level):
                add(
                    "calibration",
                    model,
                    bin_.probability,
                    bin_.share,
                    bin_.low,
                    bin_.high,
                    bin_.n,
                )
    return rows
