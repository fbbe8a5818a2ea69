"""Measures that are ratios per case: of every model, and paired between two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import proportion
from medtune.evaluation.resampling import patient_weights, ratio, sums
from medtune.tables.marks import BLANK_PAGE, declare_marks

FEWEST = 10  # groups: fewer give no interval
BY_DEFINITION = "by definition: it is the same in every text"


def judge_marks(
    marks: pd.DataFrame,
    *,
    model: str,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    split: str = "test",
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Judge every model by its marks, and one against all others.

    Models are paired on the cases that all of them have; customers, companies or patients are
    drawn, the same for every model and measure. Where every case is a yes, or every case a no, the
    interval is exact (Clopper & Pearson 1934), with the customer as the unit.

    Args:
        marks: see ``tables.marks``.
        model: the one that the others are compared with.
        level: confidence level.
        resamples: draws B.
        seed: of the draws.
        split: what the cases are of, for the tables.

    Returns:
        Rows of ``tables.results.MEASURE_COLUMNS``, and of ``DIFFERENCE_COLUMNS`` with ``se``.
    """
    marks = declare_marks(marks)
    groups = pd.Index(sorted(marks["group_id"].unique()))
    weights = patient_weights(len(groups), resamples, seed)
    measures: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    for (target, measure), part in marks.groupby(["target", "measure"], sort=False):
        common, group, names = _paired(part)
        count: dict[str, Any] = {
            "split": split,
            "rule": "",
            "subgroup": "all",
            "level": level,
            "n_cases": len(common),
            "n_groups": int(group.nunique()),
            "n_positive": None,
        }
        place = {"target": str(target), "measure": str(measure), **count}
        whose = groups.get_indexer(pd.Index(group))
        draws = _draws(common, names, whose, weights)
        for name in names:
            found = _estimate(draws, name, level, count["n_groups"])
            if not found.estimable and (alike := _all_alike(common, name, whose)) is not None:
                found = proportion(*alike, level, clustered=True)
            measures.append({
                **place, "model": name, "value": found.value, "low": found.low,
                "high": found.high, "method": found.method, "threshold": np.nan,
                "reason": found.reason,
            })  # fmt: skip
        for other in names:
            if other == model or model not in names:
                continue
            found = _difference(draws, model, other, level, count["n_groups"])
            differences.append({
                **place, "model": model, "compared_with": other, "difference": found.value,
                "low": found.low, "high": found.high, "p_value": found.p_value,
                "se": found.se, "method": found.method, "reason": found.reason,
            })  # fmt: skip
    return measures, differences


def _paired(part: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """One row a case that all models have: columns (numerator | denominator, model); its group."""
    names = list(dict.fromkeys(part["model"]))
    wide = part.pivot(index="case_id", columns="model", values=["numerator", "denominator"])
    wide = wide.dropna()
    group = part.drop_duplicates("case_id").set_index("case_id")["group_id"]
    return wide, group.reindex(wide.index), names


def _draws(
    common: pd.DataFrame, names: list[str], group: Indices, weights: Weights
) -> dict[str, Floats]:
    if common.empty:
        return {name: np.full(weights.shape[1], np.nan) for name in names}
    columns = [(kind, name) for name in names for kind in ("numerator", "denominator")]
    table = np.column_stack([common[column].to_numpy(dtype=np.float64) for column in columns])
    total = sums(table, group, weights)
    return {name: ratio(total[2 * i], total[2 * i + 1]) for i, name in enumerate(names)}


def _estimate(draws: dict[str, Floats], name: str, level: float, n_groups: int) -> Estimate:
    if n_groups < FEWEST:
        return not_estimable(_too_few(n_groups))
    if name == BLANK_PAGE:
        value = float(draws[name][0])
        return Estimate(value, value, value, method=BY_DEFINITION)
    return from_draws(draws[name], level)


def _all_alike(common: pd.DataFrame, name: str, group: Indices) -> tuple[Flags, Indices] | None:
    """Cases that all are a yes or all a no, and whose they are, from as many groups as are needed.

    Every resample agrees there, and yet something is known: of how many groups none had it.
    """
    if common.empty:
        return None
    yes = common["numerator", name].to_numpy(np.float64)
    of = common["denominator", name].to_numpy(np.float64)
    there = of > 0
    alike = len(set(yes[there])) == 1 and set(yes[there]) <= {0.0, 1.0} and set(of[there]) == {1.0}
    if not alike or len(np.unique(group[there])) < FEWEST:
        return None
    return yes[there] == 1, group[there]


def _difference(
    draws: dict[str, Floats], model: str, other: str, level: float, n_groups: int
) -> Estimate:
    if n_groups < FEWEST:
        return not_estimable(_too_few(n_groups))
    return from_draws(draws[model] - draws[other], level, test=True)


def _too_few(n_groups: int) -> str:
    return f"there are {n_groups} groups, and at least {FEWEST} are needed"
