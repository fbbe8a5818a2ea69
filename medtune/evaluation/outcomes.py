"""What of classes, grades and amounts is drawn, and which of their errors are looked at."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.arrays import Floats
from medtune.evaluation.contest import Contest
from medtune.evaluation.curves import COLUMNS
from medtune.evaluation.worst import COLUMNS as WORST
from medtune.evaluation.worst import EACH


def outcome_rows(contest: Contest) -> list[dict[str, Any]]:
    """Points for the figures; none where the target is not estimable.

    confusion: x is the place of the true class, y that of the said one, n the studies. agreement
    (Bland & Altman 1986): x is the mean of said and true amount, y said minus true, a study each.

    Args:
        contest: one target.
    """
    rows: list[dict[str, Any]] = []
    if contest.too_few:
        return rows

    def add(curve: str, model: str, x: float, y: float, n: int) -> None:
        point = (curve, model, contest.target, x, y, math.nan, math.nan, n)
        rows.append(dict(zip(COLUMNS, point, strict=True)))

    for model in contest.models:
        said, truth = contest.said(model), contest.reference
        if contest.kind == "continuous":
            for x, y in zip((said + truth) / 2, said - truth, strict=True):
                add("agreement", model, float(x), float(y), 1)
            continue
        for place, own in np.ndindex(len(contest.classes), len(contest.classes)):
            n = int(np.sum((truth == place) & (said == own)))
            add("confusion", model, float(place), float(own), n)
    return rows


def worst_outcomes(contest: Contest, model: str, films: pd.DataFrame) -> list[dict[str, Any]]:
    """The studies that a model got most wrong, by a fixed rule, at most one a patient.

    Of classes up to eight wrong ones of which the model was most certain; of grades and amounts
    up to four that it put too high and four too low, the furthest first. Of a study's films the
    one that erred most is named.

    Args:
        contest: one target.
        model: whose errors are shown.
        films: the films' own predictions.
    """
    if model not in contest.models or contest.too_few:
        return []
    said, truth = contest.said(model), contest.reference
    if contest.kind == "multiclass":
        score = contest.score[contest.models.index(model)]
        sure = score[np.arange(truth.size), said.astype(int)]
        asked = [("wrong class", np.where(said != truth, sure, 0.0), 2 * EACH)]
    else:
        asked = [("too high", said - truth, EACH), ("too low", truth - said, EACH)]
    own = films[(films["model"] == model) & (films["target"] == contest.target)]
    own = own[own["score"].notna()]
    rows: list[dict[str, Any]] = []
    for error, far, most in asked:
        for index in _furthest(contest, far, most):
            case = _film(contest, own, index, error)
            values = (case, contest.target, model, float(said[index]), float(truth[index]), error)
            rows.append(dict(zip(WORST, values, strict=True)))
    return rows


def _furthest(contest: Contest, far: Floats, most: int) -> list[int]:
    """Studies with the greatest values above 0, one a patient."""
    seen: dict[int, int] = {}
    for index in np.argsort(-far, kind="stable"):
        if far[index] <= 0 or len(seen) == most:
            break
        seen.setdefault(int(contest.group[index]), int(index))
    return list(seen.values())


def _film(contest: Contest, own: pd.DataFrame, index: int, error: str) -> str:
    """Of a study's films the one that is furthest from the truth."""
    of_study = own[own["study_id"] == contest.study[index]]
    if contest.classes:
        true = contest.classes[int(contest.reference[index])]
        row = of_study.loc[of_study["class"] == true, "score"].idxmin()
    else:
        row = of_study["score"].idxmax() if error == "too high" else of_study["score"].idxmin()
    return str(of_study.at[row, "case_id"])
