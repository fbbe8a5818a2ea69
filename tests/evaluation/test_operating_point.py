from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.config import OperatingPoint
from medtune.evaluation.operating_point import Table, choose_threshold, two_by_two

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
