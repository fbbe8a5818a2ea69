"""The table of measures: every model, each measure with its interval or the reason for none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from medtune.evaluation import calibration
from medtune.evaluation.arrays import Floats
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import auroc_interval, proportion
from medtune.evaluation.ranking import auroc_covariance
from medtune.evaluation.trial import Trial

Row = dict[str, Any]
ALL = "all"
DECISIONS = ("sensitivity", "specificity", "ppv", "npv", "accuracy")


def measure_rows(
    trial: Trial, level: float, draws: Draws | None = None, subgroup: str = ALL
) -> list[Row]:
    """Judge every model of a trial.

    Args:
        trial: one finding, the whole set or a part of it.
        level: confidence level.
        draws: what was resampled; without it only the measures with an interval in closed form
            are given, as in subgroups.
        subgroup: 'all' or 'sex=F'.
    """
    rows: list[Row] = []
    few, n = trial.too_few, trial.reference.size

    def add(
        model: str, measure: str, rule: str, estimate: Estimate, threshold: float = math.nan
    ) -> None:
        rows.append(row_of(trial, model, measure, rule, subgroup, level, estimate, threshold))

    for model, area in zip(trial.models, _areas(trial, level), strict=True):
        add(model, "auroc", "", area)
        for measure, success in (
            ("prevalence", trial.reference),
            ("majority_accuracy", trial.reference == (2 * trial.reference.sum() >= n)),
        ):
            add(
                model,
                measure,
                "",
                proportion(success, trial.group, level, clustered=trial.clustered),
            )
        for rule, threshold, measure, estimate in _decided(trial, model, level):
            add(model, measure, rule, estimate, threshold)
        if draws is None:
            continue
        for measure, rule, threshold in _resampled(trial, model):
            add(model, measure, rule, _drawn(trial, draws, model, measure, rule, level), threshold)
        for rule, probability in (("", trial.of(model)), ("recalibrated", None)):
            given = trial.recalibrated[model] if probability is None else probability
            for measure, function in (
                ("calibration_slope", calibration.slope),
                ("calibration_intercept", calibration.intercept),
            ):
                if few or isinstance(given, str):
                    estimate = not_estimable(few or str(given))
                else:
                    estimate = function(given, trial.reference, trial.group, level)
                add(model, measure, rule, estimate)
    return rows


def _areas(trial: Trial, level: float) -> list[Estimate]:
    if trial.too_few:
        return [not_estimable(trial.too_few) for _ in trial.models]
    area, covariance = auroc_covariance(trial.score, trial.reference, trial.group)
    return [
        auroc_interval(float(value), float(variance), trial.reference, trial.group, level)
        for value, variance in zip(area, np.diag(covariance), strict=True)
    ]


def _decided(trial: Trial, model: str, level: float) -> Iterable[tuple[str, float, str, Estimate]]:
    """Proportions at each of a model's thresholds: rule, threshold, measure, estimate."""
    for rule in ("site", "shipped"):
        point = trial.points.get((model, rule))
        if point is None:
            continue
        reason = trial.too_few or point.reason
        called = trial.of(model) >= point.threshold
        for measure in DECISIONS:
            if reason:
                yield rule, point.threshold, measure, not_estimable(reason)
                continue
            inside, right = denominator(measure, called, trial.reference)
            estimate = proportion(
                right[inside], trial.group[inside], level, clustered=trial.clustered
            )
            yield rule, point.threshold, measure, estimate


def denominator(measure: str, called: Any, reference: Any) -> tuple[Any, Any]:
    """The cases that a proportion is about, and where among all cases the decision is right."""
    inside = {
        "sensitivity": reference,
        "specificity": ~reference,
        "ppv": called,
        "npv": ~called,
        "accuracy": np.ones_like(reference),
    }[measure]
    return inside, called == reference


def _resampled(trial: Trial, model: str) -> list[tuple[str, str, float]]:
    wanted = [("average_precision", "", math.nan), ("brier", "", math.nan)]
    wanted.append(("brier", "recalibrated", math.nan))
    for rule in ("site", "shipped"):
        if (model, rule) in trial.points:
            wanted.append(("balanced_accuracy", rule, trial.points[model, rule].threshold))
    return wanted


def _drawn(
    trial: Trial, draws: Draws, model: str, measure: str, rule: str, level: float
) -> Estimate:
    reason = trial.too_few or missing(trial, model, measure, rule)
    return not_estimable(reason) if reason else from_draws(draws[model, measure, rule], level)


def missing(trial: Trial, model: str, measure: str, rule: str) -> str:
    """Why a model has no such measure by this rule; empty where it has."""
    if (model, rule) in trial.points:
        return trial.points[model, rule].reason
    if rule == "shipped":
        return "no threshold came with it"
    if rule == "recalibrated":
        given: Floats | str = trial.recalibrated[model]
        return given if isinstance(given, str) else ""
    if measure == "brier" and not calibration.are_probabilities(trial.of(model)):
        return calibration.NOT_PROBABILITIES
    return ""


def row_of(
    trial: Trial,
    model: str,
    measure: str,
    rule: str,
    subgroup: str,
    level: float,
    estimate: Estimate,
    threshold: float,
) -> Row:
    """One row of the table of measures; the arguments are its columns."""
    return {
        "model": model,
        "measure": measure,
        "target": trial.target,
        "split": trial.split,
        "rule": rule,
        "subgroup": subgroup,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "level": level,
        "method": estimate.method,
        **counts(trial),
        "threshold": threshold,
        "reason": estimate.reason,
    }


def counts(trial: Trial) -> Row:
    """Studies, patients and positive studies of a trial."""
    return {
        "n_cases": trial.reference.size,
        "n_groups": int(np.unique(trial.group).size),
        "n_positive": int(trial.reference.sum()),
    }
