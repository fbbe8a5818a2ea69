"""The table of differences: the fine-tuned model minus every other, on the same cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from medtune.evaluation.arrays import Flags
from medtune.evaluation.compare import paired_auroc, paired_proportion
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.likelihood_ratios import relative_likelihood_ratio
from medtune.evaluation.measures import ALL, RANKED, Row, denominator, missing, named
from medtune.evaluation.predictive_values import score_test, weighted_score_test
from medtune.evaluation.ranking import auroc_covariance
from medtune.evaluation.recalibration import FITS
from medtune.evaluation.resampling import ratio
from medtune.evaluation.trial import Trial

PAIRED = ("sensitivity", "specificity", "accuracy")
PREDICTIVE = ("ppv", "npv")
RATIOS = ("lr_positive_relative", "lr_negative_relative")
RELATIVE = {
    "accuracy_relative": "accuracy",
    "auroc_error_relative": "auroc",
    "lr_positive_relative": "lr_positive",
    "lr_negative_relative": "lr_negative",
}


def sides(trial: Trial, model: str, rule: str) -> tuple[str, str]:
    """Which rule the fine-tuned model and the other are taken at, for a difference by ``rule``.

    By 'shipped' the other stands at the threshold it came with, and the fine-tuned model at the
    site's, unless nothing but a threshold that it came with is there.
    """
    own = trial.points.get((model, "site"))
    if rule == "shipped" and own is not None and not own.reason:
        return "site", "shipped"
    return rule, rule


def difference_rows(
    trial: Trial,
    fine_tuned: str,
    level: float,
    draws: Draws,
    *,
    generic: tuple[str, ...] = (),
    subgroup: str = ALL,
) -> list[Row]:
    """Compare the fine-tuned model with each of the others.

    Args:
        trial: one finding, the whole set or a part of it.
        fine_tuned: name of the model that the others are compared with.
        level: confidence level.
        draws: what was resampled.
        generic: models for which the relative rows of the 15 % claim are given too.
        subgroup: 'all' or 'sex=F'; in a part only AUROC, sensitivity, specificity and accuracy.
    """
    rows: list[Row] = []
    for other in trial.models:
        if other == fine_tuned:
            continue
        wanted = _wanted(trial, other, of_all=subgroup == ALL, generic=other in generic)
        for measure, rule in wanted:
            estimate = difference(trial, fine_tuned, other, measure, rule, level, draws)
            rows.append(
                {
                    "measure": measure,
                    "target": trial.target,
                    "split": trial.split,
                    "rule": rule,
                    "subgroup": subgroup,
                    "model": fine_tuned,
                    "compared_with": other,
                    **filled(estimate, level),
                    **trial.counts,
                }
            )
    return rows


def _wanted(trial: Trial, other: str, *, of_all: bool, generic: bool) -> list[tuple[str, str]]:
    """The measures and rules in which a model is compared with another."""
    wanted = [("auroc", "")]
    if of_all:
        wanted += [(measure, "") for measure in RANKED]
        wanted += [("brier", rule) for rule in ("", *FITS)]
        if trial.asked.act_at is not None:
            wanted += [("net_benefit", rule) for rule in ("", *FITS)]
        if generic:
            wanted.append(("auroc_error_relative", ""))
    for rule in ("site", "shipped"):
        if (other, rule) not in trial.points:
            continue
        wanted += [(measure, rule) for measure in PAIRED]
        if of_all:
            wanted += [(measure, rule) for measure in (*PREDICTIVE, "balanced_accuracy")]
            if trial.asked.prevalence is not None:
                wanted += [(f"{measure}_at_prevalence", rule) for measure in PREDICTIVE]
            if generic:
                wanted += [(measure, rule) for measure in ("accuracy_relative", *RATIOS)]
    return wanted


def filled(estimate: Estimate, level: float) -> dict[str, Any]:
    """An estimate as the columns of a differences table, and its standard error."""
    return {
        "difference": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "level": level,
        "p_value": estimate.p_value,
        "method": estimate.method,
        "reason": estimate.reason,
        "se": estimate.se,
    }


def difference(
    trial: Trial, model: str, other: str, measure: str, rule: str, level: float, draws: Draws
) -> Estimate:
    """One paired difference: closed form for AUROC and for independent cases, else bootstrap."""
    plain = RELATIVE.get(measure, measure)
    own_rule, other_rule = sides(trial, model, rule)
    reason = (
        trial.too_few
        or missing(trial, model, plain, own_rule)
        or missing(trial, other, plain, other_rule)
    )
    if reason:
        return not_estimable(reason)
    if measure == "auroc":
        rows = [trial.models.index(model), trial.models.index(other)]
        area, covariance = auroc_covariance(trial.score[rows], trial.reference, trial.group)
        return paired_auroc(area, covariance, level, clustered=trial.clustered)
    if rule and own_rule not in FITS:
        estimate = _decided(trial, (model, own_rule), (other, other_rule), measure, level)
        if estimate is not None:
            return estimate
    own, others = draws[model, plain, own_rule], draws[other, plain, other_rule]
    if measure == "accuracy_relative":
        return from_draws(ratio(own - others, others), level)
    if measure == "auroc_error_relative":
        return from_draws(ratio(own - others, 1 - others), level)
    estimate = named(from_draws(own - others, level, test=measure != "accuracy"), trial, measure)
    if measure in PREDICTIVE and estimate.estimable:
        return _scored(trial, (model, own_rule), (other, other_rule), measure, estimate)
    return estimate


def _called(trial: Trial, point: tuple[str, str]) -> Flags:
    return trial.of(point[0]) >= trial.points[point].threshold


def _decided(
    trial: Trial, own: tuple[str, str], other: tuple[str, str], measure: str, level: float
) -> Estimate | None:
    """A difference of two decisions in closed form; None where there is none."""
    called, called_other = _called(trial, own), _called(trial, other)
    if measure in RATIOS:
        if measure == "lr_negative_relative":
            called, called_other = ~called, ~called_other
        found = relative_likelihood_ratio(called, called_other, trial.reference, trial.group, level)
        if not found.estimable:
            return found
        return replace(found, value=found.value - 1, low=found.low - 1, high=found.high - 1)
    if measure not in PAIRED or trial.clustered:
        return None
    inside, right = denominator(measure, called, trial.reference)
    _, right_other = denominator(measure, called_other, trial.reference)
    tested = measure != "accuracy"
    return paired_proportion(right[inside], right_other[inside], level, test=tested)


def _scored(
    trial: Trial, own: tuple[str, str], other: tuple[str, str], measure: str, estimate: Estimate
) -> Estimate:
    """A resampled difference of predictive values with the p value of a score test."""
    called, called_other, right = _called(trial, own), _called(trial, other), trial.reference
    if measure == "npv":
        called, called_other, right = ~called, ~called_other, ~right
    if trial.clustered:
        p_value, test = score_test(called, called_other, right, trial.group), "Leisenring's"
    else:
        p_value, test = weighted_score_test(called, called_other, right), "Kosinski's"
    return replace(estimate, p_value=p_value, method=f"{estimate.method}; {test} score test")
