from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from medtune.evaluation.ranking import (
    auroc,
    auroc_covariance,
    average_precision,
    operating_points,
    placements,
    roc_points,
)


@st.composite
def scored(draw: st.DrawFn, models: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Scores with many ties, and a reference with both classes."""
    n = draw(st.integers(2, 40))
    row = st.lists(st.integers(-5, 5), min_size=n, max_size=n)
    score = np.array([draw(row) for _ in range(models)], dtype=np.float64)
    reference = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    reference[0], reference[-1] = True, False
    return score, reference


def by_pairs(score: np.ndarray, reference: np.ndarray) -> float:
    gap = score[reference][:, None] - score[~reference][None, :]
    return float(np.mean((gap > 0) + 0.5 * (gap == 0)))


@given(scored())
@settings(max_examples=100, deadline=None)
def test_auroc_is_the_share_of_ordered_pairs(case: tuple[np.ndarray, np.ndarray]) -> None:
    score, reference = case[0][0], case[1]
    assert auroc(score, reference) == pytest.approx(by_pairs(score, reference), abs=1e-14)


@given(scored())
@settings(max_examples=50, deadline=None)
def test_auroc_is_invariant_to_monotone_maps_and_flips_with_the_sign(
    case: tuple[np.ndarray, np.ndarray],
) -> None:
    score, reference = case[0][0], case[1]
    area = auroc(score, reference)
    assert auroc(np.exp(score) + 3, reference) == area
    assert auroc(-score, reference) == pytest.approx(1 - area, abs=1e-14)


def delong_by_definition(score: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """DeLong 1988, equation by equation."""
    v10, v01 = [], []
    for row in score:
        gap = row[reference][:, None] - row[~reference][None, :]
        won = (gap > 0) + 0.5 * (gap == 0)
        v10.append(won.mean(axis=1))
        v01.append(won.mean(axis=0))
    s10, s01 = np.atleast_2d(np.cov(v10)), np.atleast_2d(np.cov(v01))
    return s10 / reference.sum() + s01 / (~reference).sum()


def test_one_case_a_patient_is_delong() -> None:
    random = np.random.default_rng(3)
    reference = random.random(80) < 0.3
    score = np.round(random.normal(size=(3, 80)) + reference, 1)
    _, covariance = auroc_covariance(score, reference, np.arange(80))
    np.testing.assert_allclose(covariance, delong_by_definition(score, reference), atol=1e-15)


def test_clustered_covariance_is_obuchowski_by_definition() -> None:
    random = np.random.default_rng(4)
    group = random.integers(0, 25, 90)
    reference = random.random(90) < 0.4
    score = np.round(random.normal(size=(2, 90)) + reference, 1)
    area, covariance = auroc_covariance(score, reference, group)

    positive, negative = score[:, reference], score[:, ~reference]
    m, n = positive.shape[1], negative.shape[1]
    patients = np.unique(group)
    sums10 = np.zeros((2, patients.size))
    sums01 = np.zeros((2, patients.size))
    for model in range(2):
        gap = positive[model][:, None] - negative[model][None, :]
        won = (gap > 0) + 0.5 * (gap == 0)
        for index, patient in enumerate(patients):
            own_positive = group[reference] == patient
            own_negative = group[~reference] == patient
            sums10[model, index] = np.sum(won.mean(axis=1)[own_positive] - area[model])
            sums01[model, index] = np.sum(won.mean(axis=0)[own_negative] - area[model])
    i10 = np.unique(group[reference]).size
    i01 = np.unique(group[~reference]).size
    i = patients.size
    expected = np.zeros((2, 2))
    for a in range(2):
        for b in range(2):
            s10 = i10 / ((i10 - 1) * m) * np.sum(sums10[a] * sums10[b])
            s01 = i01 / ((i01 - 1) * n) * np.sum(sums01[a] * sums01[b])
            cross = i / (i - 1) * np.sum(sums10[a] * sums01[b] + sums10[b] * sums01[a])
            expected[a, b] = s10 / m + s01 / n + cross / (m * n)
    np.testing.assert_allclose(covariance, expected, atol=1e-15)


def test_films_taken_twice_do_not_make_the_clustered_interval_narrower() -> None:
    random = np.random.default_rng(5)
    reference = random.random(60) < 0.4
    score = (random.normal(size=60) + reference)[None, :]
    patient = np.arange(60)
    _, once = auroc_covariance(score, reference, patient)
    twice = (np.tile(score, 2), np.tile(reference, 2), np.tile(patient, 2))
    _, clustered = auroc_covariance(*twice)
    _, naive = auroc_covariance(twice[0], twice[1], np.arange(120))
    np.testing.assert_allclose(clustered, once, rtol=1e-12)
    assert naive[0, 0] < 0.6 * once[0, 0]


def test_two_hundred_thousand_cases_do_not_overflow() -> None:
    random = np.random.default_rng(6)
    n = 200_000
    reference = random.random(n) < 0.3
    score = random.normal(size=n)
    area, covariance = auroc_covariance(score[None, :], reference, np.arange(n))
    m = int(reference.sum())
    under_no_effect = (n + 1) / (12 * m * (n - m))  # of the Mann-Whitney statistic
    assert area[0] == pytest.approx(roc_auc_score(reference, score), abs=1e-12)
    assert covariance[0, 0] == pytest.approx(under_no_effect, rel=0.01)


def test_fewer_than_two_patients_of_a_class_have_no_variance() -> None:
    score = np.array([[0.1, 0.2, 0.3, 0.4]])
    reference = np.array([False, True, False, True])
    _, covariance = auroc_covariance(score, reference, np.array([0, 1, 2, 1]))
    assert np.isnan(covariance).all()


def test_placements_are_in_the_order_of_the_cases() -> None:
    score = np.array([0.9, 0.1, 0.5, 0.5])
    reference = np.array([True, False, True, False])
    np.testing.assert_array_equal(placements(score, reference), [1.0, 1.0, 0.75, 0.75])


def test_average_precision_groups_ties() -> None:
    # thresholds 3, 2, 1: precision 1, 2/3, 1/2 at recall 1/2, 1, 1
    score = np.array([3.0, 2.0, 2.0, 1.0])
    reference = np.array([True, True, False, False])
    assert average_precision(score, reference) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


@given(scored())
@settings(max_examples=30, deadline=None)
def test_area_under_the_roc_points_is_the_auroc(case: tuple[np.ndarray, np.ndarray]) -> None:
    score, reference = case[0][0], case[1]
    x, y = roc_points(score, reference)
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(y, x) == pytest.approx(auroc(score, reference), abs=1e-12)


@given(scored())
def test_an_operating_point_is_the_highest_threshold_that_reaches(
    case: tuple[np.ndarray, np.ndarray],
) -> None:
    scores, reference = case
    score = scores[0]
    reached = np.linspace(0.05, 1, 20)
    thresholds, found, cleared = operating_points(score, reference, reached)
    for wanted, threshold, sensitivity, specificity in zip(
        reached, thresholds, found, cleared, strict=True
    ):
        assert sensitivity == pytest.approx((score[reference] >= threshold).mean())
        assert specificity == pytest.approx((score[~reference] < threshold).mean())
        assert sensitivity >= wanted - 1e-9
        assert (score[reference] > threshold).mean() < wanted
