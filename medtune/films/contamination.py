"""How many labels are wrong? Logistic regression whose labels may be contaminated.

A label is what is true, changed with a chance of its own: P(label present) = f + (1 - f - m) F(x),
where F is the chance that the finding is there, given how the film looks to a network; f is the
chance that an absent finding is labelled present, m that a present one is labelled absent (Copas
1988, J R Stat Soc B 50:225; Hausman, Abrevaya & Scott-Morton 1998, J Econometrics 87:239). F is a
logistic curve with a slope of its own on each side of the middle: a network that sees one side
less sharply has a long tail there, and that must not be taken for wrong labels. Findings that do
not show at all, though, look like wrong labels to whoever has films and labels only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit
from scipy.stats import chi2

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MOST = 0.45  # of one class's labels: with half of them wrong nothing could be told
STEEPEST = 30.0  # slope, a standard deviation of the margin
UNLIKE = 3.0  # times as steep one side may be as the other: a flat side could not be told from f
GRID = (0.0, 0.005, 0.01, 0.02, 0.04, 0.07, 0.11, 0.16, 0.23, 0.32, MOST)
TINY = 1e-12
FALSE, MISSED = 3, 4  # places of f and m among the parameters


@dataclass(frozen=True)
class Side:
    """The labels of one value: all that say present, or all that say absent.

    Attributes:
        share: of them that are wrong, estimated.
        low: lower end of the interval of the share.
        high: upper end.
        p_value: of no wrong label among them.
    """

    share: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Contamination:
    """What was found about one finding.

    Attributes:
        present: the labels that say present.
        absent: the labels that say absent.
        chance: (n,) that the finding is there, by the film alone.
        wrong: (n,) chance that the label is wrong.
    """

    present: Side
    absent: Side
    chance: Floats
    wrong: Floats


def contamination(
    margin: Floats, label: Flags, patient: NDArray[np.intp], *, level: float = 0.95
) -> Contamination:
    """Fit the model and say what share of either value's labels is wrong.

    Args:
        margin: (n,) log-odds of the finding from a model that has not learnt from these labels.
        label: (n,) whether the label says present; both values occur.
        patient: (n,) number of the patient of each, from 0.
        level: of the intervals.

    Returns:
        Shares with intervals by profile likelihood, and p-values of the likelihood ratio: half of
        chi-squared with 1 degree of freedom, since a share cannot be negative (Self & Liang 1987,
        J Am Stat Assoc 82:605). Where a patient has several studies, the ratio is divided by the
        design effect of the patients (Rao & Scott 1984, Ann Stat 12:46), if above 1. The intervals
        are conditional on the curve's shape: in simulations they hold 90 to 100 % of the time.
    """
    model = _Model(margin, label)
    best = model.best()
    sides = {
        place: _side(model, best, place, level, model.design_effect(best, place, patient))
        for place in (FALSE, MISSED)
    }
    return Contamination(
        present=sides[FALSE],
        absent=sides[MISSED],
        chance=model.chance(best),
        wrong=model.wrong(best),
    )


class _Model:
    """The likelihood of one finding's labels; the parameters are (a, b, r, f, m).

    The slope is b exp(-r / 2) below the middle and b exp(r / 2) above it.
    """

    def __init__(self, margin: Floats, label: Flags) -> None:
        middle, spread = float(np.median(margin)), float(margin.std())
        z = (margin - middle) / (spread if spread > TINY else 1.0)
        self.below, self.above = np.minimum(z, 0.0), np.maximum(z, 0.0)
        self.label = label
        nothing = np.array([0.0, 1.0, 0.0, 0.0, 0.0])
        self.start, _ = self.fit(nothing, {FALSE: 0.0, MISSED: 0.0})  # every label is right

    def arms(self, at: Floats) -> tuple[Floats, Floats]:
        """The two sides of the margin, stretched by what makes one steeper than the other."""
        return self.below * np.exp(-at[2] / 2), self.above * np.exp(at[2] / 2)

    def chance(self, at: Floats) -> Floats:
        """Chance that the finding is there."""
        below, above = self.arms(at)
        found: Floats = expit(at[0] + at[1] * (below + above))
        return found

    def said_present(self, at: Floats) -> Floats:
        """Chance that the label says present."""
        said = at[FALSE] + (1 - at[FALSE] - at[MISSED]) * self.chance(at)
        return np.clip(said, TINY, 1 - TINY)

    def wrong(self, at: Floats) -> Floats:
        """Chance that each label is wrong (Bayes)."""
        chance, said = self.chance(at), self.said_present(at)
        return np.where(
            self.label, at[FALSE] * (1 - chance) / said, at[MISSED] * chance / (1 - said)
        )

    def share(self, at: Floats, place: int) -> float:
        """Share of wrong labels: f makes some of those that say present wrong, m of the others."""
        return float(self.wrong(at)[self.label == (place == FALSE)].mean())

    def spread(self, at: Floats, place: int) -> float:
        """Standard deviation of the share of wrong labels where f, or m, is what it is.

        From the other parameters (delta method), and from how many labels happen to be wrong.
        """
        others = [p for p in range(len(at)) if p < FALSE or (p != place and at[p] > 0)]
        slope = []
        for other in others:
            step = np.zeros(len(at))
            step[other] = 1e-4
            slope.append((self.share(at + step, place) - self.share(at - step, place)) / 2e-4)
        scores = self.scores(at)[:, others]
        from_others = np.array(slope) @ np.linalg.pinv(scores.T @ scores) @ np.array(slope)
        wrong = self.wrong(at)[self.label == (place == FALSE)]
        by_chance = (wrong * (1 - wrong)).sum() / wrong.size**2
        return float(np.sqrt(from_others + by_chance))

    def scores(self, at: Floats) -> Floats:
        """Derivatives of each label's minus log-likelihood: (n, 5)."""
        chance, said = self.chance(at), self.said_present(at)
        slope = np.where(self.label, -1 / said, 1 / (1 - said))
        inner = slope * chance * (1 - chance) * (1 - at[FALSE] - at[MISSED])
        below, above = self.arms(at)
        return np.stack(
            [
                inner,
                inner * (below + above),
                inner * at[1] * (above - below) / 2,
                slope * (1 - chance),
                -slope * chance,
            ],
            axis=1,
        )

    def loss(self, at: Floats) -> tuple[float, Floats]:
        """Minus the log-likelihood, and its gradient."""
        said = self.said_present(at)
        value = -float(np.where(self.label, np.log(said), np.log1p(-said)).sum())
        return value, self.scores(at).sum(axis=0)

    def fit(self, start: Floats, fixed: dict[int, float]) -> tuple[Floats, float]:
        """The best parameters from a start, some of them fixed; and their loss."""
        unlike = float(np.log(UNLIKE))
        bounds = [(-50.0, 50.0), (0.0, STEEPEST), (-unlike, unlike), (0.0, MOST), (0.0, MOST)]
        for place, value in fixed.items():
            bounds[place] = (value, value)
        start = np.clip(start, *np.array(bounds).T)
        found: Any = minimize(self.loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        return np.asarray(found.x), float(found.fun)

    def best(self) -> Floats:
        """The best parameters: the likelihood has several hills, so the search starts on a grid."""
        starts = [self.start]
        for false in GRID[::3]:
            for missed in GRID[::3]:
                starts.append(np.array([*self.start[:3], false, missed]))
        return min((self.fit(start, {}) for start in starts), key=lambda fit: fit[1])[0]

    def profile(self, place: int, value: float, near: Floats) -> tuple[Floats, float]:
        """The best parameters with one fixed, from nearby ones and from no errors at all."""
        fits = [self.fit(begin, {place: value}) for begin in (near, self.start)]
        return min(fits, key=lambda fit: fit[1])

    def design_effect(self, at: Floats, place: int, patient: NDArray[np.intp]) -> float:
        """How much wider f or m is for the patients' sake: robust over naive variance, at least 1.

        From the outer products of the scores of studies and of patients (Liang & Zeger 1986).
        """
        if at[place] <= 0:
            return 1.0
        free = [p for p in range(len(at)) if p < FALSE or at[p] > 0]
        scores = self.scores(at)[:, free]
        of_patients = np.stack([np.bincount(patient, column) for column in scores.T], axis=1)
        inverse = np.linalg.pinv(scores.T @ scores)
        robust = inverse @ (of_patients.T @ of_patients) @ inverse
        own = free.index(place)
        return max(1.0, float(robust[own, own] / inverse[own, own])) if inverse[own, own] else 1.0


def _side(model: _Model, best: Floats, place: int, level: float, design_effect: float) -> Side:
    """Share, interval and test of one value's labels, along the profile of f or of m."""
    values = np.unique([*GRID, float(best[place])])
    fits, near = [], best
    for value in values:
        fits.append(model.profile(place, float(value), near))
        near = fits[-1][0]
    losses = np.array([loss for _, loss in fits])
    top = int(np.argmin(losses))  # the grid may have found a better hill than the search did
    drop = 2 * (losses - losses[top]) / design_effect
    allowed = float(chi2.ppf(level, 1))
    inside = np.flatnonzero(drop <= allowed)

    def end(within: int, beyond: int) -> float:
        """The share where the likelihood has fallen by what the level allows."""
        at = fits[within][0]
        if not 0 <= beyond < len(values):
            return model.share(at, place)

        def excess(value: float) -> float:
            fallen = model.profile(place, value, at)[1] - losses[top]
            return 2 * fallen / design_effect - allowed

        first, last = float(values[within]), float(values[beyond])
        if excess(first) * excess(last) < 0:
            cut = float(brentq(excess, min(first, last), max(first, last), xtol=1e-4))
            at = model.profile(place, cut, at)[0]
        return model.share(at, place)

    share = model.share(fits[top][0], place)
    ends = (end(int(inside[0]), int(inside[0]) - 1), end(int(inside[-1]), int(inside[-1]) + 1))
    # the ends are those of an expected share; how many are wrong in this sample varies around it
    around = np.sqrt(allowed * design_effect) * model.spread(fits[top][0], place)
    low = share - np.hypot(share - min(share, *ends), around)
    high = share + np.hypot(max(share, *ends) - share, around)
    p_value = float(chi2.sf(drop[0], 1)) / 2 if top > 0 else 1.0
    return Side(share, max(0.0, float(low)), min(1.0, float(high)), p_value)
