"""Scores of another site brought to the scale of the site where the model learnt, without a label.

Unsupervised prediction alignment (Roschewitz et al. 2023, Nature Communications 14:6608): a score
here becomes the score that has the same rank at home, so that the threshold that the model came
with decides as it did there. It holds only where as many patients have the finding. Where they do
not, ranks mean something else, and nothing that looks at scores or films alone can tell a shift in
prevalence from a shift in images: the prevalence must be declared or counted. Home's scores are
then mixed anew, with the finding as frequent as here; how each of the two kinds of patients is
scored is what stays the same (Saerens, Latinne & Decaestecker 2002).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from statsmodels.stats.proportion import proportion_confint

from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.intervals import patients_of_each_class
from medtune.evaluation.trial import MIN_PATIENTS

SHARES = (np.arange(33) + 0.5) / 33
KNOTS = 129  # shares at which the map is bent, between them it is straight


@dataclass(frozen=True)
class ByLabel:
    """Scores told apart by their label.

    Attributes:
        prevalence: share of the cases that have the finding.
        present: (33,) scores of those that do, rising, at ``SHARES``.
        absent: (33,) of those that do not.
    """

    prevalence: float
    present: Floats
    absent: Floats


def by_label(score: Floats, reference: Flags, group: Indices) -> ByLabel | None:
    """What is kept of home's scores; None where fewer than 10 patients have either label.

    Args:
        score: (n,).
        reference: (n,).
        group: (n,), whose case each is.
    """
    if min(patients_of_each_class(reference, group)) < MIN_PATIENTS:
        return None
    return ByLabel(
        float(reference.mean()),
        np.quantile(score[reference], SHARES),
        np.quantile(score[~reference], SHARES),
    )


@dataclass(frozen=True)
class Alignment:
    """A rising map from scores here to home's scale: straight between corners, flat beyond.

    Attributes:
        here: (K,) rising scores.
        there: (K,) what they become.
    """

    here: Floats
    there: Floats

    def __call__(self, score: Floats) -> Floats:
        """Scores on home's scale."""
        return np.asarray(np.interp(score, self.here, self.there), np.float64)

    def reaching(self, threshold: float) -> float:
        """The score here from which on home's threshold is reached.

        Infinite where none does, and minus infinity where all do: the map is flat beyond its ends.
        """
        place = int(np.searchsorted(self.there, threshold, side="left"))
        if place == self.there.size:
            return np.inf
        if place == 0:
            return -np.inf
        low, high = self.there[place - 1], self.there[place]
        way = (threshold - low) / (high - low)
        return float(self.here[place - 1] + way * (self.here[place] - self.here[place - 1]))


def align(score: Floats, home: ByLabel, prevalence: float) -> Alignment:
    """The map by which as many cases as are expected lie above each of home's scores.

    Args:
        score: (n,) of local cases, no label of them known.
        home: how the model scored where it learnt.
        prevalence: of the finding here, declared or counted.
    """
    shares = np.linspace(0, 1, KNOTS)
    here = np.quantile(score, shares)
    there = _mixed(home, prevalence, shares)
    corners, first = np.unique(here, return_index=True)
    last = np.append(first[1:], here.size) - 1
    # of scores that are alike the middle of their ranks
    wanted = (there[first] + there[last]) / 2
    return Alignment(corners, wanted)


@dataclass(frozen=True)
class Prevalence:
    """How frequent a finding is here, or why nobody knows.

    Attributes:
        value: share of the cases; NaN where it is not known.
        low, high: what it may be; alike where it was declared.
        reason: why it is not known.
    """

    value: float
    low: float
    high: float
    reason: str = ""

    def differs_from(self, other: float) -> bool:
        """Whether home's prevalence lies outside of what it may be here."""
        return not self.low <= other <= self.high


def local_prevalence(
    declared: float | None, reference: Flags, group: Indices, level: float = 0.95
) -> Prevalence:
    """The guard: without it nothing may be aligned and no statistic measured anew.

    Args:
        declared: as typed; None where nobody did.
        reference: (n,) of local cases whose label is known; may be empty.
        group: (n,), whose case each is.
        level: of the interval (Wilson), over patients.
    """
    if declared is not None:
        return Prevalence(declared, declared, declared)
    positive, negative = patients_of_each_class(reference, group)
    if min(positive, negative) < MIN_PATIENTS:
        return Prevalence(
            np.nan,
            np.nan,
            np.nan,
            "the local prevalence is not known, and without it a shift in patients cannot be told "
            "from one in films: type it into 'evaluation.prevalences', or label more studies "
            f"({positive} positive and {negative} negative patients; {MIN_PATIENTS} of each are "
            "needed)",
        )
    value, patients = float(reference.mean()), int(np.unique(group).size)
    low, high = proportion_confint(value * patients, patients, 1 - level, method="wilson")
    return Prevalence(value, float(low), float(high))


def as_at_home(reference: Flags, order: Indices, prevalence: float) -> Flags:
    """Which local cases to look at so that the finding is as frequent among them as at home.

    All of the label that is scarce stay, and of the other as many as fit.

    Args:
        reference: (n,).
        order: (n,), a fixed order in which cases are taken.
        prevalence: of home, in (0, 1).
    """
    positive, negative = int(reference.sum()), int((~reference).sum())
    wanted = min(positive, round(negative * prevalence / (1 - prevalence)))
    others = min(negative, round(positive * (1 - prevalence) / prevalence))
    kept = np.zeros(reference.size, bool)
    for label, most in ((True, wanted), (False, others)):
        own = np.flatnonzero(reference == label)
        kept[own[np.argsort(order[own], kind="stable")[:most]]] = True
    return kept


def _mixed(home: ByLabel, prevalence: float, shares: Floats) -> Floats:
    """Quantiles of home's scores with the finding as frequent as is said."""
    values = np.concatenate([home.present, home.absent])
    weight = np.concatenate(
        [
            np.full(home.present.size, prevalence / home.present.size),
            np.full(home.absent.size, (1 - prevalence) / home.absent.size),
        ]
    )
    rising = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[rising]) - weight[rising] / 2
    return np.asarray(np.interp(shares, reached, values[rising]), np.float64)
