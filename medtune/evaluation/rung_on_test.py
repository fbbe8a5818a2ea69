"""The chosen rung on the test split: alone, once, beside the generic model that it began with."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.declared_utility import Utility
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import patients_of_each_class
from medtune.evaluation.resampling import patient_weights, ranking_draws
from medtune.evaluation.trial import MIN_PATIENTS


@dataclass(frozen=True)
class Decided:
    """A model and whom it calls positive.

    Attributes:
        name: of the rung.
        score: (n,) of the test studies; NaN where it refused one.
        threshold: positive is score >= threshold; taken from no test study.
    """

    name: str
    score: Floats = field(repr=False)
    threshold: float


@dataclass(frozen=True)
class OnTest:
    """How the chosen rung did.

    Attributes:
        utility, auroc: of the chosen rung.
        first_utility, first_auroc: of the model that it began with.
        gain, auroc_gain: the chosen one's minus the first one's.
        error_cut: by which part (1 - AUROC) falls.
        n_cases, n_groups, n_positive: of the test.
        left_out: studies that one of them refused.
    """

    utility: Estimate
    auroc: Estimate
    first_utility: Estimate
    first_auroc: Estimate
    gain: Estimate
    auroc_gain: Estimate
    error_cut: Estimate
    n_cases: int
    n_groups: int
    n_positive: int
    left_out: int


SAME = "the chosen rung is the model as it came"


def on_test(
    chosen: Decided,
    first: Decided,
    reference: Floats,
    group: Indices,
    utility: Utility,
    *,
    level: float,
    resamples: int,
    seed: int,
) -> OnTest:
    """Judge the chosen rung, and what it began with, on the same studies.

    Args:
        chosen: the rung.
        first: the first rung that there is; the same where nothing was better.
        reference: (n,) 1, 0, or NaN where unknown.
        group: (n,), index of the patient.
        utility: that was declared.
        level: of the intervals.
        resamples: of patients.
        seed: of these.
    """
    known = np.isfinite(reference)
    kept = known & np.isfinite(chosen.score) & np.isfinite(first.score)
    present = reference[kept] == 1
    group = np.unique(group[kept], return_inverse=True)[1]
    patients = int(group.max(initial=-1)) + 1
    counts = present.size, patients, int(present.sum()), int((known & ~kept).sum())
    positive, negative = patients_of_each_class(present, group)
    if min(positive, negative) < MIN_PATIENTS:
        why = not_estimable(
            f"{positive} positive and {negative} negative patients; at least {MIN_PATIENTS} of "
            "each are needed"
        )
        return OnTest(why, why, why, why, why, why, why, *counts)
    weights = patient_weights(patients, resamples, seed)

    def draws(of: Decided) -> tuple[Floats, Floats, Estimate]:
        score = of.score[kept]
        called: Flags = score >= of.threshold
        worth = utility.draws(score, called, present, group, weights)
        area = ranking_draws(score, present, group, weights)[0]
        return worth, area, utility.estimated(worth, called, level)

    worth, area, its_worth = draws(chosen)
    other, other_area, other_worth = draws(first)
    if chosen.name == first.name:
        gain = moved = cut = not_estimable(SAME)
    else:
        gain = from_draws(worth - other, level, test=True)
        moved = from_draws(area - other_area, level, test=True)
        error = np.where(other_area < 1, 1 - other_area, np.nan)
        cut = from_draws(1 - (1 - area) / error, level)
    return OnTest(
        its_worth,
        from_draws(area, level),
        other_worth,
        from_draws(other_area, level),
        gain,
        moved,
        cut,
        *counts,
    )
