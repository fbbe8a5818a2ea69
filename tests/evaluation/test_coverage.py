"""Whether 95 % intervals hold the truth in 95 of 100 studies of 400 patients, by simulation.

Simulated scores are normal; the truth is known in closed form. The whole simulation (2,000 studies
each) is slow; the fast tier has 250.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import norm

from medtune.evaluation.compare import paired_auroc, paired_proportion
from medtune.evaluation.estimate import Estimate
from medtune.evaluation.intervals import auroc_interval, proportion
from medtune.evaluation.ranking import auroc_covariance

PATIENTS, PREVALENCE, LEVEL = 400, 0.3, 0.95
SHARED = 1.0  # spread of what all images of a patient have in common, against 1 of each image


@dataclass(frozen=True)
class Study:
    """One simulated study: two models' scores of the same images."""

    score: np.ndarray
    reference: np.ndarray
    patient: np.ndarray


def study(random: np.random.Generator, images: int, effects: tuple[float, float]) -> Study:
    patient = np.repeat(np.arange(PATIENTS), images)
    n = patient.size
    sick = norm.ppf(PREVALENCE) * np.sqrt(1.5) + random.normal(size=PATIENTS)[patient] * np.sqrt(
        0.5
    )
    reference = sick + random.normal(size=n) > 0
    common = SHARED * random.normal(size=PATIENTS)[patient] + 0.7 * random.normal(size=n)
    score = [e * reference + common + np.sqrt(0.51) * random.normal(size=n) for e in effects]
    return Study(np.stack(score), reference, patient)


def true_auroc(effect: float) -> float:
    """Of images of two patients; two of one patient are one pair in 400."""
    return float(norm.cdf(effect / np.sqrt(2 * (SHARED**2 + 1))))


def true_share(effect: float, threshold: float) -> float:
    return float(norm.sf((threshold - effect) / np.sqrt(SHARED**2 + 1)))


def auroc(found: Study) -> Estimate:
    area, covariance = auroc_covariance(found.score[:1], found.reference, found.patient)
    return auroc_interval(
        float(area[0]), float(covariance[0, 0]), found.reference, found.patient, LEVEL
    )


def auroc_gain(found: Study) -> Estimate:
    area, covariance = auroc_covariance(found.score, found.reference, found.patient)
    return paired_auroc(area, covariance, LEVEL, clustered=found.patient.size > PATIENTS)


def sensitivity(found: Study) -> Estimate:
    called = found.score[0] >= 0.5
    inside = found.reference
    return proportion(
        called[inside], found.patient[inside], LEVEL, clustered=found.patient.size > PATIENTS
    )


def sensitivity_gain(found: Study) -> Estimate:
    called = found.score >= 0.5
    return paired_proportion(
        called[0, found.reference], called[1, found.reference], LEVEL, test=True
    )


E1, E2 = 1.6, 1.1
# name: images a patient, effects of the two models, estimate, truth
SIMULATIONS: dict[str, tuple[int, tuple[float, float], Callable[[Study], Estimate], float]] = {
    "AUROC": (1, (E1, E2), auroc, true_auroc(E1)),
    "AUROC, 3 images a patient": (3, (E1, E2), auroc, true_auroc(E1)),
    "sensitivity": (1, (E1, E2), sensitivity, true_share(E1, 0.5)),
    "sensitivity, 3 images a patient": (3, (E1, E2), sensitivity, true_share(E1, 0.5)),
    "AUROC difference": (1, (E1, E2), auroc_gain, true_auroc(E1) - true_auroc(E2)),
    "AUROC difference, 3 images a patient": (
        3, (E1, E2), auroc_gain, true_auroc(E1) - true_auroc(E2),
    ),
    "sensitivity difference": (
        1, (E1, E2), sensitivity_gain, true_share(E1, 0.5) - true_share(E2, 0.5),
    ),
}  # fmt: skip


def estimates(name: str, studies: int) -> tuple[list[Estimate], float]:
    images, effects, estimate, truth = SIMULATIONS[name]
    random = np.random.default_rng(sum(map(ord, name)))
    return [estimate(study(random, images, effects)) for _ in range(studies)], truth


def coverage(name: str, studies: int) -> float:
    found, truth = estimates(name, studies)
    return float(np.mean([each.low <= truth <= each.high for each in found]))


def false_alarms(images: int, studies: int) -> float:
    random = np.random.default_rng(images)
    found = [auroc_gain(study(random, images, (E1, E1))) for _ in range(studies)]
    return float(np.mean([each.p_value < 0.05 for each in found]))


@pytest.mark.parametrize("name", SIMULATIONS)
def test_intervals_hold_the_truth_about_as_often_as_they_say(name: str) -> None:
    assert 0.91 <= coverage(name, 250) <= 0.985


@pytest.mark.parametrize("images", [1, 3])
def test_equal_models_are_seldom_called_different(images: int) -> None:
    assert 0.015 <= false_alarms(images, 250) <= 0.095


@pytest.mark.slow
@pytest.mark.parametrize("name", SIMULATIONS)
def test_intervals_hold_the_truth_as_often_as_they_say(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    found = coverage(name, 2000)
    record_property("coverage", found)
    print(f"\n{name}: {found:.4f}")
    assert 0.935 <= found <= 0.965


@pytest.mark.slow
@pytest.mark.parametrize("images", [1, 3])
def test_equal_models_are_called_different_in_one_study_of_twenty(
    images: int, record_property: Callable[[str, object], None]
) -> None:
    found = false_alarms(images, 2000)
    record_property("false alarms", found)
    print(f"\n{images} images a patient: {found:.4f}")
    assert 0.035 <= found <= 0.065
