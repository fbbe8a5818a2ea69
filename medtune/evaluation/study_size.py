"""How many patients a study needs before it begins, and what it could have shown afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.stats import norm

from medtune.evaluation.intervals import quantile, wilson_bounds


def smallest_detectable_gain(se: float, level: float, *, power: float = 0.8) -> float:
    """The gain whose interval would lie above 0 in ``power`` of such studies.

    From the precision that was achieved, not from the difference that was seen: it is no post-hoc
    power. (z_{1 - alpha/2} + z_power) times the standard error of the paired difference.

    Args:
        se: standard error of the paired difference.
        level: confidence level of the two-sided interval.
        power: the share of studies.
    """
    return float((norm.ppf((1 + level) / 2) + norm.ppf(power)) * se)


def positive_cases_for_one_auroc(
    area: float, *, power: float = 0.8, level: float = 0.95, negatives_per_positive: float = 1.0
) -> float:
    """Positive cases needed to tell an AUROC from 0.5, two-sided (Obuchowski et al. 2004).

    The binormal variance of Obuchowski & McClish 1997; the numbers of pROC's power.roc.test.

    Args:
        area: the AUROC expected, between 0.5 and 1.
        power: chance of showing it.
        level: 1 minus the two-sided significance level.
        negatives_per_positive: negative cases for each positive one.
    """
    ratio = negatives_per_positive
    a = 1.414 * float(norm.ppf(area))  # the paper's rounding of sqrt(2), kept for its numbers
    alternative = 0.0099 * math.exp(-(a**2) / 2) * ((5 * a**2 + 8) + (a**2 + 8) / ratio)
    null = 0.0792 * (1 + 1 / ratio)
    reach = norm.ppf((1 + level) / 2) * math.sqrt(null) + norm.ppf(power) * math.sqrt(alternative)
    return float((reach / (area - 0.5)) ** 2)


def cases_for_two_aurocs(
    difference: float,
    variance: float,
    variance_other: float,
    covariance: float,
    *,
    power: float = 0.8,
    level: float = 0.95,
) -> float:
    """Cases needed to show a difference between two AUROCs on the same cases.

    Obuchowski & McClish 1997, as pROC's power.roc.test: under no difference both models have the
    variance of the other (the first that is named there).

    Args:
        difference: the gain to be shown.
        variance: of the model's AUROC with one case, e.g. DeLong's times the cases of a pilot.
        variance_other: of the other's.
        covariance: of the two.
        power: chance of showing it.
        level: 1 minus the two-sided significance level.

    Returns:
        As many cases, of the kind that the variances are of one of: positive cases where DeLong's
        variance was multiplied by those of the pilot, patients where it was by patients.
    """
    null = 2 * variance_other - 2 * covariance
    alternative = variance + variance_other - 2 * covariance
    reach = quantile(level) * math.sqrt(null) + norm.ppf(power) * math.sqrt(alternative)
    return float((reach / difference) ** 2)


@dataclass(frozen=True)
class Binormal:
    """A model whose scores are normal in both classes.

    Attributes:
        a: distance of the means over the standard deviation of the diseased.
        b: standard deviation of the healthy over that of the diseased.
    """

    a: float
    b: float = 1.0

    @classmethod
    def of_auroc(cls, area: float) -> Binormal:
        """Of equal spread, with a given AUROC."""
        return cls(math.sqrt(2) * float(norm.ppf(area)))

    @property
    def slopes(self) -> tuple[float, float]:
        """Derivatives of the AUROC by a and by b."""
        scale = 1 + self.b**2
        density = math.exp(-(self.a**2) / (2 * scale)) / math.sqrt(2 * math.pi * scale)
        return density, -density * self.a * self.b / scale

    def variance(self, negatives_per_positive: float, *, joint: bool) -> float:
        """Of its AUROC with one positive case (Obuchowski & McClish 1997).

        Args:
            negatives_per_positive: negative cases for each positive one.
            joint: whether the covariance of a and b counts. pROC's power.roc.test leaves it out;
                it is negative here, so that its variances are too large, and those of differences
                by far: where 80 % power were asked for, simulated studies of its size had 99 %.
        """
        (f, g), ratio = self.slopes, negatives_per_positive
        of_a = 1 + self.b**2 / ratio + self.a**2 / 2
        both = f * g * self.a * self.b if joint else 0.0
        return f**2 * of_a + g**2 * self.b**2 * (1 + ratio) / (2 * ratio) + both

    def covariance(
        self, other: Binormal, positive: float, negative: float, negatives_per_positive: float
    ) -> float:
        """Of two AUROCs with one positive case.

        Args:
            other: the other model.
            positive: correlation of the two scores among positive cases.
            negative: correlation among negative cases.
            negatives_per_positive: negative cases for each positive one.
        """
        (f, g), (f_other, g_other) = self.slopes, other.slopes
        ratio, both = negatives_per_positive, self.b * other.b
        return (
            f * f_other * (positive + both * negative / ratio + positive**2 * self.a * other.a / 2)
            + g * g_other * both * (negative**2 + ratio * positive**2) / (2 * ratio)
            + f * g_other * positive**2 * self.a * other.b / 2
            + f_other * g * positive**2 * other.a * self.b / 2
        )


def positive_cases_for_paired_aurocs(
    expected: Binormal,
    other: Binormal,
    difference: float,
    *,
    correlation: float = 0.5,
    power: float = 0.8,
    level: float = 0.95,
    negatives_per_positive: float = 1.0,
    joint: bool = True,
) -> float:
    """Positive cases needed to show a difference between two AUROCs, before there are any data.

    Args:
        expected: the fine-tuned model.
        other: the generic one.
        difference: the gain to be shown.
        correlation: of the two scores, among positive and among negative cases.
        power: chance of showing it.
        level: 1 minus the two-sided significance level.
        negatives_per_positive: negative cases for each positive one.
        joint: see ``Binormal.variance``; without it the numbers are pROC's.
    """
    ratio = negatives_per_positive
    return cases_for_two_aurocs(
        difference,
        expected.variance(ratio, joint=joint),
        other.variance(ratio, joint=joint),
        expected.covariance(other, correlation, correlation, ratio),
        power=power,
        level=level,
    )


def cases_for_paired_proportions(
    difference: float, discordant: float, *, power: float = 0.8, level: float = 0.95
) -> float:
    """Cases needed to show a difference in sensitivity (positive) or specificity (negative ones).

    For McNemar's test (Connor 1987).

    Args:
        difference: the gain to be shown.
        discordant: share of the cases that only one of the two models has right, at least the
            difference; the less the models agree, the more cases.
        power: chance of showing it.
        level: 1 minus the two-sided significance level.
    """
    if not 0 < abs(difference) <= discordant <= 1:
        raise ValueError("the share of discordant cases lies between the difference and 1")
    reach = quantile(level) * math.sqrt(discordant)
    reach += float(norm.ppf(power)) * math.sqrt(discordant - difference**2)
    return (reach / difference) ** 2


def cases_for_width(share: float, half_width: float, *, level: float = 0.95) -> float:
    """Cases in the denominator of a proportion whose Wilson interval is +- ``half_width``.

    Args:
        share: the proportion expected.
        half_width: half the width of the interval.
        level: confidence level.
    """

    def too_wide(log_n: float) -> float:
        low, high = wilson_bounds(share, math.exp(log_n), level)
        return (high - low) / 2 - half_width

    if too_wide(0.0) <= 0:
        return 1.0
    return math.exp(float(brentq(too_wide, 0.0, 60.0, xtol=1e-12)))


def patients_for(
    cases: float, share: float, *, cases_per_patient: float = 1.0, correlation: float = 0.0
) -> int:
    """Patients to be enrolled so that enough cases of one class are among them.

    Args:
        cases: positive (or negative) cases needed if all were independent.
        share: of the cases that are positive (or negative).
        cases_per_patient: mean number of cases a patient.
        correlation: of the cases of one patient; with it a case tells less (design effect
            1 + (m - 1) rho of Kish 1965).
    """
    effect = 1 + (cases_per_patient - 1) * correlation
    return math.ceil(cases * effect / (share * cases_per_patient) - 1e-9)
