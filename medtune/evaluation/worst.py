"""Which cases to look at: the worst errors, by a fixed rule, never hand-picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.trial import Trial

COLUMNS = ("case_id", "target", "model", "score", "reference", "error")
EACH = 4


def worst_rows(trial: Trial, model: str, films: pd.DataFrame) -> list[dict[str, Any]]:
    """The positive studies with the lowest score and the negative ones with the highest.

    Up to four false negatives and four false positives at the model's own threshold, at most one
    a patient. Of a study's films the one that erred most is named.

    Args:
        trial: one finding.
        model: the model whose errors are shown.
        films: the films' own predictions.
    """
    point = trial.points.get((model, "site"))
    if point is None or point.reason:
        point = trial.points.get((model, "shipped"))
    if point is None or point.reason:
        return []
    score = trial.of(model)
    called = score >= point.threshold
    own = films[(films["model"] == model) & (films["target"] == trial.target)]
    own = own[own["study_id"].isin(trial.study) & own["score"].notna()]
    rows: list[dict[str, Any]] = []
    for error, wrong, sign in (
        ("false negative", trial.reference & ~called, 1.0),
        ("false positive", ~trial.reference & called, -1.0),
    ):
        seen: set[int] = set()
        for index in np.argsort(sign * score, kind="stable"):
            patient = int(trial.group[index])
            if not wrong[index] or patient in seen:
                continue
            if len(seen) == EACH:
                break
            seen.add(patient)
            of_study = own[own["study_id"] == trial.study[index]]
            film = of_study.loc[(sign * of_study["score"]).idxmin()]
            reference = float(trial.reference[index])
            values = (film["case_id"], trial.target, model, float(score[index]), reference, error)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows
