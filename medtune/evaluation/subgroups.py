"""Parts of the judged set by attribute, and which of them are too small to be shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from medtune.evaluation.arrays import Weights
from medtune.evaluation.differences import difference_rows
from medtune.evaluation.drawn import draw
from medtune.evaluation.gaps import gap_rows
from medtune.evaluation.measures import Row, measure_rows
from medtune.evaluation.trial import Trial


def suppressed(patients: Mapping[str, int], min_cell: int) -> dict[str, str]:
    """Which levels of an attribute are not shown, and why.

    A level of fewer than ``min_cell`` patients is not shown. Nor is, as long as the hidden ones
    together could be had by subtraction (one alone, or fewer than ``min_cell`` in all), the next
    smallest.

    Args:
        patients: number of patients of each level.
        min_cell: the least number that is shown.
    """
    return suppressed_together([patients], min_cell)


def suppressed_together(columns: Sequence[Mapping[str, int]], min_cell: int) -> dict[str, str]:
    """Which levels are not shown in columns of which one may be had from the others.

    A level is hidden in all of them where one has fewer than ``min_cell`` patients of it, but not
    none; and the next smallest until at least two are hidden, and what is hidden of each column is
    nobody or at least ``min_cell`` together.

    Args:
        columns: number of patients of each level, the same levels in each; the first is of all.
        min_cell: the least number that is shown.
    """
    whole = columns[0]
    rising = sorted(whole, key=lambda level: (whole[level] == 0, whole[level], level))
    hidden = {
        level: f"not shown: fewer than {min_cell} patients"
        for level in rising
        if any(0 < of[level] < min_cell for of in columns)
    }
    for level in rising:
        together = [sum(of[name] for name in hidden) for of in columns]
        if not hidden or (len(hidden) > 1 and all(n == 0 or n >= min_cell for n in together)):
            break
        hidden.setdefault(level, "not shown: it would give away a smaller group")
    return hidden


def subgroup_rows(
    trial: Trial,
    attribute: str,
    values: pd.Series[str],
    *,
    fine_tuned: str,
    level: float,
    min_cell: int,
    weights: Weights,
    seed: int,
) -> tuple[list[Row], list[Row]]:
    """Judge each level of one attribute apart; exploratory, not adjusted for their number.

    Args:
        trial: one finding.
        attribute: its name, e.g. 'sex'.
        values: the attribute of every study, indexed by study_id.
        fine_tuned: the model that the others are compared with.
        level: confidence level.
        min_cell: the least number of patients that is shown.
        weights: of the bootstrap, for differences between clustered proportions.
        seed: of the gaps' draws.

    Returns:
        Rows of measures and rows of differences, the gaps between the levels among them.
    """
    measures: list[Row] = []
    differences: list[Row] = []
    shown: dict[str, Trial] = {}
    for name, some, hidden in parts(trial, attribute, values, min_cell):
        subgroup = f"{attribute}={name}"
        if not hidden:
            shown[name] = some
        draws = draw(some, weights, ranking=False) if some.clustered else {}
        judged = measure_rows(some, level, subgroup=subgroup)
        compared = difference_rows(some, fine_tuned, level, draws, subgroup=subgroup)
        if hidden:
            judged, compared = blanked(judged, hidden), blanked(compared, hidden)
        measures += judged
        differences += compared
    apart = gap_rows(trial, attribute, shown, fine_tuned=fine_tuned, level=level, seed=seed)
    return measures + apart[0], differences + apart[1]


def parts(
    trial: Trial, attribute: str, values: pd.Series[str], min_cell: int
) -> Iterator[tuple[str, Trial, str]]:
    """The levels of an attribute: name, its part of the trial, why it is not shown.

    What is not shown is an empty part, so that nothing can be counted.

    Args:
        trial: one finding.
        attribute: its name.
        values: the attribute of every study, indexed by study_id.
        min_cell: the least number of patients that is shown.
    """
    value = values.reindex(list(trial.study)).to_numpy(dtype=object)
    inside = {str(name): value == name for name in sorted(set(value))}
    patients = {name: int(np.unique(trial.group[part]).size) for name, part in inside.items()}
    hidden = suppressed(patients, min_cell)
    for name, part in inside.items():
        yield name, trial.only(part & (name not in hidden)), hidden.get(name, "")


def blanked(rows: list[Row], reason: str) -> list[Row]:
    """Rows without any number: no value, no count, no standard error."""
    numbers = ("value", "difference", "low", "high", "p_value", "se")
    number_of = ("n_cases", "n_groups", "n_positive")
    return [
        {
            **row,
            **{name: math.nan for name in numbers if name in row},
            **dict.fromkeys(number_of, pd.NA),
            "method": "",
            "reason": reason,
        }
        for row in rows
    ]
