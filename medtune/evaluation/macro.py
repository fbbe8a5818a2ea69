"""The mean over findings, by resampling: the same patients are drawn for every finding."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from medtune.evaluation.arrays import Floats
from medtune.evaluation.differences import filled, sides
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.measures import ALL, Row, missing
from medtune.evaluation.trial import Trial

MACRO = "macro"


def macro_measures(
    trials: list[Trial], draws: list[Draws], measure: str, rule: str, level: float
) -> list[Row]:
    """Each model's mean of a measure over the findings for which it is estimable.

    Args:
        trials: one a finding.
        draws: what was resampled of each, from the same weights.
        measure: e.g. auroc.
        rule: '', 'site' or 'shipped'.
        level: confidence level.
    """
    rows = []
    for model in _models(trials):
        over = [
            (trial, drawn[model, measure, rule])
            for trial, drawn in zip(trials, draws, strict=True)
            if model in trial.models
            and not trial.too_few
            and not missing(trial, model, measure, rule)
        ]
        drawn_of = [(trial.target, drawn) for trial, drawn in over]
        estimate = mean_over(drawn_of, level, test=False)
        rows.append(
            {
                "model": model,
                "measure": measure,
                "target": MACRO,
                "split": trials[0].split,
                "rule": rule,
                "subgroup": ALL,
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "level": level,
                "method": estimate.method,
                **_counts([trial for trial, _ in over]),
                "threshold": math.nan,
                "reason": estimate.reason,
            }
        )
    return rows


def macro_differences(
    trials: list[Trial],
    draws: list[Draws],
    fine_tuned: str,
    measure: str,
    rule: str,
    level: float,
) -> list[Row]:
    """The fine-tuned model's mean minus each other's, over the findings estimable for both.

    Args:
        trials: one a finding.
        draws: what was resampled of each, from the same weights.
        fine_tuned: the model that the others are compared with.
        measure: e.g. auroc.
        rule: '', 'site' or 'shipped'.
        level: confidence level.
    """
    rows = []
    for other in _models(trials):
        if other == fine_tuned:
            continue
        over = []
        for trial, drawn in zip(trials, draws, strict=True):
            if not {fine_tuned, other} <= set(trial.models) or trial.too_few:
                continue
            own_rule, other_rule = sides(trial, fine_tuned, rule)
            if missing(trial, fine_tuned, measure, own_rule) or missing(
                trial, other, measure, other_rule
            ):
                continue
            gain = drawn[fine_tuned, measure, own_rule] - drawn[other, measure, other_rule]
            over.append((trial, gain))
        gains = [(trial.target, gain) for trial, gain in over]
        rows.append(
            {
                "measure": measure,
                "target": MACRO,
                "split": trials[0].split,
                "rule": rule,
                "subgroup": ALL,
                "model": fine_tuned,
                "compared_with": other,
                **filled(mean_over(gains, level, test=True), level),
                **_counts([trial for trial, _ in over]),
            }
        )
    return rows


def mean_over(over: list[tuple[str, Floats]], level: float, *, test: bool) -> Estimate:
    """The mean of draws over findings or targets, each with its name.

    Args:
        over: names, and (1 + B,) each from the same resamples.
        level: confidence level.
        test: whether 0 is a hypothesis.
    """
    if len(over) < 2:
        names = ", ".join(name for name, _ in over) or "none"
        return not_estimable(f"fewer than two findings are estimable (only {names})")
    estimate = from_draws(np.mean([drawn for _, drawn in over], axis=0), level, test=test)
    names = ", ".join(name for name, _ in over)
    return replace(estimate, method=f"{estimate.method}, mean over {names}")


def _models(trials: list[Trial]) -> list[str]:
    return sorted({model for trial in trials for model in trial.models})


def _counts(trials: list[Trial]) -> Row:
    """Studies and patients judged for any of the findings; studies positive for any."""
    studies = {study for trial in trials for study in trial.study}
    patients = {int(group) for trial in trials for group in trial.group}
    positive = {
        study
        for trial in trials
        for study, present in zip(trial.study, trial.reference, strict=True)
        if present
    }
    return {"n_cases": len(studies), "n_groups": len(patients), "n_positive": len(positive)}
