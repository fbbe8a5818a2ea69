"""Predictive values and likelihood ratios of two models: what closed forms must keep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from medtune.evaluation.estimate import Estimate
from medtune.evaluation.likelihood_ratios import likelihood_ratio, relative_likelihood_ratio
from medtune.evaluation.predictive_values import (
    predictive_value_ratio,
    score_test,
    weighted_score_test,
)


def decisions(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    reference = random.random(n) < 0.35
    shared = random.normal(size=n)
    one, two = (shared + random.normal(size=n) + d * reference > 0.5 for d in (1.0, 1.6))
    return one, two, reference


RATIOS: dict[str, Callable[..., Estimate]] = {
    "predictive value": predictive_value_ratio,
    "likelihood ratio": relative_likelihood_ratio,
}


@pytest.mark.parametrize("name", RATIOS)
def test_the_other_way_round_it_is_one_over_it(name: str) -> None:
    one, two, reference = decisions()
    case = np.arange(300)
    first = RATIOS[name](one, two, reference, case, 0.95)
    second = RATIOS[name](two, one, reference, case, 0.95)
    assert second.value == pytest.approx(1 / first.value, rel=1e-12)
    assert (second.low, second.high) == pytest.approx((1 / first.high, 1 / first.low), rel=1e-12)
    assert second.p_value == pytest.approx(first.p_value, rel=1e-9)


@pytest.mark.parametrize("name", RATIOS)
def test_films_taken_twice_leave_it_as_it_was(name: str) -> None:
    one, two, reference = decisions()
    patient = np.arange(300)
    once = RATIOS[name](one, two, reference, patient, 0.95)
    again = (np.tile(one, 2), np.tile(two, 2), np.tile(reference, 2))
    twice = RATIOS[name](*again, np.tile(patient, 2), 0.95)
    assert (twice.value, twice.se) == pytest.approx((once.value, once.se), rel=1e-12)
    assert twice.method.endswith("by patient")
    naive = RATIOS[name](*again, np.arange(600), 0.95)
    assert naive.se == pytest.approx(once.se / np.sqrt(2), rel=1e-12)
    p_values = [
        score_test(one, two, reference, patient),
        score_test(*again, np.tile(patient, 2)),
    ]
    assert p_values[0] == pytest.approx(p_values[1], rel=1e-9)


def test_the_same_decisions_twice_have_no_interval() -> None:
    one, _, reference = decisions()
    case = np.arange(300)
    for function in RATIOS.values():
        assert "no variance" in function(one, one, reference, case, 0.95).reason
    assert np.isnan(score_test(one, one, reference, case))


def test_nobody_found_or_nobody_called() -> None:
    one, two, reference = decisions()
    case, none = np.arange(300), np.zeros(300, dtype=bool)
    assert "0 or infinite" in likelihood_ratio(none, reference, case, 0.95).reason
    assert "0 or infinite" in relative_likelihood_ratio(one, none, reference, case, 0.95).reason
    assert predictive_value_ratio(one & ~reference, two, reference, case, 0.95).reason
    assert np.isnan(weighted_score_test(one, none, reference))
    assert np.isnan(score_test(none, none, reference, case))


def test_a_perfect_rule_out_is_not_estimable_and_never_zero_to_zero() -> None:
    reference = np.arange(40) < 10
    found = likelihood_ratio(~reference, reference, np.arange(40), 0.95)
    assert found.reason
    assert np.isnan(found.value)
