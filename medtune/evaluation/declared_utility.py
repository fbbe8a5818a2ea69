"""The one utility that rungs are judged by, and the threshold that each rule takes for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from medtune.config import OperatingPoint
from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.calibration import SEPARATED, obstacle
from medtune.evaluation.estimate import Estimate, from_draws
from medtune.evaluation.operating_point import choose_threshold
from medtune.evaluation.recalibration import Recalibration, platt
from medtune.evaluation.resampling import sums
from medtune.evaluation.roc_at import roc_at

Kind = Literal["net_benefit", "sensitivity_at_specificity"]
Rule = Literal["shipped", "site", "recalibrated"]
INSTEAD = f"{SEPARATED}, so the threshold with the greatest net benefit was taken"


@dataclass(frozen=True)
class Threshold:
    """Where a rule calls a case positive.

    Attributes:
        value: positive is score >= value; infinite where calling nobody is best.
        note: what was done instead of what the rule says; empty where it was followed.
    """

    value: float
    note: str = ""


@dataclass(frozen=True)
class Utility:
    """What a rung is worth.

    Attributes:
        kind: net_benefit (Vickers & Elkin 2006) of the rung's decisions, or
            sensitivity_at_specificity, read off the ROC curve, which no threshold moves.
        at: the chance of the finding from which on one acts, or the specificity.
    """

    kind: Kind
    at: float

    def draws(
        self, score: Floats, called: Flags, reference: Flags, group: Indices, weights: Weights
    ) -> Floats:
        """Its value in every resample, (1 + B,).

        Args:
            score: (n,).
            called: (n,), whom the rung calls positive.
            reference: (n,), both classes occur.
            group: (n,), row of ``weights`` of each case's patient.
            weights: (patients, 1 + B).
        """
        if self.kind == "sensitivity_at_specificity":
            return roc_at(
                score, reference, group, weights, specificity=self.at, sensitivity=0.9
            ).sensitivity
        odds = self.at / (1 - self.at)
        worth = (called & reference) - odds * (called & ~reference)
        table = np.column_stack([worth, np.ones(reference.size)])
        total, cases = sums(table, group, weights)
        return np.asarray(total / cases, np.float64)

    def estimated(self, worth: Floats, called: Flags, level: float) -> Estimate:
        """Its value with an interval; where nobody is called the net benefit is 0, and no doubt.

        Args:
            worth: (1 + B,), as ``draws`` gives it.
            called: (n,).
            level: of the interval.
        """
        if self.kind == "net_benefit" and not called.any():
            return Estimate(0.0, 0.0, 0.0, method="nobody is called")
        return from_draws(worth, level)

    def threshold(self, rule: Rule, score: Floats, reference: Flags) -> Threshold | str:
        """The score from which on a case is called positive.

        Where the scores separate the two kinds of cases, no logistic model can be fitted, and none
        is needed: the rule recalibrated then takes what the rule site does, and notes it.

        Args:
            rule: site, the threshold with the greatest utility on these cases; recalibrated, where
                the recalibrated probability (Platt) reaches the chance at which one acts.
            score: (n,) of the cases that it is taken from.
            reference: (n,).

        Returns:
            The threshold; or the reason why there is none.
        """
        assert rule != "shipped", "a shipped threshold is taken from no cases"
        if not reference.any() or reference.all():
            return "the cases that a threshold would be taken from are all of one kind"
        if self.kind == "sensitivity_at_specificity":
            threshold = choose_threshold(score, reference, OperatingPoint(specificity=self.at))
            assert threshold is not None
            return Threshold(threshold)
        if rule == "site":
            return Threshold(_of_most_benefit(score, reference, self.at))
        parted = score[reference].min() >= score[~reference].max()  # and not the wrong way round
        if parted and obstacle(score, reference) == SEPARATED:
            return Threshold(_of_most_benefit(score, reference, self.at), INSTEAD)
        fitted = platt(score, reference)
        if isinstance(fitted, str):
            return fitted
        return _where(fitted, self.at)


def _of_most_benefit(score: Floats, reference: Flags, at: float) -> float:
    """The highest threshold with the greatest net benefit, between two scores."""
    falling = np.argsort(-score, kind="stable")
    ranked = score[falling]
    worth = np.where(reference[falling], 1.0, -at / (1 - at))
    benefit = np.cumsum(worth)
    last = np.append(ranked[1:] != ranked[:-1], True)  # alike scores are called together
    places = np.flatnonzero(last)
    best = places[np.argmax(benefit[places])]
    if benefit[best] <= 0:
        return math.inf
    below = ranked[best + 1] if best + 1 < ranked.size else ranked[best]
    return float((ranked[best] + below) / 2) if below < ranked[best] else float(ranked[best])


def _where(fitted: Recalibration, chance: float) -> Threshold | str:
    """The score whose recalibrated probability is a given chance."""
    if not fitted.slope > 0:
        return "recalibration: higher scores do not go with the finding"
    odds = (math.log(chance / (1 - chance)) - fitted.intercept) / fitted.slope
    return Threshold(1 / (1 + math.exp(-odds)) if odds > -700 else 0.0)
