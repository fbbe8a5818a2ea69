"""Rows of one judged target: classes, grades and amounts, each measure with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from medtune.evaluation.agreement import COMPARED, MEASURES
from medtune.evaluation.contest import Contest
from medtune.evaluation.differences import difference, filled
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import proportion
from medtune.evaluation.measures import ALL, Row, measure_rows
from medtune.evaluation.trial import MIN_PATIENTS

FEW_CLASSES = (
    f"fewer than two classes have {MIN_PATIENTS} patients, and as many patients without it"
)
SHARES = {"accuracy": 0, "within_one_accuracy": 1}  # how far apart still counts as right


def contest_measures(whole: Contest, draws: Draws, level: float, subgroup: str = ALL) -> list[Row]:
    """Every measure of every model; shares in closed form, all else from the draws."""
    head = head_of(whole, subgroup)
    rows = []
    for model in whole.models:
        for measure in MEASURES[whole.kind]:
            if whole.too_few:
                estimate = not_estimable(whole.too_few)
            elif measure in SHARES:
                right = np.abs(whole.said(model) - whole.reference) <= SHARES[measure]
                estimate = proportion(right, whole.group, level, clustered=whole.clustered)
            elif (model, measure, "") in draws:
                estimate = from_draws(draws[model, measure, ""], level)
            else:
                estimate = not_estimable(FEW_CLASSES)
            rows.append(target_row(head, model, measure, level, estimate, counts_of(whole)))
        if whole.kind != "continuous" and whole.reference.size:
            often = whole.reference == whole.most_frequent
            share = proportion(often, whole.group, level, clustered=whole.clustered)
            rows.append(
                target_row(head, model, "majority_accuracy", level, share, counts_of(whole))
            )
    return rows


def contest_differences(
    whole: Contest, draws: Draws, fine_tuned: str, level: float, subgroup: str = ALL
) -> list[Row]:
    """The fine-tuned model minus each other, from the same resamples."""
    if fine_tuned not in whole.models:
        return []
    head, rows = head_of(whole, subgroup), []
    for other in whole.models:
        for measure in COMPARED[whole.kind] if other != fine_tuned else ():
            own, theirs = (draws.get((model, measure, "")) for model in (fine_tuned, other))
            if own is None or theirs is None:
                estimate = not_estimable(whole.too_few or FEW_CLASSES)
            else:
                estimate = from_draws(own - theirs, level, test=True)
            rows.append(
                target_difference(
                    head, fine_tuned, other, measure, level, estimate, counts_of(whole)
                )
            )
    return rows


def class_rows(whole: Contest, fine_tuned: str, level: float) -> tuple[list[Row], list[Row]]:
    """AUROC of each class against the others, in closed form."""
    measures: list[Row] = []
    differences: list[Row] = []
    for place in range(len(whole.classes)):
        trial = whole.against_the_others(place)
        kept = ("auroc", "prevalence")
        measures += [row for row in measure_rows(trial, level) if row["measure"] in kept]
        head = {"target": trial.target, "split": trial.split, "rule": "", "subgroup": ALL}
        counts = {**counts_of(whole), "n_positive": int(trial.reference.sum())}
        for other in trial.models if fine_tuned in trial.models else ():
            if other != fine_tuned:
                estimate = difference(trial, fine_tuned, other, "auroc", "", level, {})
                differences.append(
                    target_difference(head, fine_tuned, other, "auroc", level, estimate, counts)
                )
    return measures, differences


def head_of(whole: Contest, subgroup: str) -> dict[str, str]:
    """What the rows of a target have in common: which, of which split and subgroup."""
    return {"target": whole.target, "split": whole.split, "rule": "", "subgroup": subgroup}


def counts_of(*contests: Contest) -> Row:
    """Studies and patients judged for any of them; there is no positive study."""
    studies = {study for each in contests for study in each.study}
    patients = {int(group) for each in contests for group in each.group}
    return {"n_cases": len(studies), "n_groups": len(patients), "n_positive": pd.NA}


def target_row(
    head: Mapping[str, str], model: str, measure: str, level: float, found: Estimate, counts: Row
) -> Row:
    """A row of ``tables.results.MEASURE_COLUMNS``."""
    return {
        "model": model,
        "measure": measure,
        **head,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "level": level,
        "method": found.method,
        **counts,
        "threshold": math.nan,
        "reason": found.reason,
    }


def target_difference(
    head: Mapping[str, str],
    model: str,
    other: str,
    measure: str,
    level: float,
    found: Estimate,
    counts: Row,
) -> Row:
    """A row of ``tables.results.DIFFERENCE_COLUMNS``."""
    return {
        "measure": measure,
        **head,
        "model": model,
        "compared_with": other,
        **filled(found, level),
        **counts,
    }
