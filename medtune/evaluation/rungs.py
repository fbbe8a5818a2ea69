"""The gain ladder: which rung is the cheapest that suffices, chosen before the test is opened.

Rungs stand in the order of what they cost. Each is judged by one declared utility, on cases that
it did not learn from, and compared with the best cheaper one (paired, patients resampled); the p
values of all comparisons are adjusted by Holm. One stands on the last rung that is better than the
best cheaper one. Small steps, none of which is shown, may hide a large one: so as long as a dearer
rung is shown to be better than that on which one stands (Holm again, over all dearer ones), one
goes on to the next that is worth more. Chosen is the cheapest from there on than which none is
shown to be better: what no comparison shows is not paid for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from medtune.errors import InputError
from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.declared_utility import Rule, Utility
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import patients_of_each_class
from medtune.evaluation.multiplicity import adjusted
from medtune.evaluation.resampling import patient_weights, ranking_draws
from medtune.evaluation.trial import MIN_PATIENTS

FIRST = not_estimable("the first rung")
CANNOT_MOVE = "a threshold or a recalibration cannot move it"


@dataclass(frozen=True)
class Rung:
    """One thing that could be done.

    Attributes:
        name: of it.
        rule: how its scores become decisions.
        score: (n,), of cases that it did not learn from; NaN where it refused one.
        threshold: of the rule 'shipped'.
        minutes: that it took.
        labels: labelled studies that it needs.
        reason: why it could not be climbed; then there are no scores.
    """

    name: str
    rule: Rule
    score: Floats = field(default_factory=lambda: np.empty(0), repr=False)
    threshold: float = math.nan
    minutes: float = 0.0
    labels: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Step:
    """What is known of a rung.

    Attributes:
        name, rule, minutes, labels: of the rung.
        utility: with its interval, or why there is none.
        auroc: the same.
        against: the best cheaper rung; empty for the first.
        gain: utility minus that of ``against``, with its p value.
        p_adjusted: by Holm over all comparisons; NaN without one.
        auroc_gain: AUROC minus that of ``against``.
        better: whether it is better than ``against``.
        short_of: the dearer rung that was shown to be better, so that one did not stay here; empty
            where one did, or did not stand.
        p_short: its p value, by Holm over all dearer rungs.
        note: where its thresholds were not taken as its rule says; empty where they were.
    """

    name: str
    rule: Rule
    minutes: float
    labels: int
    utility: Estimate
    auroc: Estimate
    against: str = ""
    gain: Estimate = FIRST
    p_adjusted: float = math.nan
    auroc_gain: Estimate = FIRST
    better: bool = False
    short_of: str = ""
    p_short: float = math.nan
    note: str = ""


@dataclass(frozen=True)
class Choice:
    """The rung that is chosen.

    Attributes:
        steps: of all rungs, in order.
        chosen: name of the rung; the first one that there is where nothing is better.
        n_cases, n_groups, n_positive: what it was chosen on.
        left_out: cases that some rung refused.
        reason: why nothing could be judged; empty where something could.
        first: name of the rung that the climb began with, the first that decides; empty where
            none does.
    """

    steps: tuple[Step, ...]
    chosen: str
    n_cases: int
    n_groups: int
    n_positive: int
    left_out: int
    reason: str = ""
    first: str = ""

    @property
    def step(self) -> Step:
        """The chosen one."""
        return next(step for step in self.steps if step.name == self.chosen)


def choose(
    rungs: Sequence[Rung],
    reference: Floats,
    group: Indices,
    fold: Indices,
    utility: Utility,
    *,
    level: float,
    resamples: int,
    seed: int,
    least_gain: float = 0.0,
    sets: Flags | None = None,
) -> Choice:
    """Choose a rung.

    Args:
        rungs: in the order of what they cost; at least one has scores.
        reference: (n,) 1, 0, or NaN where unknown: such a case is left aside.
        group: (n,), index of the patient.
        fold: (n,), alike for all cases of a patient: thresholds and recalibrations that a case is
            judged with are taken from the other folds.
        utility: that was declared.
        level: confidence level, of the intervals and of what counts as better.
        resamples: of patients.
        seed: of these.
        least_gain: a gain must be above it.
        sets: (n,), the cases that thresholds and recalibrations may be taken from, as they are in
            use; None where all are such.

    Raises:
        InputError: so few resamples that no p value could be small enough after Holm.
    """
    there = [rung for rung in rungs if not rung.reason]
    must_be_enough(resamples, len(there), level)
    scores = np.stack([rung.score for rung in there])
    known = np.isfinite(reference)
    kept = known & np.isfinite(scores).all(axis=0)
    present, group, fold = reference[kept] == 1, group[kept], fold[kept]
    setting = np.ones(present.size, bool) if sets is None else sets[kept]
    # patients anew from 0: who has no case left is not drawn
    group = np.unique(group, return_inverse=True)[1]
    patients = int(group.max(initial=-1)) + 1
    counts = present.size, patients, int(present.sum())
    left_out = int((known & ~kept).sum())
    positive, negative = patients_of_each_class(present, group)
    if min(positive, negative) < MIN_PATIENTS:
        reason = (
            f"{positive} positive and {negative} negative patients to choose on; at least "
            f"{MIN_PATIENTS} of each are needed"
        )
        steps = tuple(_unclimbed(rung, rung.reason or reason) for rung in rungs)
        return Choice(steps, there[0].name, *counts, left_out, reason)
    weights = patient_weights(patients, resamples, seed)
    cases = _Cases(present, group, fold, setting, utility, weights, level)
    return _climbed(rungs, [row[kept] for row in scores], cases, least_gain, counts, left_out)


def must_be_enough(resamples: int, rungs: int, level: float) -> None:
    """Refuse so few resamples that no rung could ever be chosen.

    Raises:
        InputError: says how many are needed.
    """
    comparisons = max(1, rungs - 1)
    needed = math.ceil(2 * comparisons / (1 - level))
    if resamples < needed:
        raise InputError(
            f"'evaluation.resamples' is {resamples}: with {comparisons} comparisons, adjusted by "
            f"Holm, no gain could be shown at {100 * level:g} %. At least {needed} are needed."
        )


def folds_of(positive: Flags, order: Indices, folds: int) -> Indices:
    """A fold for each patient, those with and those without the finding dealt in turns.

    Args:
        positive: (patients,), whether any case of the patient has the finding.
        order: (patients,), a fixed order.
        folds: how many.
    """
    dealt = np.lexsort((order, ~positive))
    found = np.empty(positive.size, dtype=np.intp)
    found[dealt] = np.arange(positive.size) % folds
    return found


@dataclass(frozen=True)
class _Cases:
    reference: Flags
    group: Indices
    fold: Indices
    sets: Flags
    utility: Utility
    weights: Weights
    level: float

    def called(self, rung: Rung, score: Floats) -> tuple[Flags, str] | str:
        """Whom a rung calls positive and a note on how, or why it cannot say."""
        if rung.rule == "shipped":
            if math.isnan(rung.threshold):
                return "it came without a threshold for this finding"
            return np.asarray(score >= rung.threshold), ""
        found, note = np.zeros(score.size, bool), ""
        for fold in np.unique(self.fold):
            own = self.fold == fold
            other = ~own & self.sets
            threshold = self.utility.threshold(rung.rule, score[other], self.reference[other])
            if isinstance(threshold, str):
                return threshold
            found[own] = score[own] >= threshold.value
            note = note or threshold.note
        return found, note


def _climbed(
    rungs: Sequence[Rung],
    scores: Sequence[Floats],
    cases: _Cases,
    least_gain: float,
    counts: tuple[int, int, int],
    left_out: int,
) -> Choice:
    """Every rung against the best cheaper one."""
    steps: list[Step] = []
    worths: dict[str, Floats] = {}
    best: tuple[str, Floats, Floats] | None = None  # name, draws of utility and of AUROC
    chosen = first = ""
    waiting = iter(scores)
    for rung in rungs:
        if rung.reason:
            steps.append(_unclimbed(rung, rung.reason))
            continue
        score = next(waiting)
        area, _ = ranking_draws(score, cases.reference, cases.group, cases.weights)
        auroc = from_draws(area, cases.level)
        step = Step(rung.name, rung.rule, rung.minutes, rung.labels, FIRST, auroc)
        if best is not None:
            step = replace(step, against=best[0], auroc_gain=_moved(area, best[2], cases.level))
        decided = cases.called(rung, score)
        if isinstance(decided, str):  # no decision, but a ranking all the same
            nothing = not_estimable(decided)
            steps.append(replace(step, utility=nothing, gain=nothing))
            continue
        called, note = decided
        worth = cases.utility.draws(score, called, cases.reference, cases.group, cases.weights)
        worths[rung.name] = worth
        utility = cases.utility.estimated(worth, called, cases.level)
        step = replace(step, utility=utility, note=note)
        if best is None:
            chosen = first = rung.name
        else:
            gain = _gain(worth, best[1], cases.level, least_gain)
            step = replace(step, gain=gain)
        steps.append(step)
        if best is None or worth[0] > best[1][0]:
            best = rung.name, worth, area
    p_values = adjusted(np.array([step.gain.p_value for step in steps]), "holm")
    for place, (step, p_value) in enumerate(zip(steps, p_values, strict=True)):
        better = bool(p_value < 1 - cases.level and step.gain.value > least_gain)
        steps[place] = replace(step, p_adjusted=float(p_value), better=better)
        if better:
            chosen = step.name
    if not chosen:
        reason = "; ".join(f"{step.name}: {step.utility.reason}" for step in steps)
        return Choice(tuple(steps), steps[0].name, *counts, left_out, reason)
    passed, chosen = _gone_on(chosen, worths, cases.level, least_gain)
    steps = [replace(step, **passed.get(step.name, {})) for step in steps]
    return Choice(tuple(steps), chosen, *counts, left_out, first=first)


def _gone_on(
    chosen: str, worths: Mapping[str, Floats], level: float, least_gain: float
) -> tuple[dict[str, dict[str, Any]], str]:
    """On from a rung while a dearer one is shown to be better than that on which one stands.

    Hypotheses in a fixed order, each tested only if all before it were rejected: here, going beyond
    a rung that suffices has the chance 1 - level at most.

    Args:
        chosen: where one stands.
        worths: (1 + B,) draws of each rung that decides, in order.
        level: of what counts as shown.
        least_gain: a gain must be above it.

    Returns:
        Of the rungs passed, what was shown to be better than each; and where one stays.
    """
    passed: dict[str, dict[str, Any]] = {}
    order = list(worths)
    while dearer := order[order.index(chosen) + 1 :]:
        here = worths[chosen]
        gains = [_gain(worths[name], here, level, least_gain) for name in dearer]
        p_values = adjusted(np.array([gain.p_value for gain in gains]), "holm")
        shown = [
            (gain.value, name, float(p_value))
            for gain, name, p_value in zip(gains, dearer, p_values, strict=True)
            if p_value < 1 - level and gain.value > least_gain
        ]
        if not shown:
            break
        _, better, p_value = max(shown)
        passed[chosen] = {"short_of": better, "p_short": p_value}
        chosen = next(name for name in dearer if worths[name][0] > here[0])
    return passed, chosen


def _gain(worth: Floats, other: Floats, level: float, least_gain: float) -> Estimate:
    """How much more the one is worth than the other; its p value asks for more than the least."""
    gain = from_draws(worth - other - least_gain, level, test=True)
    if gain.estimable and least_gain:
        back = {end: getattr(gain, end) + least_gain for end in ("value", "low", "high")}
        gain = replace(gain, **back)
    return gain


def _moved(area: Floats, other: Floats, level: float) -> Estimate:
    """The difference in AUROC."""
    if np.array_equal(area, other, equal_nan=True):
        return not_estimable(CANNOT_MOVE)
    return from_draws(area - other, level, test=True)


def _unclimbed(rung: Rung, reason: str) -> Step:
    nothing = not_estimable(reason)
    return Step(
        rung.name, rung.rule, rung.minutes, rung.labels, nothing, nothing, "", nothing,
        auroc_gain=nothing,
    )  # fmt: skip
