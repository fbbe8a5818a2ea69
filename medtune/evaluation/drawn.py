"""Every measure of every model in every resample: what intervals without closed form rest on."""

from __future__ import annotations

import numpy as np

from medtune.evaluation.arrays import Floats, Weights
from medtune.evaluation.calibration import are_probabilities
from medtune.evaluation.resampling import ranking_draws, ratio, sums
from medtune.evaluation.trial import Trial

Draws = dict[tuple[str, str, str], Floats]  # (model, measure, rule) -> (1 + B,), the sample first


def draw(trial: Trial, weights: Weights, *, ranking: bool = True) -> Draws:
    """Draw all measures from the same resamples of patients.

    Args:
        trial: one finding.
        weights: (patients of the split, 1 + B), from ``resampling.patient_weights``.
        ranking: whether AUROC and average precision are drawn, which take most of the time.

    Returns:
        The draws; none where the trial has too few patients.
    """
    drawn: Draws = {}
    if trial.too_few:
        return drawn
    reference = trial.reference
    columns: list[Floats] = [reference.astype(np.float64), (~reference).astype(np.float64)]
    decided: list[tuple[str, str]] = []
    squared: list[tuple[str, str]] = []
    for (model, rule), point in trial.points.items():
        if np.isfinite(point.threshold):
            called = trial.of(model) >= point.threshold
            columns += [
                (called & reference).astype(np.float64),
                (called & ~reference).astype(np.float64),
            ]
            decided.append((model, rule))
    for model in trial.models:
        if ranking:
            area, precision = ranking_draws(trial.of(model), reference, trial.group, weights)
            drawn[model, "auroc", ""] = area
            drawn[model, "average_precision", ""] = precision
        for rule, probability in (
            ("", trial.of(model)),
            ("recalibrated", trial.recalibrated.get(model, "")),
        ):
            if not isinstance(probability, str) and are_probabilities(probability):
                columns.append((probability - reference) ** 2)
                squared.append((model, rule))
    total = sums(np.column_stack(columns), trial.group, weights)
    positive, negative = total[0], total[1]
    for index, (model, rule) in enumerate(decided):
        true_positive, false_positive = total[2 + 2 * index], total[3 + 2 * index]
        for measure, values in _decisions(positive, negative, true_positive, false_positive):
            drawn[model, measure, rule] = values
    for index, (model, rule) in enumerate(squared):
        drawn[model, "brier", rule] = ratio(
            total[2 + 2 * len(decided) + index], positive + negative
        )
    return drawn


def _decisions(
    positive: Floats, negative: Floats, true_positive: Floats, false_positive: Floats
) -> list[tuple[str, Floats]]:
    true_negative = negative - false_positive
    sensitivity = ratio(true_positive, positive)
    specificity = ratio(true_negative, negative)
    called = true_positive + false_positive
    return [
        ("sensitivity", sensitivity),
        ("specificity", specificity),
        ("ppv", ratio(true_positive, called)),
        ("npv", ratio(true_negative, positive + negative - called)),
        ("accuracy", ratio(true_positive + true_negative, positive + negative)),
        ("balanced_accuracy", (sensitivity + specificity) / 2),
    ]
