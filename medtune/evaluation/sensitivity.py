"""Sensitivity rows: what the result would be for other units, and with some labels wrong."""

from __future__ import annotations

import math

import numpy as np

from medtune.evaluation.arrays import Floats
from medtune.evaluation.differences import filled
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.label_noise import aurocs, flipped
from medtune.evaluation.measures import Row, measure_row
from medtune.evaluation.trial import Trial

TURNED = (0.02, 0.05, 0.10)  # shares of the labels
REPEATS = 200


def turned_label_rows(
    trial: Trial, *, fine_tuned: str, level: float, seed: int
) -> tuple[list[Row], list[Row]]:
    """AUROC, and its differences, with a share of the labels turned round at random.

    Args:
        trial: one finding.
        fine_tuned: the model that the others are compared with.
        level: share of the repeats between low and high.
        seed: of the draws.

    Returns:
        Rows of measures and of differences, by subgroup 'labels=5 % turned'. The value is the mean
        over the repeats; low and high say how far these scatter, and are no confidence interval.
    """
    measures: list[Row] = []
    differences: list[Row] = []
    for share in TURNED:
        subgroup = f"labels={100 * share:g} % turned"
        drawn = {}
        if not trial.too_few:
            references = flipped(trial.reference, share, REPEATS, seed)
            drawn = {model: aurocs(trial.of(model), references) for model in trial.models}
        for model in trial.models:
            estimate = _scatter(drawn.get(model), trial, level)
            measures.append(
                measure_row(trial, model, "auroc", "", subgroup, level, estimate, math.nan)
            )
            if model == fine_tuned or fine_tuned not in trial.models:
                continue
            gain = drawn[fine_tuned] - drawn[model] if drawn else None
            differences.append(
                {
                    "measure": "auroc",
                    "target": trial.target,
                    "split": trial.split,
                    "rule": "",
                    "subgroup": subgroup,
                    "model": fine_tuned,
                    "compared_with": model,
                    **filled(_scatter(gain, trial, level), level),
                    **trial.counts,
                }
            )
    return measures, differences


def _scatter(drawn: Floats | None, trial: Trial, level: float) -> Estimate:
    if drawn is None:
        return not_estimable(trial.too_few)
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    method = f"{REPEATS} draws of turned labels: scatter, no confidence interval"
    return Estimate(float(drawn.mean()), float(low), float(high), method=method)
