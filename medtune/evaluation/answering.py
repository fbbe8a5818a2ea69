"""Classes that are said without a person: only those that are sure enough for a bar.

How sure a model is of a case is the probability of the class that it says. The cut is chosen on
the calibration cases by fixed-sequence testing with several starts (Learn then Test: Angelopoulos,
Bates, Candes, Jordan & Lei 2021, arXiv:2110.01052): from each start on, a hundredth of the groups
more, as long as the exact binomial p-value of "less than the bar is right" stays below the start's
share of the allowed chance. What is accepted before the first refusal of its sequence holds for all
of them at once with the stated confidence, so that the widest may be taken. The cut is a score of
the calibration cases itself: see ``selective`` for why the errors beyond it are binomial.

A group (customer, patient) counts once: it is wrong where anything said of it alone is wrong. The
bar is about groups, and so is ``answered_throughout``; ``answer_precision`` counts cases, of which
the bar says nothing where groups have several.

The share answered rightly is of all cases, also of those that nobody could have answered. It is an
upper bound on what a person is spared: whoever is answered may ask again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import binom

from medtune.config.operating import AnswerAlone
from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.contest import Contest
from medtune.evaluation.contest_rows import counts_of, head_of, target_difference, target_row
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.measures import Row
from medtune.evaluation.resampling import ratio, sums

STEPS = 100  # of a sequence: a hundredth of the calibration groups each
STARTS = (0.1, 0.3, 0.5, 0.7)  # shares of the groups answered, at which sequences begin
ANSWERED, RIGHT, PRECISION = "answered", "answered_right", "answer_precision"
THROUGHOUT = "answered_throughout"
MEASURES = (RIGHT, ANSWERED, PRECISION, THROUGHOUT)
OF_THE_ANSWERED = (PRECISION, THROUGHOUT)
NOTHING = "nothing is answered: no cut keeps the bar on calibration"


@dataclass(frozen=True)
class Cut:
    """From which probability on a model's class is said without a person.

    Attributes:
        score: the least probability; NaN where nothing is answered.
        groups: calibration groups in all.
        answered: those of them with anything answered.
        wrong: those of them with anything answered wrongly.
        reason: why nothing is answered; empty where something is.
    """

    score: float
    groups: int
    answered: int = 0
    wrong: int = 0
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values; no score is None."""
        return {**asdict(self), "score": None if math.isnan(self.score) else self.score}


