from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar

from medtune.evaluation.compare import (
    mcnemar_exact,
    mcnemar_midp,
    paired_auroc,
    paired_proportion,
    tango,
)
from medtune.evaluation.ranking import auroc_covariance

counts = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 60)).filter(
    lambda case: sum(case) > 0
)


@given(counts)
@settings(max_examples=100, deadline=None)
def test_tango_turns_round_with_the_models_and_holds_the_difference(
    case: tuple[int, int, int],
) -> None:
    gained, lost, same = case
    n = gained + lost + same
    low, high = tango(gained, lost, n, 0.95)
    assert -1 <= low <= (gained - lost) / n <= high <= 1
    assert high > low
    np.testing.assert_allclose(tango(lost, gained, n, 0.95), (-high, -low), atol=1e-9)


@given(counts)
@settings(max_examples=60, deadline=None)
def test_tango_ends_where_the_score_test_does(case: tuple[int, int, int]) -> None:
    gained, lost, same = case
    n = gained + lost + same
    for end in tango(gained, lost, n, 0.95):
        if abs(end) == 1:
            continue
        # the share of losses under this difference maximises the likelihood (Tango 1998, eq. 6)
        share = np.linspace(max(0, -end) + 1e-9, (1 - end) / 2 - 1e-9, 200_001)
        other = share + end
        with np.errstate(divide="ignore", invalid="ignore"):
            likelihood = (
                gained * np.log(other) + lost * np.log(share) + same * np.log(1 - share - other)
            )
        best = share[np.nanargmax(likelihood)]
        z = (gained - lost - n * end) / np.sqrt(n * (2 * best + end * (1 - end)))
        assert abs(z) == pytest.approx(norm.ppf(0.975), abs=2e-2)


def test_no_discordant_case_still_has_a_width() -> None:
    z2 = norm.ppf(0.975) ** 2
    expected = z2 / (50 + z2)
    np.testing.assert_allclose(tango(0, 0, 50, 0.95), (-expected, expected), atol=1e-9)
    found = paired_proportion(np.ones(50, bool), np.ones(50, bool), 0.95, test=True)
    assert (found.value, found.p_value) == (0.0, 1.0)
    assert found.se > 0


@given(st.integers(0, 40), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_exact_mcnemar_is_that_of_statsmodels(gained: int, lost: int) -> None:
    expected = mcnemar([[5, gained], [lost, 5]], exact=True).pvalue
    assert mcnemar_exact(gained, lost) == pytest.approx(expected, abs=1e-12)
    assert mcnemar_midp(gained, lost) <= mcnemar_exact(gained, lost) + 1e-15


def test_accuracy_gets_no_mcnemar() -> None:
    right, other = np.arange(30) < 20, np.arange(30) < 15
    assert np.isnan(paired_proportion(right, other, 0.95, test=False).p_value)
    assert paired_proportion(right, other, 0.95, test=True).p_value == mcnemar_midp(5, 0)


def test_swapping_the_models_flips_the_sign_only() -> None:
    random = np.random.default_rng(0)
    reference = random.random(100) < 0.4
    score = random.normal(size=(2, 100)) + reference * np.array([[2.0], [1.0]])
    area, covariance = auroc_covariance(score, reference, np.arange(100))
    one = paired_auroc(area, covariance, 0.95, clustered=False)
    other = paired_auroc(area[::-1], covariance[::-1, ::-1], 0.95, clustered=False)
    assert (other.value, other.low, other.high) == (-one.value, -one.high, -one.low)
    assert (other.p_value, other.se) == (one.p_value, one.se)


def test_the_same_ranking_twice_has_no_interval() -> None:
    random = np.random.default_rng(1)
    reference = random.random(100) < 0.4
    score = random.normal(size=100) + reference
    area, covariance = auroc_covariance(np.stack([score, 3 * score]), reference, np.arange(100))
    assert "same way" in paired_auroc(area, covariance, 0.95, clustered=False).reason
