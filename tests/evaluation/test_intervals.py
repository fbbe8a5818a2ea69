from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest
from statsmodels.genmod.cov_struct import Independence
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE

from medtune.evaluation.intervals import auroc_interval, proportion
from medtune.evaluation.ranking import auroc_covariance


def test_independent_cases_get_wilson() -> None:
    success = np.arange(20) < 17
    found = proportion(success, np.arange(20), 0.95, clustered=False)
    expected = binomtest(17, 20).proportion_ci(method="wilson")
    assert (found.value, found.method) == (0.85, "Wilson")
    np.testing.assert_allclose([found.low, found.high], expected, atol=1e-12)


def test_clustered_cases_get_generalised_estimating_equations() -> None:
    random = np.random.default_rng(0)
    group = random.integers(0, 30, 100)
    success = random.random(100) < expit(random.normal(size=30)[group])
    found = proportion(success, group, 0.9, clustered=True)
    fitted = GEE(
        success.astype(float),
        np.ones((100, 1)),
        groups=group,
        cov_struct=Independence(),
        family=Binomial(),
    ).fit()
    expected = expit(fitted.conf_int(alpha=0.1)[0])
    np.testing.assert_allclose([found.low, found.high], expected, atol=1e-9)
    assert found.method == "GEE, by patient"


def test_films_taken_twice_leave_the_clustered_interval_as_it_was() -> None:
    random = np.random.default_rng(1)
    success, patient = random.random(40) < 0.7, np.arange(40)
    once = proportion(success, patient, 0.95, clustered=True)
    twice = proportion(np.tile(success, 2), np.tile(patient, 2), 0.95, clustered=True)
    naive = proportion(np.tile(success, 2), np.arange(80), 0.95, clustered=False)
    np.testing.assert_allclose([twice.low, twice.high], [once.low, once.high], atol=1e-12)
    assert naive.high - naive.low < 0.8 * (twice.high - twice.low)


@pytest.mark.parametrize("right", [True, False])
def test_all_right_or_all_wrong_is_bounded_by_the_number_of_patients(right: bool) -> None:
    found = proportion(np.full(60, right), np.arange(60) // 3, 0.95, clustered=True)
    bound = 0.025 ** (1 / 20)
    expected = (bound, 1.0) if right else (0.0, 1 - bound)
    assert (found.low, found.high) == pytest.approx(expected)


def test_patients_who_all_have_the_same_share_give_no_interval() -> None:
    found = proportion(np.tile([True, False], 20), np.arange(40) // 2, 0.95, clustered=True)
    assert np.isnan(found.value)
    assert "same share" in found.reason


def test_an_empty_denominator_is_not_estimable() -> None:
    empty = np.zeros(0, dtype=bool)
    assert "no case" in proportion(empty, np.zeros(0, np.intp), 0.95, clustered=False).reason


def test_a_perfect_ranking_is_never_one_to_one() -> None:
    reference = np.arange(60) < 12
    found = auroc_interval(1.0, 0.0, reference, np.arange(60), 0.95)
    assert found.high == 1.0
    assert found.low == pytest.approx(0.025 ** (1 / 12))
    worst = auroc_interval(0.0, 0.0, reference, np.arange(60), 0.95)
    assert (worst.low, worst.high) == pytest.approx((0.0, 1 - 0.025 ** (1 / 12)))


def test_a_patient_is_used_in_one_pair_only() -> None:
    # 20 patients with a film of either class each: 10 pairs of different patients, not 20
    group = np.arange(40) // 2
    reference = np.tile([True, False], 20)
    found = auroc_interval(1.0, 0.0, reference, group, 0.95)
    assert found.low == pytest.approx(0.025 ** (1 / 10))


def test_one_score_for_all_is_not_estimable() -> None:
    reference = np.arange(30) < 12
    area, covariance = auroc_covariance(np.zeros((1, 30)), reference, np.arange(30))
    found = auroc_interval(float(area[0]), covariance[0, 0], reference, np.arange(30), 0.95)
    assert found.reason == "the model gives every case the same score"


def test_the_logit_interval_lies_around_the_share() -> None:
    random = np.random.default_rng(2)
    found = proportion(random.random(90) < 0.9, np.arange(90) // 3, 0.95, clustered=True)
    middle = (logit(found.low) + logit(found.high)) / 2
    assert expit(middle) == pytest.approx(found.value, abs=1e-12)
