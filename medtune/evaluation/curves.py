"""Curves of every model, as points: ROC, precision-recall, calibration, decision, prevalence."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.metrics import precision_recall_curve

from medtune.evaluation.calibration import are_probabilities, reliability
from medtune.evaluation.prevalence import npv_at, ppv_at
from medtune.evaluation.ranking import operating_points, roc_points
from medtune.evaluation.trial import Trial
from medtune.evaluation.utility import net_benefit, net_reduction, treat_all

COLUMNS = ("curve", "model", "target", "x", "y", "low", "high", "n")
ACT_AT = np.linspace(0.01, 0.50, 50)  # chances at which one might act
PREVALENCES = np.linspace(0.01, 0.60, 60)
REACHED = np.linspace(0.50, 1.00, 51)  # sensitivities for which an operating point is read off
PLATT = "recalibrated"
DRAWN = 500  # points of a precision-recall curve, which has nearly as many corners as cases
Points = Iterator[tuple[str, Any, Any]]  # curve, x, y


def curve_rows(trial: Trial, level: float) -> list[dict[str, Any]]:
    """Points of the curves; none where the finding is not estimable.

    * roc: x is 1 - specificity, y is sensitivity.
    * precision_recall: x is sensitivity, y is PPV.
    * calibration: x is the mean probability of a bin, y the share of positives in it, low and high
      its interval, n its studies; only for scores in [0, 1], as the next three.
    * decision, decision_recalibrated: x is the chance from which on one acts, y the net benefit;
      the model 'treat_all' acts on everybody.
    * net_reduction: x as before, y how much less often one acts in vain than on everybody.
    * threshold_at, sensitivity_at, specificity_at: x is a sensitivity, y the highest threshold that
      reaches it on these studies, and what this reaches; to look at, never to choose by.
    * ppv, npv: x is the prevalence, y the predictive value at the model's site threshold, else at
      the one it came with.

    Args:
        trial: one finding.
        level: confidence level of the bins' intervals.
    """
    rows: list[dict[str, Any]] = []
    if trial.too_few:
        return rows

    def add(curve: str, model: str, *point: float) -> None:
        rows.append(dict(zip(COLUMNS, (curve, model, trial.target, *point), strict=True)))

    n = trial.reference.size
    for model in trial.models:
        for curve, x, y in _of_model(trial, model):
            for each in zip(x.tolist(), y.tolist(), strict=True):
                add(curve, model, *each, math.nan, math.nan, n)
        if are_probabilities(trial.of(model)):
            for bin_ in reliability(trial.of(model), trial.reference, trial.group, level):
                point = (bin_.probability, bin_.share, bin_.low, bin_.high, bin_.n)
                add("calibration", model, *point)
    everybody = treat_all(float(trial.reference.mean()), ACT_AT)
    for each in zip(ACT_AT.tolist(), everybody.tolist(), strict=True):
        add("decision", "treat_all", *each, math.nan, math.nan, n)
    return rows


def _of_model(trial: Trial, model: str) -> Points:
    score, reference = trial.of(model), trial.reference
    yield "roc", *roc_points(score, reference)
    precision, recall, _ = precision_recall_curve(reference, score, drop_intermediate=True)
    kept = np.unique(np.linspace(0, recall.size - 1, DRAWN).round().astype(np.intp))
    yield "precision_recall", recall[kept], precision[kept]
    thresholds, found, cleared = operating_points(score, reference, REACHED)
    yield "threshold_at", REACHED, thresholds
    yield "sensitivity_at", REACHED, found
    yield "specificity_at", REACHED, cleared
    if are_probabilities(score):
        benefit = net_benefit(score, reference, ACT_AT)
        yield "decision", ACT_AT, benefit
        yield "net_reduction", ACT_AT, net_reduction(benefit, float(reference.mean()), ACT_AT)
    recalibrated = trial.recalibrated.get((model, PLATT), "")
    if not isinstance(recalibrated, str):
        yield "decision_recalibrated", ACT_AT, net_benefit(recalibrated, reference, ACT_AT)
    for rule in ("site", "shipped"):
        point = trial.points.get((model, rule))
        if point is not None and not point.reason:
            called = score >= point.threshold
            sensitivity = np.asarray(called[reference].mean())
            specificity = np.asarray(1 - called[~reference].mean())
            yield "ppv", PREVALENCES, ppv_at(sensitivity, specificity, PREVALENCES)
            yield "npv", PREVALENCES, npv_at(sensitivity, specificity, PREVALENCES)
            return
