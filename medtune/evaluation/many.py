"""Several models on the same cases, every pair of them; and the same models at several sites."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from medtune.config import Evaluation
from medtune.errors import DataError
from medtune.evaluation.compare import unpaired_auroc
from medtune.evaluation.differences import difference, filled
from medtune.evaluation.drawn import draw
from medtune.evaluation.intervals import quantile
from medtune.evaluation.measures import Row, measure_rows
from medtune.evaluation.multiplicity import adjusted
from medtune.evaluation.pooling import CALIBRATION, patients_of, pool_studies, roll
from medtune.evaluation.resampling import patient_weights
from medtune.evaluation.trial import Trial, asked_of, prepare

JUDGED = "test"
COMPARED = (("auroc", ""), ("sensitivity", "site"), ("specificity", "site"))
SHOWN = tuple(measure for measure, _ in COMPARED)


@dataclass(frozen=True)
class Many:
    """What comparing several models found.

    Attributes:
        measures: each model's AUROC, and sensitivity and specificity at its site threshold.
        differences: each pair; p_holm and p_bh are adjusted for all pairs and findings of the
            same measure.
    """

    measures: pd.DataFrame
    differences: pd.DataFrame


def compare_many(predictions: pd.DataFrame, settings: Evaluation) -> Many:
    """Compare every pair of models on the cases that all of them scored.

    Args:
        predictions: table of ``medtune.tables.predictions``, splits calibration and test.
        settings: pool, operating point, level, resamples, seed.

    Raises:
        DataError: fewer than two models.
    """
    trials = _trials(predictions, settings)
    models = sorted({model for trial in trials for model in trial.models})
    if len(models) < 2:
        raise DataError("There are fewer than two models to compare.")
    patients = int(max(int(trial.group.max(initial=0)) for trial in trials)) + 1
    weights = patient_weights(patients, settings.resamples, settings.seed)
    measures: list[Row] = []
    differences: list[Row] = []
    for trial in trials:
        rows = measure_rows(trial, settings.level)
        measures += [row for row in rows if row["measure"] in SHOWN]
        draws = draw(trial, weights, ranking=False) if trial.clustered else {}
        for model, other in combinations(trial.models, 2):
            for measure, rule in COMPARED:
                found = difference(trial, model, other, measure, rule, settings.level, draws)
                row = filled(found, settings.level) | trial.counts
                differences.append(
                    {
                        "measure": measure,
                        "target": trial.target,
                        "split": trial.split,
                        "rule": rule,
                        "subgroup": "all",
                        "model": model,
                        "compared_with": other,
                        **{name: value for name, value in row.items() if name != "se"},
                    }
                )
    table = pd.DataFrame(differences).assign(p_holm=math.nan, p_bh=math.nan)
    for _, rows_of in table.groupby("measure", sort=False):
        p_values = rows_of["p_value"].to_numpy(np.float64)
        table.loc[rows_of.index, "p_holm"] = adjusted(p_values, "holm")
        table.loc[rows_of.index, "p_bh"] = adjusted(p_values, "bh")
    return Many(pd.DataFrame(measures), table)


def _trials(predictions: pd.DataFrame, settings: Evaluation) -> list[Trial]:
    studies = pool_studies(predictions, settings.pool, JUDGED)
    if not patients_of(studies, JUDGED):
        raise DataError("There is no case to compare on.")
    scores = studies.scores
    found = []
    for target in sorted(scores.loc[scores["split"] == JUDGED, "target"].astype(str).unique()):
        chosen = (scores["split"] == CALIBRATION) & (scores["target"] == target)
        found.append(
            prepare(
                roll(studies, target, JUDGED),
                roll(studies, target, CALIBRATION) if chosen.any() else None,
                JUDGED,
                settings.target_of(target),
                {},
                asked_of(settings, target),
            )
        )
    return found


def cross_site(by_site: Mapping[str, pd.DataFrame], settings: Evaluation) -> pd.DataFrame:
    """AUROC of every model at every site whose test cases it scored: a matrix, row by row.

    Args:
        by_site: each site's predictions; its models are named by the site that they learnt at.
        settings: pool, level.

    Returns:
        Columns trained_at, judged_at, target, value, low, high, level, method, n_cases, n_groups,
        n_positive, reason; and change, change_low, change_high, p_value: against the same model at
        its own site, on other patients (Welch's t test), empty where that is not known.
    """
    rows: list[Row] = []
    for site, predictions in by_site.items():
        for trial in _trials(predictions, settings):
            judged = measure_rows(trial, settings.level)
            rows += [
                {
                    "trained_at": row["model"],
                    "judged_at": site,
                    **{k: v for k, v in row.items() if k not in ("model", "measure", "rule")},
                }
                for row in judged
                if row["measure"] == "auroc"
            ]
    table = pd.DataFrame(rows).drop(columns=["split", "subgroup", "threshold"])
    changes = [_change(table, row, settings.level) for _, row in table.iterrows()]
    return pd.concat([table, pd.DataFrame(changes, index=table.index)], axis=1)


def _change(table: pd.DataFrame, row: pd.Series, level: float) -> Row:
    """A model's AUROC at a site minus that at its own."""
    nothing = dict.fromkeys(("change", "change_low", "change_high", "p_value"), math.nan)
    home = table[
        (table["trained_at"] == row["trained_at"])
        & (table["judged_at"] == row["trained_at"])
        & (table["target"] == row["target"])
    ]
    if home.empty or row["judged_at"] == row["trained_at"]:
        return nothing
    there = home.iloc[0]
    if row["reason"] or there["reason"]:
        return nothing
    found = unpaired_auroc(
        row["value"],
        there["value"],
        variance_of(row, level),
        variance_of(there, level),
        row["n_groups"],
        there["n_groups"],
        level,
    )
    if not found.estimable:
        return nothing
    return {
        "change": found.value,
        "change_low": found.low,
        "change_high": found.high,
        "p_value": found.p_value,
    }


def variance_of(row: pd.Series, level: float) -> float:
    """An AUROC's variance, back from the half of its interval that is not cut at 0 or 1.

    Args:
        row: with value, low and high.
        level: of the interval.
    """
    reach = max(row["value"] - row["low"], row["high"] - row["value"])
    return float((reach / quantile(level)) ** 2)
