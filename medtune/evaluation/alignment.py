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


def _dense_at_ends(places: Floats) -> Floats:
    """Shares for places from 0 to 1, close together near 0 and 1, where scores lie far apart.

    A threshold that few cases reach lies in a tail; these are the nodes of Chebyshev.
    """
    return np.asarray((1 - np.cos(np.pi * places)) / 2, np.float64)


SHARES = _dense_at_ends((np.arange(65) + 0.5) / 65)  # that are kept of home's scores
KNOTS = _dense_at_ends(np.linspace(0, 1, 257))  # where the map is bent; between them it is straight


@dataclass(frozen=True)
class ByLabel:
    """Scores told apart by their label.

    Attributes:
        prevalence: share of the cases that have the finding.
        present: (K,) scores of those that do, rising, at ``shares``.
        absent: (K,) of those that do not.
        shares: (K,) in (0, 1), rising.
    """

    prevalence: float
    present: Floats
    absent: Floats
    shares: Floats


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
        SHARES,
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
    return Alignment(*_rising(np.quantile(score, KNOTS), _mixed(home, prevalence, KNOTS)))


def _rising(values: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Rising values, each once, and where each stands; of those alike the middle of the ends."""
    corners, first = np.unique(values, return_index=True)
    last = np.append(first[1:], values.size) - 1
    return corners, np.asarray((at[first] + at[last]) / 2, np.float64)


@dataclass(frozen=True)
class Prevalence:
    """How frequent a finding is among the films here, or why nobody knows.

    Attributes:
        value: share of the cases; NaN where it is not known.
        low, high: what it may be; alike where it was declared.
        reason: why it is not known.
        counted: whether labels of these films said it; a declared one needs none.
    """

    value: float
    low: float
    high: float
    reason: str = ""
    counted: bool = False

    def differs_from(self, other: float) -> bool:
        """Whether home's prevalence lies outside of what it may be here."""
        return not self.low <= other <= self.high


def local_prevalence(
    declared: float | None,
    reference: Flags,
    group: Indices,
    level: float = 0.95,
    *,
    enriched: bool = False,
) -> Prevalence:
    """The guard: without it nothing may be aligned and no statistic measured anew.

    What is wanted is the prevalence among the films at hand. Where the sample was enriched, that
    is not what is declared of the place, and only labels tell it. Where labels contradict what is
    declared, one of the two is wrong, and which, nobody can tell here: nothing is adapted.

    Args:
        declared: as typed; None where nobody did.
        reference: (n,) of local cases whose label is known; may be empty.
        group: (n,), whose case each is.
        level: of the interval (Wilson), over patients.
        enriched: whether studies were drawn by what they show.
    """
    counted = _counted(reference, group, level)
    if declared is None or enriched:
        if not counted.reason:
            return counted
        if declared is None:
            begun = (
                "the local prevalence is not known, and without it a shift in patients cannot be "
                "told from one in films: "
            )
            ways = "label more studies"
            if not enriched:
                ways = f"type it into 'evaluation.prevalences', or {ways}"
        else:
            begun = (
                "'data.sampling' is enriched, so these films do not have the prevalence that is "
                "typed into 'evaluation.prevalences': "
            )
            ways = "label more studies"
        return _unknown(f"{begun}{ways} ({counted.reason})")
    if not counted.reason and counted.differs_from(declared):
        return _unknown(
            f"'evaluation.prevalences' says {declared:.1%}, but by their labels "
            f"{counted.low:.1%} to {counted.high:.1%} of the calibration studies have the finding: "
            "correct it, leave it out so that labels are counted, or say 'data.sampling: enriched'"
        )
    return Prevalence(declared, declared, declared)


def _counted(reference: Flags, group: Indices, level: float) -> Prevalence:
    positive, negative = patients_of_each_class(reference, group)
    if min(positive, negative) < MIN_PATIENTS:
        return _unknown(
            f"{positive} positive and {negative} negative patients in calibration; "
            f"{MIN_PATIENTS} of each are needed"
        )
    value, patients = float(reference.mean()), int(np.unique(group).size)
    low, high = proportion_confint(value * patients, patients, 1 - level, method="wilson")
    return Prevalence(value, float(low), float(high), counted=True)


def _unknown(reason: str) -> Prevalence:
    return Prevalence(np.nan, np.nan, np.nan, reason)


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
    values = np.unique(np.concatenate([home.present, home.absent]))
    with_it, without = (
        np.interp(values, *_rising(scores, home.shares), left=0, right=1)
        for scores in (home.present, home.absent)
    )
    below = prevalence * with_it + (1 - prevalence) * without
    return np.asarray(np.interp(shares, below, values), np.float64)
