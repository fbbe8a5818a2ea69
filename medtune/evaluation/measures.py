"""The table of measures: every model, each measure with its interval or the reason for none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from medtune.evaluation import calibration
from medtune.evaluation.arrays import Floats
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import auroc_interval, proportion
from medtune.evaluation.likelihood_ratios import likelihood_ratio
from medtune.evaluation.ranking import auroc_and_variance, auroc_covariance
from medtune.evaluation.recalibration import FITS
from medtune.evaluation.trial import Trial

Row = dict[str, Any]
Found = Iterable[tuple[str, str, float, Estimate]]  # measure, rule, threshold, estimate
ALL = "all"
DECISIONS = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
RANKED = (
    "average_precision",
    "partial_auroc",
    "sensitivity_at_specificity",
    "specificity_at_sensitivity",
)
OF_PROBABILITIES = ("brier", "brier_scaled", "observed_expected", "calibration_error")
ISOTONIC = "recalibrated_isotonic"  # the one recalibration that changes the ranking, by ties


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
    for model, area in zip(trial.models, _areas(trial, trial.score, level), strict=True):
        found = [("auroc", "", math.nan, area), *_shares(trial, level)]
        found += _decided(trial, model, level)
        if draws is not None:
            found += _drawn(trial, model, level, draws)
            found += _fitted(trial, model, level)
        rows += [
            measure_row(trial, model, measure, rule, subgroup, level, estimate, threshold)
            for measure, rule, threshold, estimate in found
        ]
    return rows


def _areas(trial: Trial, score: Floats, level: float) -> list[Estimate]:
    """AUROC of each row of scores, (M, n)."""
    if trial.too_few:
        return [not_estimable(trial.too_few) for _ in score]
    if trial.clustered:
        area, covariance = auroc_covariance(score, trial.reference, trial.group)
        found = list(zip(area, np.diag(covariance), strict=True))
    else:
        found = [auroc_and_variance(row, trial.reference) for row in score]
    return [
        auroc_interval(
            float(value),
            float(variance),
            trial.reference,
            trial.group,
            level,
            on_logit=trial.asked.on_logit,
        )
        for value, variance in found
    ]


def _shares(trial: Trial, level: float) -> Found:
    """What hangs on no model: how frequent the finding is, and the more frequent answer."""
    more_frequent = 2 * trial.reference.sum() >= trial.reference.size
    for measure, success in (
        ("prevalence", trial.reference),
        ("majority_accuracy", trial.reference == more_frequent),
    ):
        yield measure, "", math.nan, _share(trial, success, np.ones_like(success), level)


def _share(trial: Trial, success: Any, inside: Any, level: float) -> Estimate:
    return proportion(
        success[inside],
        trial.group[inside],
        level,
        clustered=trial.clustered,
        exact=trial.asked.exact,
    )


def _decided(trial: Trial, model: str, level: float) -> Found:
    """What there is at each of a model's thresholds, in closed form."""
    for rule in ("site", "shipped"):
        point = trial.points.get((model, rule))
        if point is None:
            continue
        reason = trial.too_few or point.reason
        called = trial.of(model) >= point.threshold
        for measure in DECISIONS:
            inside, right = denominator(measure, called, trial.reference)
            estimate = not_estimable(reason) if reason else _share(trial, right, inside, level)
            yield measure, rule, point.threshold, estimate
        for measure, chosen in (("lr_positive", called), ("lr_negative", ~called)):
            estimate = (
                not_estimable(reason)
                if reason
                else likelihood_ratio(chosen, trial.reference, trial.group, level)
            )
            yield measure, rule, point.threshold, estimate


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


def _drawn(trial: Trial, model: str, level: float, draws: Draws) -> Found:
    """What has an interval by resampling only."""
    asked = trial.asked
    wanted = [(measure, "", math.nan) for measure in RANKED]
    wanted += [(measure, rule, math.nan) for rule in ("", *FITS) for measure in OF_PROBABILITIES]
    if asked.act_at is not None:
        wanted += [("net_benefit", rule, asked.act_at) for rule in ("", *FITS)]
    for rule in ("site", "shipped"):
        if (model, rule) in trial.points:
            at_each = ["balanced_accuracy"]
            if asked.prevalence is not None:
                at_each += ["ppv_at_prevalence", "npv_at_prevalence"]
            threshold = trial.points[model, rule].threshold
            wanted += [(measure, rule, threshold) for measure in at_each]
    for measure, rule, threshold in wanted:
        reason = trial.too_few or missing(trial, model, measure, rule)
        if reason:
            yield measure, rule, threshold, not_estimable(reason)
            continue
        # a resampled calibration error is too high by what resampling adds: turned round
        turned = measure == "calibration_error"
        estimate = from_draws(draws[model, measure, rule], level, turned=turned)
        yield measure, rule, threshold, named(estimate, trial, measure)


def named(estimate: Estimate, trial: Trial, measure: str) -> Estimate:
    """The estimate, whose method says at what it was read where that is not in its name."""
    at = {
        "partial_auroc": f"specificity {trial.asked.specificity:g} to 1, standardised",
        "sensitivity_at_specificity": f"at specificity {trial.asked.specificity:g}",
        "specificity_at_sensitivity": f"at sensitivity {trial.asked.sensitivity:g}",
        "ppv_at_prevalence": f"at prevalence {trial.asked.prevalence}",
        "npv_at_prevalence": f"at prevalence {trial.asked.prevalence}",
        "calibration_error": f"{calibration.BINS} bins of equal width",
    }.get(measure)
    return (
        estimate
        if at is None or estimate.reason
        else replace(estimate, method=f"{estimate.method}, {at}")
    )


def _fitted(trial: Trial, model: str, level: float) -> Found:
    """Slope and intercept of the scores as they are and recalibrated; and what isotonic ranks."""
    for rule in ("", *FITS):
        score = trial.probabilities(model, rule)
        for measure, function in (
            ("calibration_slope", calibration.slope),
            ("calibration_intercept", calibration.intercept),
        ):
            if trial.too_few or isinstance(score, str):
                estimate = not_estimable(trial.too_few or str(score))
            else:
                estimate = function(score, trial.reference, trial.group, level)
            yield measure, rule, math.nan, estimate
    score = trial.probabilities(model, ISOTONIC)
    if isinstance(score, str):
        yield "auroc", ISOTONIC, math.nan, not_estimable(trial.too_few or score)
    else:
        yield "auroc", ISOTONIC, math.nan, _areas(trial, score[None, :], level)[0]


def missing(trial: Trial, model: str, measure: str, rule: str) -> str:
    """Why a model has no such measure by this rule; empty where it has."""
    if (model, rule) in trial.points:
        return trial.points[model, rule].reason
    if rule == "shipped":
        return "no threshold came with it"
    if rule in FITS:
        given = trial.recalibrated[model, rule]
        return given if isinstance(given, str) else ""
    of_probabilities = measure in (*OF_PROBABILITIES, "net_benefit")
    if of_probabilities and not calibration.are_probabilities(trial.of(model)):
        return calibration.NOT_PROBABILITIES
    return ""


def measure_row(
    trial: Trial,
    model: str,
    measure: str,
    rule: str,
    subgroup: str,
    level: float,
    estimate: Estimate,
    threshold: float,
) -> Row:
    """An estimate as a row of the table of measures."""
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
        **trial.counts,
        "threshold": threshold,
        "reason": estimate.reason,
    }
