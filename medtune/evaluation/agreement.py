"""How far what is said agrees with the reference: of classes, of grades, of amounts.

Every measure is a function of weighted sums over cases, so that the one bootstrap of patients
gives all of them from the same resamples. Sources: Cohen 1968 (weighted kappa), Bland & Altman
1986 (limits of agreement, 95 % of the differences).
"""

from __future__ import annotations

import numpy as np

from medtune.evaluation.arrays import Floats, Weights
from medtune.evaluation.contest import Contest
from medtune.evaluation.drawn import Draws
from medtune.evaluation.resampling import ranking_draws, ratio, sums

LIMIT = 1.959963984540054  # normal quantile of the limits of agreement

# By kind: what judges a model, and of which a difference between models is given.
MEASURES = {
    "multiclass": ("macro_auroc", "accuracy", "balanced_accuracy"),
    "ordinal": ("quadratic_weighted_kappa", "accuracy", "within_one_accuracy"),
    "continuous": ("mae", "bias", "limit_low", "limit_high", "r_squared", "correlation"),
}
COMPARED = {
    "multiclass": ("macro_auroc", "accuracy", "balanced_accuracy"),
    "ordinal": ("quadratic_weighted_kappa", "accuracy", "within_one_accuracy"),
    "continuous": ("mae", "r_squared", "correlation"),
}


def draw_contest(contest: Contest, weights: Weights) -> Draws:
    """Draw all measures of every model from the same resamples of patients.

    Args:
        contest: one target.
        weights: (patients of the split, 1 + B), from ``resampling.patient_weights``.

    Returns:
        (model, measure, '') to (1 + B,), the sample first; none where there are too few patients,
        and no macro_auroc where fewer than two classes can be judged.
    """
    drawn: Draws = {}
    if contest.too_few:
        return drawn
    of_kind = {"multiclass": _of_classes, "ordinal": _of_grades, "continuous": _of_amounts}
    for model in contest.models:
        for measure, values in of_kind[contest.kind](contest, model, weights).items():
            drawn[model, measure, ""] = values
    return drawn


def judged_classes(contest: Contest) -> list[int]:
    """Places of the classes that enough patients have, and enough have not."""
    places = range(len(contest.classes))
    return [place for place in places if not contest.against_the_others(place).too_few]


def _of_classes(contest: Contest, model: str, weights: Weights) -> dict[str, Floats]:
    """Accuracy; its mean over the classes there are; AUROC of each against the others, the mean."""
    said, truth = contest.said(model), contest.reference
    there = np.unique(truth)
    own = truth[:, None] == there
    right = own & (said[:, None] == there)
    total = sums(np.column_stack([right, own]).astype(np.float64), contest.group, weights)
    found, having = total[: there.size], total[there.size :]
    measures = {
        "accuracy": ratio(found.sum(axis=0), having.sum(axis=0)),
        "balanced_accuracy": ratio(found, having).mean(axis=0),
    }
    places = judged_classes(contest)
    if len(places) > 1:
        score = contest.score[contest.models.index(model)]
        areas = [
            ranking_draws(score[:, place], truth == place, contest.group, weights)[0]
            for place in places
        ]
        measures["macro_auroc"] = np.mean(areas, axis=0)
    return measures


def _of_grades(contest: Contest, model: str, weights: Weights) -> dict[str, Floats]:
    """Kappa with quadratic weights, and shares right and right to within one grade.

    The quadratic disagreement expected by chance needs the first two moments of both only.
    """
    said, truth = contest.said(model), contest.reference
    apart = np.abs(said - truth)
    moments = (np.ones_like(truth), truth, truth**2, said, said**2, apart**2)
    columns = (*moments, apart == 0, apart <= 1)
    n, t, t2, s, s2, d2, right, near = sums(
        np.column_stack(columns).astype(np.float64), contest.group, weights
    )
    chance = (t2 + s2) * n - 2 * t * s
    return {
        "quadratic_weighted_kappa": 1 - ratio(d2 * n, chance),
        "accuracy": ratio(right, n),
        "within_one_accuracy": ratio(near, n),
    }


def _of_amounts(contest: Contest, model: str, weights: Weights) -> dict[str, Floats]:
    """Mean absolute error; bias and limits of agreement; R squared; Pearson's correlation."""
    middle = contest.reference.mean()  # changes nothing but keeps the digits of the squares
    truth, said = contest.reference - middle, contest.said(model) - middle
    error = said - truth
    columns = (np.ones_like(truth), np.abs(error), error, error**2, truth, truth**2, said, said**2)
    n, absolute, e, e2, t, t2, s, s2 = sums(np.column_stack(columns), contest.group, weights)
    (ts,) = sums((truth * said)[:, None], contest.group, weights)
    bias = ratio(e, n)
    spread = np.sqrt(np.maximum(0, ratio(e2 - e * bias, n - 1)))
    of_truth, of_said = t2 - t * ratio(t, n), s2 - s * ratio(s, n)
    both = np.sqrt(np.maximum(0, of_truth * of_said))
    return {
        "mae": ratio(absolute, n),
        "bias": bias,
        "limit_low": bias - LIMIT * spread,
        "limit_high": bias + LIMIT * spread,
        "r_squared": 1 - ratio(e2, of_truth),
        "correlation": ratio(ts - t * ratio(s, n), both),
    }
