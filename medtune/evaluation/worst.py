"""Which cases to look at: the worst errors and some right ones, by rule, never hand-picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.arrays import Flags, Indices
from medtune.evaluation.trial import Trial
from medtune.evaluation.units import steady_order

COLUMNS = ("case_id", "target", "model", "score", "reference", "error")
EACH = 4
RIGHT = 2  # of each kind of right decision


def worst_rows(trial: Trial, model: str, films: pd.DataFrame) -> list[dict[str, Any]]:
    """The positive studies with the lowest score and the negative ones with the highest.

    Up to four false negatives and four false positives at the model's own threshold, at most one
    a patient. Of a study's films the one that erred most is named.

    Args:
        trial: one finding.
        model: the model whose errors are shown.
        films: the films' own predictions.
    """
    called = _called(trial, model)
    if called is None:
        return []
    score, own, rows = trial.of(model), _films(trial, model, films), list[dict[str, Any]]()
    for error, wrong, sign in (
        ("false negative", trial.reference & ~called, 1.0),
        ("false positive", ~trial.reference & called, -1.0),
    ):
        order = np.argsort(sign * score, kind="stable")
        chosen = _one_a_patient(trial, order[wrong[order]], EACH)
        rows += [_row(trial, model, own, index, error, sign) for index in chosen]
    return rows


def right_rows(trial: Trial, model: str, films: pd.DataFrame, seed: int) -> list[dict[str, Any]]:
    """Some right decisions beside them, drawn at random: two of each kind, one a patient.

    Which they are hangs on the seed, the patients and the scores, not on the order of the rows. Of
    a study's films the one that is most right is named.

    Args:
        trial: one finding.
        model: the model whose decisions are shown.
        films: the films' own predictions.
        seed: of the draw.
    """
    called = _called(trial, model)
    if called is None:
        return []
    order = steady_order(trial)
    order = order[np.random.default_rng(seed).permutation(order.size)]
    own, rows = _films(trial, model, films), list[dict[str, Any]]()
    for kind, right, sign in (
        ("true positive", trial.reference & called, -1.0),
        ("true negative", ~trial.reference & ~called, 1.0),
    ):
        chosen = _one_a_patient(trial, order[right[order]], RIGHT)
        rows += [_row(trial, model, own, index, kind, sign) for index in chosen]
    return rows


def _called(trial: Trial, model: str) -> Flags | None:
    """What the model calls present, at the site's threshold or its own; None without one."""
    for rule in ("site", "shipped"):
        point = trial.points.get((model, rule))
        if point is not None and not point.reason:
            return np.asarray(trial.of(model) >= point.threshold)
    return None


def _one_a_patient(trial: Trial, order: Indices, most: int) -> list[int]:
    """The first studies of an order, no two of one patient."""
    seen: dict[int, int] = {}
    for index in order:
        if len(seen) == most:
            break
        seen.setdefault(int(trial.group[index]), int(index))
    return list(seen.values())


def _films(trial: Trial, model: str, films: pd.DataFrame) -> pd.DataFrame:
    """What the model says of the films of the judged studies."""
    own = films[(films["model"] == model) & (films["target"] == trial.target)]
    return own[own["study_id"].isin(trial.study) & own["score"].notna()]


def _row(
    trial: Trial, model: str, own: pd.DataFrame, index: int, error: str, sign: float
) -> dict[str, Any]:
    """One study, by its film with the lowest score times the sign."""
    of_study = own[own["study_id"] == trial.study[index]]
    film = int(np.argmin(sign * of_study["score"].to_numpy(np.float64)))
    score, reference = float(trial.of(model)[index]), float(trial.reference[index])
    values = (of_study["case_id"].iloc[film], trial.target, model, score, reference, error)
    return dict(zip(COLUMNS, values, strict=True))
