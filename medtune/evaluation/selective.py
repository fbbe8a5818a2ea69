"""Selective prediction: which scores are decided, with a bound on errors, and which are referred.

Scores below ``absent_below`` are called absent, scores from ``present_from`` on present; whatever
lies between goes to a radiologist. Each bound is on patients: of those with any study called
absent, the share of whom such a study has the finding; of those with any study called present,
the share of whom such a study has not.

The cuts are chosen by Learn then Test (Angelopoulos, Bates, Candes, Jordan & Lei 2021,
arXiv:2110.01052): a fixed grid of cuts, for each the exact binomial p-value of "the bound does not
hold here", and all are accepted whose p-value is below the allowed chance over the number tested
(Bonferroni). What is accepted holds for all of them at once, so that the widest may be taken. The
grid is one of ranks: given the score of the patient at a rank, the patients beyond it are
independent draws from all patients beyond that score (the property of order statistics behind
selective risk control, Geifman & El-Yaniv 2017, arXiv:1705.08500), so that their errors are
binomial although the cut is a score of the calibration cases itself.

The guarantee is about patients like those of the calibration split, with a clear label; with the
chance ``1 - confidence`` that those patients misled. It is none for other hospitals or later times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import binom

from medtune.config import Refer
from medtune.evaluation.arrays import Flags, Floats, Indices

Side = Literal["absent", "present"]
LEVELS = 20  # cuts are tried at each twentieth of the calibration patients
NOT_ASKED = "no bound was asked for"


@dataclass(frozen=True)
class Cut:
    """One side's cut.

    Attributes:
        score: absent is below it, present is from it on; NaN where nothing is decided.
        bound: greatest share of errors among the patients decided; NaN where none was asked for.
        decided: calibration patients on this side of the cut.
        wrong: of them, those decided wrongly.
        reason: why nothing is decided; empty where something is.
    """

    score: float
    bound: float
    decided: int = 0
    wrong: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Referral:
    """Which scores are decided.

    Attributes:
        absent: the cut below which the finding is called absent.
        present: the cut from which on it is called present.
        confidence: with which both bounds hold together.
        patients: calibration patients.
    """

    absent: Cut
    present: Cut
    confidence: float
    patients: int

    def called(self, score: Floats) -> tuple[Flags, Flags]:
        """Where scores (n,) are called absent, and where present; referred is neither."""
        return score < self.absent.score, score >= self.present.score


def fit_referral(
    score: Floats, reference: Flags, group: Indices, threshold: float, wanted: Refer
) -> Referral:
    """Choose the cuts on calibration cases; nobody is called other than by the threshold.

    Args:
        score: (n,), finite.
        reference: (n,), True where the finding is present.
        group: (n,), the patient of each.
        threshold: the operating point: present is score >= threshold; NaN where there is none.
        wanted: the bounds, and the confidence in them.
    """
    patients = int(np.unique(group).size)
    bounds = {"absent": wanted.wrong_absent, "present": wanted.wrong_present}
    sides = sum(bound is not None for bound in bounds.values())
    chance = (1 - wanted.confidence) / sides
    absent, present = (
        _cut(side, score, reference, group, threshold, bounds[side], chance)
        for side in ("absent", "present")
    )
    return Referral(absent, present, wanted.confidence, patients)


def _cut(
    side: Literal["absent", "present"],
    score: Floats,
    reference: Flags,
    group: Indices,
    threshold: float,
    bound: float | None,
    chance: float,
) -> Cut:
    """The widest accepted cut of one side that does not go beyond the threshold.

    The present side is the absent one of the mirrored scores and labels.
    """
    if bound is None:
        return Cut(math.nan, math.nan, reason=NOT_ASKED)
    if math.isnan(threshold):
        return Cut(math.nan, bound, reason="there is no threshold")
    sign = 1.0 if side == "absent" else -1.0
    toward, error = sign * score, reference if side == "absent" else ~reference
    _, patient = np.unique(group, return_inverse=True)
    n = int(patient.max()) + 1
    first = np.full(n, np.inf)
    np.minimum.at(first, patient, toward)
    ordered = np.sort(first)
    levels = _levels(n, bound, chance)
    if not levels:
        least = math.ceil(math.log(chance) / math.log1p(-bound))
        return Cut(
            math.nan,
            bound,
            reason=f"{n} calibration patients are too few for this bound: at least {least} are "
            "needed, and more unless none of them is decided wrongly",
        )
    accepted = Cut(
        math.nan, bound, reason="no cut keeps the bound with this confidence on calibration"
    )
    for level in levels:
        cut = ordered[level]
        inside = toward < cut
        decided, wrong = np.unique(patient[inside]).size, np.unique(patient[inside & error]).size
        if binom.cdf(wrong, decided, bound) > chance / len(levels):
            continue
        # present is "score > cut" in the mirror, which is "from the next number on"
        edge = float(cut) if side == "absent" else float(np.nextafter(-cut, np.inf))
        if (edge <= threshold) if side == "absent" else (edge >= threshold):
            accepted = Cut(edge, bound, int(decided), int(wrong))
    return accepted


def _levels(n: int, bound: float, chance: float) -> list[int]:
    """Numbers of patients beyond each cut that is tried.

    A level at which not even no error at all would be enough is not tried: that depends on the
    number of patients alone, and leaves more of the allowed chance to the others.
    """
    levels = sorted({math.ceil(n * k / LEVELS) for k in range(1, LEVELS)} - {n})
    while levels and (1 - bound) ** levels[0] > chance / len(levels):
        levels.pop(0)
    return levels


def risk_coverage(score: Floats, reference: Flags, threshold: float) -> tuple[Floats, Floats]:
    """Share of errors among the cases kept, when those nearest to the threshold go first.

    Geifman & El-Yaniv 2017; near is meant on the scale of log odds where scores are probabilities.

    Args:
        score: (n,).
        reference: (n,).
        threshold: positive is score >= threshold.

    Returns:
        Coverage (share kept, rising) and risk (share of them decided wrongly), one point for each
        distance that occurs.
    """
    if not score.size:
        return np.empty(0), np.empty(0)
    wrong = (score >= threshold) != reference
    distance = np.abs(_scale(score, threshold) - _scale(np.array([threshold]), threshold))
    order = np.argsort(-distance, kind="stable")
    last = np.flatnonzero(np.append(np.diff(distance[order]) != 0, True))
    kept = last + 1.0
    return kept / score.size, np.cumsum(wrong[order])[last] / kept


def _scale(score: Floats, threshold: float) -> Floats:
    if score.min() < 0 or score.max() > 1 or not 0 <= threshold <= 1:
        return score
    inside = np.clip(score, 1e-6, 1 - 1e-6)
    return np.log(inside) - np.log1p(-inside)


def area_under(coverage: Floats, risk: Floats) -> float:
    """AURC: the mean risk over all coverages (Geifman, Uziel & El-Yaniv 2018, arXiv:1805.08206)."""
    return float(np.sum(risk * np.diff(coverage, prepend=0.0)))
