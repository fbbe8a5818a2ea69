"""The table of differences: the fine-tuned model minus every other, on the same cases."""

from __future__ import annotations

from typing import Any

from medtune.evaluation.compare import paired_auroc, paired_proportion
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.measures import ALL, Row, counts, denominator, missing
from medtune.evaluation.ranking import auroc_covariance
from medtune.evaluation.resampling import ratio
from medtune.evaluation.trial import Trial

PAIRED = ("sensitivity", "specificity", "accuracy")
RELATIVE = {"accuracy_relative": "accuracy", "auroc_error_relative": "auroc"}


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
        wanted: list[tuple[str, str]] = [("auroc", "")]
        if subgroup == ALL:
            wanted += [("average_precision", ""), ("brier", ""), ("brier", "recalibrated")]
            if other in generic:
                wanted.append(("auroc_error_relative", ""))
        for rule in ("site", "shipped"):
            if (other, rule) not in trial.points:
                continue
            wanted += [(measure, rule) for measure in PAIRED]
            if subgroup == ALL:
                wanted += [(m, rule) for m in ("ppv", "npv", "balanced_accuracy")]
                if other in generic:
                    wanted.append(("accuracy_relative", rule))
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
                    **counts(trial),
                }
            )
    return rows


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
    if measure in PAIRED and not trial.clustered:
        called = trial.of(model) >= trial.points[model, own_rule].threshold
        called_other = trial.of(other) >= trial.points[other, other_rule].threshold
        inside, right = denominator(measure, called, trial.reference)
        _, right_other = denominator(measure, called_other, trial.reference)
        tested = measure != "accuracy"
        return paired_proportion(right[inside], right_other[inside], level, test=tested)
    own, others = draws[model, plain, own_rule], draws[other, plain, other_rule]
    if measure == "accuracy_relative":
        return from_draws(ratio(own - others, others), level)
    if measure == "auroc_error_relative":
        return from_draws(ratio(own - others, 1 - others), level)
    return from_draws(own - others, level, test=measure != "accuracy")
