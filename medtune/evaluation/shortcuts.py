"""Whether a model reads the site and not the patient: what its features tell, what moves scores.

Features nearly always tell one scanner from another, and that alone is no fault. It is one where
scores do: where, of patients who all lack the finding (or all have it), those of one scanner get
higher scores than those of another, or where scores change with borders and markers (Zech et al.
2018, PLOS Medicine 15:e1002683: sorting by hospital alone reached an AUROC of 0.861).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.estimate import Estimate, from_draws, not_estimable
from medtune.evaluation.intervals import patients_of_each_class
from medtune.evaluation.resampling import ranking_draws, sums
from medtune.evaluation.trial import MIN_PATIENTS

READS = 0.60  # of two like patients, how often the one of that group may rank higher: 0.4 to 0.6
TURNED = 0.05  # share of decisions that borders and markers may turn


@dataclass(frozen=True)
class Told:
    """One attribute, such as a scanner.

    Attributes:
        attribute: its name and value, as scanner=S1.
        by_features: AUROC of a linear head on the features, of patients it did not learn from.
        by_score: by finding, how often a case with it outranks one without, the label being the
            same; 0.5 where scores do not read it.
    """

    attribute: str
    by_features: Estimate
    by_score: dict[str, Estimate]

    def reads(self, finding: str) -> bool:
        """Whether scores of a finding depend on it, beyond doubt and by more than a little."""
        found = self.by_score[finding]
        return found.estimable and (found.low > READS or found.high < 1 - READS)


@dataclass(frozen=True)
class Covered:
    """What covering borders and markers does to one finding's scores.

    Attributes:
        turned: share of the decisions that change, of all cases; not estimable without threshold.
        auroc: AUROC covered minus as it was.
        moved: median change of the score, up or down, of the films where anything was covered.
        films: of these, how many.
    """

    turned: Estimate
    auroc: Estimate
    moved: float
    films: int

    @property
    def matters(self) -> bool:
        """Whether more decisions hang on borders and markers than may."""
        return self.turned.estimable and self.turned.low > TURNED


def area(score: Floats, present: Flags, group: Indices, weights: Weights, level: float) -> Estimate:
    """AUROC with an interval, patients resampled; not estimable with fewer than 10 of each.

    Args:
        score: (n,).
        present: (n,).
        group: (n,), row of ``weights``.
        weights: (patients, 1 + B).
        level: of the interval.
    """
    yes, no = patients_of_each_class(present, group)
    if min(yes, no) < MIN_PATIENTS:
        return not_estimable(f"{yes} and {no} patients; at least {MIN_PATIENTS} of each are needed")
    return from_draws(ranking_draws(score, present, group, weights)[0], level)


def read_by_score(
    score: Floats,
    reference: Flags,
    has: Flags,
    group: Indices,
    weights: Weights,
    level: float,
) -> Estimate:
    """How often a case with an attribute outranks one without, both with the same label.

    Both labels count by their numbers of pairs; one with fewer than 10 patients on either side
    does not.

    Args:
        score: (n,).
        reference: (n,), whether the finding is present.
        has: (n,), whether the attribute is.
        group: (n,), row of ``weights``.
        weights: (patients, 1 + B).
        level: of the interval.
    """
    draws, pairs = [], []
    for label in (False, True):
        own = reference == label
        sides = patients_of_each_class(has[own], group[own])
        if min(sides) >= MIN_PATIENTS:
            draws.append(ranking_draws(score[own], has[own], group[own], weights)[0])
            pairs.append(float(has[own].sum() * (~has[own]).sum()))
    if not draws:
        return not_estimable(
            f"fewer than {MIN_PATIENTS} patients with and without it of each label"
        )
    return from_draws(np.average(draws, axis=0, weights=pairs), level)


def covered(
    before: Floats,
    after: Floats,
    reference: Flags,
    changed: Flags,
    threshold: float | None,
    group: Indices,
    weights: Weights,
    level: float,
) -> Covered:
    """Scores with borders and markers, and without.

    Args:
        before: (n,).
        after: (n,), of the same cases, covered.
        reference: (n,).
        changed: (n,), whether anything was covered.
        threshold: from which on a case is called positive.
        group: (n,), row of ``weights``.
        weights: (patients, 1 + B).
        level: of the intervals.
    """
    films = int(changed.sum())
    moved = float(np.median(np.abs(after - before)[changed])) if films else 0.0
    turned = not_estimable("the model has no threshold for this finding")
    if threshold is not None:
        other = (before >= threshold) != (after >= threshold)
        table = np.column_stack([other, np.ones(other.size)]).astype(np.float64)
        total, cases = sums(table, group, weights)
        turned = from_draws(total / cases, level)
        if not turned.estimable and not other.any():
            turned = Estimate(0.0, 0.0, 0.0, method="no decision changed")
    sides = patients_of_each_class(reference, group)
    if min(sides) < MIN_PATIENTS:
        auroc = not_estimable(f"fewer than {MIN_PATIENTS} patients of each label")
    else:
        old, new = (ranking_draws(s, reference, group, weights)[0] for s in (before, after))
        auroc = from_draws(new - old, level)
    return Covered(turned, auroc, moved, films)