def fit_cut(sure: Floats, right: Flags, group: Indices, wanted: AnswerAlone) -> Cut:
    """Choose the cut on calibration cases.

    Args:
        sure: (n,) probability of the class that is said; -inf where a person answers anyhow.
        right: (n,) whether it is the case's own.
        group: (n,) customer or patient of each.
        wanted: the bar, and the confidence in it.
    """
    _, place = np.unique(group, return_inverse=True)
    n = int(place.max()) + 1 if place.size else 0
    bound, chance = 1 - wanted.precision, 1 - wanted.confidence
    starts = [math.ceil(n * share) for share in STARTS]
    while starts and (1 - bound) ** starts[0] > chance / len(starts):
        starts.pop(0)  # not even no error at all would show the bar there
    if not starts:
        least = math.ceil(math.log(chance) / math.log1p(-bound) / STARTS[-1])
        return Cut(
            math.nan,
            n,
            reason=f"{n} calibration groups are too few for this bar: at least {least} are "
            "needed, and more unless none of them is answered wrongly",
        )
    surest = np.full(n, -np.inf)
    np.maximum.at(surest, place, sure)
    ordered = np.sort(surest)[::-1]
    found = Cut(math.nan, n, reason="no cut keeps the bar with this confidence on calibration")
    for start in starts:
        for size in range(start, n, max(1, n // STEPS)):
            edge = ordered[size]  # beyond it are at most ``size`` groups
            inside = sure > edge
            answered = int(np.unique(place[inside]).size)
            wrong = int(np.unique(place[inside & ~right]).size)
            refused = binom.cdf(wrong, answered, bound) > chance / len(starts)
            if not np.isfinite(edge) or refused:
                break
            if answered > found.answered:
                found = Cut(float(np.nextafter(edge, np.inf)), n, answered, wrong)
    return found


def sureness(contest: Contest, model: str, by_hand: str | None) -> Floats:
    """Probability of the class that a model says, (n,); -inf where that is left to a person.

    Args:
        contest: of a multiclass target.
        model: one of its models.
        by_hand: the class that means 'none of ours'; None where there is none.
    """
    return sure_of(contest.score[contest.models.index(model)], contest.classes, by_hand)


def sure_of(scores: Floats, classes: Sequence[str], by_hand: str | None) -> Floats:
    """The same of probabilities (n, C) of classes."""
    sure = scores.max(axis=1)
    if by_hand in classes:
        sure = np.where(scores.argmax(axis=1) == classes.index(by_hand), -np.inf, sure)
    return np.asarray(sure, np.float64)


def answer_rows(
    contest: Contest,
    calibration: Contest | None,
    wanted: AnswerAlone,
    by_hand: str | None,
    weights: Weights,
    fine_tuned: str,
    level: float,
) -> tuple[list[Row], list[Row], list[dict[str, Any]]]:
    """What every model answers without a person on the judged cases, and how right that is.

    Args:
        contest: the judged cases of a multiclass target.
        calibration: its calibration cases; None where there are none.
        wanted: the bar.
        by_hand: the class that is always left to a person.
        weights: of the bootstrap.
        fine_tuned: the model that the others are compared with.
        level: confidence level.

    Returns:
        Rows of measures and of differences, and each model's cut as plain values.
    """
    head, counts = head_of(contest, "all"), counts_of(contest)
    draws: Draws = {}
    cuts: dict[str, Cut] = {}
    rows: list[Row] = []
    for model in contest.models:
        cut = _cut(calibration, model, wanted, by_hand)
        cuts[model] = cut
        answered = sureness(contest, model, by_hand) >= (math.inf if cut.reason else cut.score)
        right = answered & (contest.said(model) == contest.reference)
        if by_hand in contest.classes:
            right &= contest.reference != contest.classes.index(by_hand)
        table = np.column_stack([np.ones(answered.size), answered, right]).astype(np.float64)
        every, given, good = sums(table, contest.group, weights)
        draws[model, ANSWERED, ""] = ratio(given, every)
        draws[model, RIGHT, ""] = ratio(good, every)
        draws[model, PRECISION, ""] = ratio(good, given)
        asked, served = sums(_by_group(answered, right, contest.group), contest.group, weights)
        draws[model, THROUGHOUT, ""] = ratio(served, asked)
        for measure in MEASURES:
            found = _estimate(contest, draws[model, measure, ""], cut, measure, level)
            one = target_row(head, model, measure, level, found, counts)
            rows.append({**one, "threshold": cut.score})
    differences = [
        target_difference(
            head,
            fine_tuned,
            model,
            measure,
            level,
            _difference(contest, draws, (fine_tuned, model), measure, level),
            counts,
        )
        for model in contest.models
        if model != fine_tuned and fine_tuned in contest.models
        for measure in (RIGHT, ANSWERED)
    ]
    settings = [
        {
            "model": model,
            "target": contest.target,
            **wanted.model_dump(),
            **cut.as_dict(),
        }
        for model, cut in cuts.items()
    ]
    return rows, differences, settings


def _by_group(answered: Flags, right: Flags, group: Indices) -> Floats:
    """Whether anything of a group was answered, and all of that rightly: (n, 2), on its first."""
    _, first, place = np.unique(group, return_index=True, return_inverse=True)
    told, wrong = (
        np.bincount(place, weights=flags, minlength=first.size) > 0
        for flags in (answered, answered & ~right)
    )
    table = np.zeros((group.size, 2))
    table[first] = np.column_stack([told, told & ~wrong])
    return table


def _cut(calibration: Contest | None, model: str, wanted: AnswerAlone, by_hand: str | None) -> Cut:
    if calibration is None or model not in calibration.models:
        return Cut(math.nan, 0, reason="no calibration cases")
    sure = sureness(calibration, model, by_hand)
    right = calibration.said(model) == calibration.reference
    return fit_cut(sure, right, calibration.group, wanted)


def _estimate(contest: Contest, draws: Floats, cut: Cut, measure: str, level: float) -> Estimate:
    if contest.too_few:
        return not_estimable(contest.too_few)
    if cut.reason:
        if measure in OF_THE_ANSWERED:
            return not_estimable(cut.reason)
        return Estimate(0.0, 0.0, 0.0, method=NOTHING)
    return from_draws(draws, level)


def _difference(
    contest: Contest, draws: Draws, pair: tuple[str, str], measure: str, level: float
) -> Estimate:
    if contest.too_few:
        return not_estimable(contest.too_few)
    own, other = (draws[model, measure, ""] for model in pair)
    if not own.any() and not other.any():
        return not_estimable("neither of the two answers anything")
    return from_draws(own - other, level, test=True)
