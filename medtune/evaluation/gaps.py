"""How far groups of patients are from one another: fairness, and whether the gain hangs on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.arrays import Floats, Indices
from medtune.evaluation.differences import filled, sides
from medtune.evaluation.heterogeneity import auroc_influence, gap, mean_influence
from medtune.evaluation.measures import Row, denominator, missing
from medtune.evaluation.multiplicity import adjusted
from medtune.evaluation.ranking import auroc
from medtune.evaluation.trial import Trial

OF_GAPS = ("auroc", "sensitivity", "specificity")
Level = tuple[float, Floats]  # a group's value, and each patient's influence on it


def gap_rows(
    trial: Trial,
    attribute: str,
    parts: Mapping[str, Trial],
    *,
    fine_tuned: str,
    level: float,
    seed: int,
) -> tuple[list[Row], list[Row]]:
    """The gap between the groups of an attribute: of every model, and of every difference.

    The gap of a difference is the interaction: whether the gain hangs on the group. The rows'
    subgroup is the attribute's name alone.

    Args:
        trial: one finding, the whole set.
        attribute: its name, e.g. 'sex'.
        parts: the groups that are shown, by name.
        fine_tuned: the model that the others are compared with.
        level: confidence level.
        seed: of the gaps' draws.

    Returns:
        Rows of measures and rows of differences.
    """
    patients = np.unique(trial.group)
    rules = dict.fromkeys(rule for _, rule in trial.points)
    wanted = [("auroc", ""), *((m, rule) for rule in rules for m in OF_GAPS[1:])]
    shared = {"target": trial.target, "split": trial.split, "subgroup": attribute, **trial.counts}
    measures: list[Row] = []
    differences: list[Row] = []

    def found(values: dict[str, Level]) -> dict[str, Any]:
        names = list(values)
        each = np.array([value for value, _ in values.values()])
        influence = np.array([moved for _, moved in values.values()])
        return filled(gap(names, each, influence, level, seed), level)

    for measure, rule in wanted:
        for model in trial.models:
            if rule and (model, rule) not in trial.points:
                continue
            own = dict(_levels(parts, patients, model, measure, rule))
            row = found(own) | {"measure": measure, "rule": rule, "model": model, **shared}
            # the p value is of no difference between groups; a table of measures has none
            value = {"value": row.pop("difference"), "threshold": math.nan}
            measures.append(
                {**{k: v for k, v in row.items() if k not in ("p_value", "se")}, **value}
            )
            if model == fine_tuned:
                continue
            own_rule, other_rule = sides(trial, fine_tuned, rule)
            if fine_tuned not in trial.models or other_rule != rule:
                continue
            if own_rule and (fine_tuned, own_rule) not in trial.points:
                continue
            theirs = dict(_levels(parts, patients, fine_tuned, measure, own_rule))
            apart = {
                name: (theirs[name][0] - value, theirs[name][1] - moved)
                for name, (value, moved) in own.items()
                if name in theirs
            }
            differences.append(
                found(apart)
                | {"measure": measure, "rule": rule, "model": fine_tuned, "compared_with": model}
                | shared
            )
    return measures, differences


def _levels(
    parts: Mapping[str, Trial], patients: Indices, model: str, measure: str, rule: str
) -> Iterable[tuple[str, Level]]:
    """A measure of one model in each group in which it is estimable."""
    for name, part in parts.items():
        if part.too_few or missing(part, model, measure, rule):
            continue
        patient, score = np.searchsorted(patients, part.group), part.of(model)
        if measure == "auroc":
            moved = auroc_influence(score, part.reference, patient, patients.size)
            yield name, (auroc(score, part.reference), moved)
            continue
        called = score >= part.points[model, rule].threshold
        inside, right = denominator(measure, called, part.reference)
        value = right[inside].astype(np.float64)
        moved = mean_influence(value, patient[inside], patients.size)
        yield name, (float(value.mean()), moved)


def with_adjusted(differences: pd.DataFrame, attributes: Iterable[str]) -> pd.DataFrame:
    """Add p values adjusted for the number of groups: columns p_holm and p_bh.

    A family is all groups of all attributes, for one measure, finding, rule and other model.
    Every other row has none.
    """
    name = differences["subgroup"].astype(str).str.partition("=")
    of_groups = name[0].isin(list(attributes)) & (name[1] == "=")
    table = differences.assign(p_holm=math.nan, p_bh=math.nan)
    family = ["measure", "target", "rule", "compared_with"]
    for _, rows in table[of_groups].groupby(family, sort=False):
        p_values = rows["p_value"].to_numpy(np.float64)
        table.loc[rows.index, "p_holm"] = adjusted(p_values, "holm")
        table.loc[rows.index, "p_bh"] = adjusted(p_values, "bh")
    return table
