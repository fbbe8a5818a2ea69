from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.config import OperatingPoint
from medtune.evaluation.operating_point import (
    Reached,
    Table,
    choose_threshold,
    reached,
    two_by_two,
)
from medtune.evaluation.resampling import patient_weights

scores = st.lists(st.integers(0, 8).map(lambda k: k / 8), min_size=1, max_size=30)
shares = st.sampled_from([0.5, 0.7, 0.8, 0.9, 0.95])


@given(scores, scores, shares)
@settings(max_examples=100, deadline=None)
def test_the_highest_threshold_that_reaches_the_sensitivity(
    positive: list[float], negative: list[float], share: float
) -> None:
    score = np.array(positive + negative)
    reference = np.array([True] * len(positive) + [False] * len(negative))
    threshold = choose_threshold(score, reference, OperatingPoint(sensitivity=share))
    assert threshold is not None
    assert np.mean(score[reference] >= threshold) >= share
    assert np.mean(score[reference] >= np.nextafter(threshold, 2)) < share


@given(scores, scores, shares)
@settings(max_examples=100, deadline=None)
def test_the_lowest_threshold_that_reaches_the_specificity(
    positive: list[float], negative: list[float], share: float
) -> None:
    score = np.array(positive + negative)
    reference = np.array([True] * len(positive) + [False] * len(negative))
    threshold = choose_threshold(score, reference, OperatingPoint(specificity=share))
    assert threshold is not None
    assert np.mean(score[~reference] < threshold) >= share
    assert np.mean(score[~reference] < np.nextafter(threshold, -1)) < share


def test_seven_of_ten_are_seventy_percent() -> None:
    # 0.7 * 10 is 7.000000000000001 in some roundings: the eighth case must not be asked for
    score = np.arange(10.0)
    target = OperatingPoint(sensitivity=0.7)
    assert choose_threshold(score, np.ones(10, dtype=bool), target) == 3.0


@pytest.mark.parametrize(
    ("target", "present"),
    [(OperatingPoint(sensitivity=0.9), False), (OperatingPoint(specificity=0.9), True)],
)
def test_a_class_that_is_missing_gives_no_threshold(target: OperatingPoint, present: bool) -> None:
    assert choose_threshold(np.arange(4.0), np.full(4, present), target) is None


def test_a_score_at_the_threshold_is_positive() -> None:
    score = np.array([0.3, 0.29999999999999999, 0.2, 0.9])
    reference = np.array([True, True, False, False])
    assert two_by_two(score >= 0.3, reference) == Table(2, 1, 0, 1)


def test_a_threshold_is_as_firm_as_its_calibration_cases() -> None:
    def firm(n: int) -> Reached:
        random = np.random.default_rng(n)
        reference = random.random(n) < 0.5
        score = random.normal(size=n) + reference
        group = np.arange(n)
        target = OperatingPoint(sensitivity=0.9)
        found = reached(score, reference, group, target, patient_weights(n, 400, 0), 0.95)
        threshold = choose_threshold(score, reference, target)
        assert threshold is not None
        assert found.share == np.mean(score[reference] >= threshold) >= 0.9
        assert found.threshold_low <= threshold <= found.threshold_high
        assert found.low <= found.share <= found.high
        return found

    few, many = firm(60), firm(2000)
    assert few.high - few.low > 3 * (many.high - many.low)
    assert few.threshold_high - few.threshold_low > 3 * (many.threshold_high - many.threshold_low)


def test_a_resampled_threshold_is_the_one_that_the_resample_would_choose() -> None:
    random = np.random.default_rng(0)
    reference = random.random(80) < 0.4
    score = np.round(random.normal(size=80) + reference, 1)
    group = np.arange(80) // 2
    weights = patient_weights(40, 200, 1)
    for target in (OperatingPoint(sensitivity=0.85), OperatingPoint(specificity=0.7)):
        expected = []
        for column in range(weights.shape[1]):
            rows = np.repeat(np.arange(80), weights[group, column])
            expected.append(choose_threshold(score[rows], reference[rows], target))
        found = reached(score, reference, group, target, weights, 0.9)
        ends = np.quantile(np.array(expected, dtype=float), [0.05, 0.95])
        assert (found.threshold_low, found.threshold_high) == pytest.approx(tuple(ends))
