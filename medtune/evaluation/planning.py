"""A study before it begins: what its test split can show, and how many patients its plan needs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from medtune.config import OperatingPoint
from medtune.config.planned import Planned
from medtune.evaluation.intervals import wilson_bounds
from medtune.evaluation.study_size import (
    Binormal,
    cases_for_paired_proportions,
    positive_cases_for_paired_aurocs,
)


@dataclass(frozen=True)
class Needed:
    """Patients that a plan needs in the test split; None where it needs none of a kind."""

    positive: int | None
    negative: int | None


def needed(
    planned: Planned, measure: str, *, negatives_per_positive: float, level: float
) -> Needed:
    """Patients needed to show a gain over another model on the same patients, two-sided.

    AUROC by Obuchowski & McClish 1997 for binormal scores of equal spread; sensitivity and
    specificity by McNemar's test (Connor 1987). A patient counts once.

    Args:
        planned: the gain, what the other model reaches, and how far the two go together.
        measure: auroc, sensitivity or specificity.
        negatives_per_positive: patients without the finding for each one with it.
        level: 1 minus the two-sided significance level.

    Raises:
        ValueError: another measure.
    """
    other, own = planned.generic, planned.generic + planned.gain
    if measure == "auroc":
        positive = positive_cases_for_paired_aurocs(
            Binormal.of_auroc(own),
            Binormal.of_auroc(other),
            planned.gain,
            correlation=planned.correlation,
            power=planned.power,
            level=level,
            negatives_per_positive=negatives_per_positive,
        )
        return Needed(math.ceil(positive), math.ceil(positive * negatives_per_positive))
    if measure not in ("sensitivity", "specificity"):
        raise ValueError(f"there is no study size of {measure}")
    discordant = planned.discordant
    if discordant is None:  # errors that have nothing to do with each other
        discordant = own * (1 - other) + other * (1 - own)
    cases = math.ceil(
        cases_for_paired_proportions(planned.gain, discordant, power=planned.power, level=level)
    )
    return Needed(cases, None) if measure == "sensitivity" else Needed(None, cases)


def half_width(target: OperatingPoint, positive: int, negative: int, level: float) -> float:
    """Half of Wilson's interval of the operating point's sensitivity or specificity.

    Args:
        target: the rate that is wanted.
        positive: patients with the finding.
        negative: patients without it.
        level: confidence level.

    Returns:
        NaN where there is no such patient.
    """
    share = target.sensitivity if target.sensitivity is not None else target.specificity
    n = positive if target.sensitivity is not None else negative
    if not n or share is None:
        return math.nan
    low, high = wilson_bounds(share, n, level)
    return (high - low) / 2
