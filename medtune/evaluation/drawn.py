"""Every measure of every model in every resample: what intervals without closed form rest on."""

from __future__ import annotations

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Weights
from medtune.evaluation.calibration import BINS, are_probabilities, bin_gaps
from medtune.evaluation.prevalence import npv_at, ppv_at
from medtune.evaluation.recalibration import FITS
from medtune.evaluation.resampling import ranking_draws, ratio, sums
from medtune.evaluation.roc_at import roc_at, standardised
from medtune.evaluation.trial import Asked, Trial

Draws = dict[tuple[str, str, str], Floats]  # (model, measure, rule) -> (1 + B,), the sample first
Key = tuple[str, str, str]  # (model, rule, what is summed)
POSITIVE, NEGATIVE = ("", "", "positive"), ("", "", "negative")


def draw(trial: Trial, weights: Weights, *, ranking: bool = True) -> Draws:
    """Draw all measures from the same resamples of patients.

    Args:
        trial: one finding.
        weights: (patients of the split, 1 + B), from ``resampling.patient_weights``.
        ranking: whether what hangs on the ranking is drawn, which takes most of the time, and
            what hangs on the scores as probabilities.

    Returns:
        The draws; none where the trial has too few patients.
    """
    drawn: Draws = {}
    if trial.too_few:
        return drawn
    columns: dict[Key, Floats | Flags] = {POSITIVE: trial.reference, NEGATIVE: ~trial.reference}
    for (model, rule), point in trial.points.items():
        if np.isfinite(point.threshold):
            _count(columns, trial, model, rule, trial.of(model) >= point.threshold)
    if ranking:
        for model in trial.models:
            _rank(drawn, trial, model, weights)
            for rule in ("", *FITS):
                score = trial.probabilities(model, rule)
                if not isinstance(score, str) and are_probabilities(score):
                    _weigh(columns, trial, model, rule, score)
    table = np.column_stack([np.asarray(column, np.float64) for column in columns.values()])
    total = dict(zip(columns, sums(table, trial.group, weights), strict=True))
    for model, rule, what in columns:
        if what == "true":
            decided = _decisions(total, model, rule, trial.asked)
        elif what == "squared":
            decided = _probabilities(total, model, rule, trial.asked)
        else:
            continue
        drawn |= {(model, measure, rule): values for measure, values in decided.items()}
    return drawn


def _rank(drawn: Draws, trial: Trial, model: str, weights: Weights) -> None:
    score, asked = trial.of(model), trial.asked
    args = score, trial.reference, trial.group, weights
    drawn[model, "auroc", ""], drawn[model, "average_precision", ""] = ranking_draws(*args)
    at = roc_at(*args, specificity=asked.specificity, sensitivity=asked.sensitivity)
    drawn[model, "partial_auroc", ""] = standardised(at.area, asked.specificity)
    drawn[model, "sensitivity_at_specificity", ""] = at.sensitivity
    drawn[model, "specificity_at_sensitivity", ""] = at.specificity


def _count(
    columns: dict[Key, Floats | Flags], trial: Trial, model: str, rule: str, called: Flags
) -> None:
    columns[model, rule, "true"] = called & trial.reference
    columns[model, rule, "false"] = called & ~trial.reference


def _weigh(
    columns: dict[Key, Floats | Flags], trial: Trial, model: str, rule: str, score: Floats
) -> None:
    """What is summed of scores that are probabilities."""
    columns[model, rule, "squared"] = (score - trial.reference) ** 2
    columns[model, rule, "expected"] = score
    place, gap = bin_gaps(score, trial.reference)
    for bin_ in range(BINS):
        columns[model, rule, f"gap {bin_}"] = np.where(place == bin_, gap, 0.0)
    if trial.asked.act_at is not None:
        acted = score >= trial.asked.act_at
        columns[model, rule, "acted, true"] = acted & trial.reference
        columns[model, rule, "acted, false"] = acted & ~trial.reference


def _decisions(total: dict[Key, Floats], model: str, rule: str, asked: Asked) -> dict[str, Floats]:
    positive, negative = total[POSITIVE], total[NEGATIVE]
    true, false = total[model, rule, "true"], total[model, rule, "false"]
    sensitivity = ratio(true, positive)
    specificity = ratio(negative - false, negative)
    called = true + false
    found = {
        "sensitivity": sensitivity,
        "specificity": specificity,
        "ppv": ratio(true, called),
        "npv": ratio(negative - false, positive + negative - called),
        "accuracy": ratio(true + negative - false, positive + negative),
        "balanced_accuracy": (sensitivity + specificity) / 2,
    }
    if asked.prevalence is not None:
        found["ppv_at_prevalence"] = ppv_at(sensitivity, specificity, asked.prevalence)
        found["npv_at_prevalence"] = npv_at(sensitivity, specificity, asked.prevalence)
    return found


def _probabilities(
    total: dict[Key, Floats], model: str, rule: str, asked: Asked
) -> dict[str, Floats]:
    positive, negative = total[POSITIVE], total[NEGATIVE]
    n = positive + negative
    brier = ratio(total[model, rule, "squared"], n)
    share = ratio(positive, n)
    gaps = np.abs([total[model, rule, f"gap {bin_}"] for bin_ in range(BINS)]).sum(axis=0)
    found = {
        "brier": brier,
        "brier_scaled": 1 - ratio(brier, share * (1 - share)),
        "observed_expected": ratio(positive, total[model, rule, "expected"]),
        "calibration_error": ratio(gaps, n),
    }
    if asked.act_at is not None:
        true, false = (total[model, rule, f"acted, {kind}"] for kind in ("true", "false"))
        found["net_benefit"] = ratio(true - false * asked.act_at / (1 - asked.act_at), n)
    return found
