from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from medtune.evaluation import calibration


def calibrated(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    probability = expit(1.5 * random.normal(size=n) - 1)
    return probability, random.random(n) < probability


def test_right_probabilities_have_slope_one_and_intercept_zero() -> None:
    probability, reference = calibrated()
    case = np.arange(probability.size)
    slope = calibration.slope(probability, reference, case, 0.95)
    intercept = calibration.intercept(probability, reference, case, 0.95)
    assert slope.low < 1 < slope.high
    assert intercept.low < 0 < intercept.high


def test_doubled_log_odds_halve_the_slope_and_shifted_ones_are_the_intercept() -> None:
    probability, reference = calibrated()
    case = np.arange(probability.size)
    odds = calibration.log_odds(probability)
    slope = calibration.slope(probability, reference, case, 0.95)
    halved = calibration.slope(expit(2 * odds), reference, case, 0.95)
    assert halved.value == pytest.approx(slope.value / 2, abs=1e-9)
    intercept = calibration.intercept(probability, reference, case, 0.95)
    shifted = calibration.intercept(expit(odds + 0.7), reference, case, 0.95)
    assert shifted.value == pytest.approx(intercept.value - 0.7, abs=1e-9)


def test_films_taken_twice_leave_the_robust_interval_as_it_was() -> None:
    probability, reference = calibrated(600)
    case = np.arange(600)
    args = np.tile(probability, 2), np.tile(reference, 2)
    robust = calibration.slope(*args, np.tile(case, 2), 0.95)
    again = calibration.slope(
        np.tile(probability, 4), np.tile(reference, 4), np.tile(case, 4), 0.95
    )
    assert (again.value, again.se) == pytest.approx((robust.value, robust.se), rel=1e-6)
    once = calibration.slope(probability, reference, case, 0.95)
    naive = calibration.slope(*args, np.arange(1200), 0.95)
    assert robust.se == pytest.approx(once.se, rel=0.1)
    assert naive.se == pytest.approx(once.se / np.sqrt(2), rel=0.01)


def test_cases_that_the_model_is_sure_of_to_the_last_digit_have_a_slope_too() -> None:
    random = np.random.default_rng(0)
    odds = np.append(15 * random.normal(size=1200), [60.0, 70.0])
    reference, patient = random.random(odds.size) < expit(odds), np.arange(odds.size) // 2
    assert (1 - expit(odds)).min() == 0
    slope = calibration.slope(expit(odds / 15), reference, patient, 0.95)
    assert slope.low < 15 < slope.high
    assert "robust" in slope.method
    unsure = abs(odds) < 20  # the others say nothing of where the slope is
    part = expit(odds / 15)[unsure], reference[unsure], patient[unsure]
    alone = calibration.slope(*part, 0.95)
    assert (slope.value, slope.se) == pytest.approx((alone.value, alone.se), rel=1e-3)


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (np.linspace(0, 1, 20), calibration.SEPARATED),
        (np.linspace(1, 0, 20), calibration.SEPARATED),
        (np.full(20, 0.4), calibration.CONSTANT),
        (np.linspace(-3, 3, 20), calibration.NOT_PROBABILITIES),
    ],
)
def test_what_cannot_be_fitted_says_why(score: np.ndarray, reason: str) -> None:
    reference = np.arange(20) >= 10
    case = np.arange(20)
    assert calibration.slope(score, reference, case, 0.95).reason == reason
    assert calibration.intercept(score, reference, case, 0.95).reason == reason


def test_reliability_bins_hold_every_case_once_and_ties_together() -> None:
    random = np.random.default_rng(0)
    probability = np.round(random.random(205), 1)
    reference = random.random(205) < probability
    bins = calibration.reliability(probability, reference, np.arange(205), 0.95)
    assert sum(bin_.n for bin_ in bins) == 205
    total = sum(bin_.n * bin_.share for bin_ in bins)
    assert total == pytest.approx(reference.sum())
    assert all(bin_.low <= bin_.share <= bin_.high for bin_ in bins)
    means = [bin_.probability for bin_ in bins]
    assert means == sorted(set(means))
    _, counts = np.unique(probability, return_counts=True)
    assert set(np.cumsum([bin_.n for bin_ in bins])) <= set(np.cumsum(counts))


def test_brier() -> None:
    assert calibration.brier(np.array([0.2, 1.0]), np.array([False, True])) == pytest.approx(0.02)


def test_the_error_is_the_mean_gap_over_bins_that_close_above() -> None:
    probability = np.array([0.0, 0.1, 0.1001, 1.0])  # the first bin has 0.0 and 0.1
    reference = np.array([True, False, True, True])
    expected = (abs(1 - 0.1) + abs(1 - 0.1001) + 0) / 4
    assert calibration.calibration_error(probability, reference) == pytest.approx(expected)
    assert calibration.calibration_error(np.array([0.2, 0.8]), np.array([False, True])) == (
        pytest.approx(0.2)
    )
