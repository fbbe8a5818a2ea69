"""How much another seed changes: the primary comparison of every training of the same run.

The verdict is about the first seed's model alone. The others show how far chance in training (the
order of films, augmentation, dropout) carries, which no interval for given weights contains
(Bouthillier et al. 2021, MLSys, "Accounting for variance in machine learning benchmarks").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.arrays import Weights
from medtune.evaluation.differences import difference, filled, sides
from medtune.evaluation.drawn import Draws, draw
from medtune.evaluation.macro import MACRO, macro_differences, macro_measures
from medtune.evaluation.measures import Row, measure_rows
from medtune.evaluation.trial import Trial
from medtune.evaluation.verdict import Question, verdict_of
from medtune.tables.predictions import retrained

ALL_SEEDS = "seeds"  # the subgroup of the rows that sum the seeds up


def split_off(
    predictions: pd.DataFrame, model: str, seeds: Sequence[int]
) -> tuple[pd.DataFrame, dict[int, pd.DataFrame]]:
    """The predictions that are judged, and for each further seed the same with its scores.

    Args:
        predictions: the table; the trainings of further seeds are models ``MODEL:seed=N`` in it.
        model: name of the fine-tuned model.
        seeds: the judged one first; may be empty.

    Returns:
        The table without the trainings of further seeds, and one a further seed, in which that
        training stands in the place of the judged one.
    """
    named = {seed: retrained(model, seed) for seed in seeds[1:]}
    judged = predictions[~predictions["model"].isin(list(named.values()))]
    others = judged[judged["model"] != model]
    tables = {}
    for seed, name in named.items():
        own = predictions[predictions["model"] == name].assign(model=model)
        tables[seed] = pd.concat([own, others], ignore_index=True)
    return judged, tables


def primary_rows(
    trials: list[Trial], question: Question, level: float, weights: Weights
) -> tuple[Row, Row]:
    """The primary measure of the fine-tuned model and its difference: all that a seed is judged by.

    Args:
        trials: one a finding, of one training, paired as for the verdict.
        question: the primary comparison.
        level: confidence level.
        weights: the verdict's own resamples.

    Returns:
        A row of measures and one of differences; their subgroup is 'all'.
    """
    own, other, measure = question.model, question.compared_with, question.measure
    macro = question.finding == MACRO
    pairs = [t.among((own, other)) for t in trials if macro or t.target == question.finding]
    own_rule = sides(pairs[0], own, question.rule)[0]
    if own_rule and (own, own_rule) not in pairs[0].points:
        own_rule = "site"  # where it says why there is no threshold
    closed = measure == "auroc" and not macro
    ranking = measure in ("auroc", "average_precision")
    draws: list[Draws] = [{} if closed else draw(t, weights, ranking=ranking) for t in pairs]
    if macro:
        measures = macro_measures(pairs, draws, measure, own_rule, level)
        differences = macro_differences(pairs, draws, own, measure, question.rule, level)
    else:
        (pair,), (drawn,) = pairs, draws
        estimate = difference(pair, own, other, measure, question.rule, level, drawn)
        measures = measure_rows(pair, level, drawn if measure == "average_precision" else None)
        differences = [
            {
                "measure": measure,
                "target": pair.target,
                "split": pair.split,
                "rule": question.rule,
                "subgroup": "all",
                "model": own,
                "compared_with": other,
                **filled(estimate, level),
                **pair.counts,
            }
        ]
    wanted = {"model": own, "measure": measure, "rule": own_rule}
    (value,) = (row for row in measures if wanted.items() <= row.items())
    return value, differences[0]


def spread(
    rows: dict[int, tuple[Row, Row]], question: Question
) -> tuple[list[Row], list[Row], dict[str, Any]]:
    """The rows of every seed, those that sum them up, and the figures.

    Args:
        rows: what ``primary_rows`` gives of each seed, the judged one first.
        question: the primary comparison.

    Returns:
        Rows of measures and of differences, of subgroup 'seed=N' and, over all, 'seeds' (the mean,
        with the least and the greatest as its ends); and for ``Result.spread``: seeds, judged,
        measure and difference (values, mean, standard_deviation, min, max), verdicts, reason.
    """
    measures = [{**m, "subgroup": f"seed={seed}"} for seed, (m, _) in rows.items()]
    differences = [{**d, "subgroup": f"seed={seed}"} for seed, (_, d) in rows.items()]
    seeds = list(rows)
    reason = next((row["reason"] for row in (*differences, *measures) if row["reason"]), "")
    figures: dict[str, Any] = {
        "seeds": seeds,
        "judged": seeds[0],
        "measure": _figures([row["value"] for row in measures], reason),
        "difference": _figures([row["difference"] for row in differences], reason),
        "verdicts": [verdict_of(row, question.margin) for row in differences],
        "reason": reason,
    }
    measures.append(_summed(measures[0], "value", figures["measure"], seeds, reason))
    differences.append(_summed(differences[0], "difference", figures["difference"], seeds, reason))
    return measures, differences, figures


def other_verdicts(figures: dict[str, Any]) -> list[str]:
    """A sentence where another seed would have led to another verdict.

    Args:
        figures: of ``spread``.
    """
    judged, *others = figures["verdicts"]
    other = [
        f"{seed} ({verdict.replace('_', ' ')})"
        for seed, verdict in zip(figures["seeds"][1:], others, strict=True)
        if verdict != judged
    ]
    if not other:
        return []
    return [
        f"The verdict is about seed {figures['judged']}, the first declared. Trained with another "
        f"seed it would have been another one: seed {', seed '.join(other)}."
    ]


def _figures(values: list[float], reason: str) -> dict[str, Any]:
    """Mean, standard deviation (n - 1) and ends; NaN where any seed cannot be judged."""
    given = np.full(len(values), math.nan) if reason else np.array(values, dtype=float)
    return {
        "values": given.tolist(),
        "mean": float(given.mean()),
        "standard_deviation": float(given.std(ddof=1)),
        "min": float(given.min()),
        "max": float(given.max()),
    }


def _summed(row: Row, column: str, figures: dict[str, Any], seeds: list[int], reason: str) -> Row:
    """One row for all seeds; it has no level, for its ends are no confidence interval."""
    method = (
        f"mean, least and greatest of {len(seeds)} seeds; "
        f"standard deviation {figures['standard_deviation']:.6g}"
    )
    summed = {
        **row,
        "subgroup": ALL_SEEDS,
        column: figures["mean"],
        "low": figures["min"],
        "high": figures["max"],
        "level": math.nan,
        "method": "" if reason else method,
        "reason": reason,
    }
    if "p_value" in row:
        summed["p_value"] = math.nan
    else:
        summed["threshold"] = math.nan
    return summed
