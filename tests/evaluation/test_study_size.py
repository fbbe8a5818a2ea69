from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from medtune.evaluation.compare import mcnemar_midp
from medtune.evaluation.intervals import wilson
from medtune.evaluation.study_size import (
    Binormal,
    cases_for_paired_proportions,
    cases_for_two_aurocs,
    cases_for_width,
    patients_for,
    positive_cases_for_one_auroc,
    positive_cases_for_paired_aurocs,
    smallest_detectable_gain,
)


def test_a_gain_of_that_size_is_shown_four_times_in_five() -> None:
    gain = smallest_detectable_gain(0.02, 0.95)
    shown = norm.sf(norm.ppf(0.975) - gain / 0.02)  # the interval's low end lies above 0
    assert shown == pytest.approx(0.8)


def test_more_power_and_smaller_effects_need_more_cases() -> None:
    assert positive_cases_for_one_auroc(0.7) > positive_cases_for_one_auroc(0.8)
    assert positive_cases_for_one_auroc(0.7, power=0.9) > positive_cases_for_one_auroc(0.7)


def test_a_pilot_that_says_how_large_the_study_must_be_is_believed() -> None:
    # with as many cases the interval of the difference lies above 0 in four of five studies
    variance = {"variance": 0.09, "variance_other": 0.12, "covariance": 0.06}
    n = cases_for_two_aurocs(0.05, **variance, power=0.8)
    se = math.sqrt((0.09 + 0.12 - 0.12) / n)
    null = math.sqrt((2 * 0.12 - 0.12) / n)
    assert norm.cdf((0.05 - norm.ppf(0.975) * null) / se) == pytest.approx(0.8, abs=1e-9)


def test_models_that_agree_more_need_fewer_cases() -> None:
    models = Binormal.of_auroc(0.85), Binormal.of_auroc(0.80)
    sizes = [
        positive_cases_for_paired_aurocs(*models, 0.05, correlation=r) for r in (0.1, 0.5, 0.8)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] > 20


def test_binormal_of_an_auroc_has_it() -> None:
    model = Binormal.of_auroc(0.83)
    assert norm.cdf(model.a / math.sqrt(2)) == pytest.approx(0.83)


def test_paired_proportions_have_the_power_that_was_asked_for() -> None:
    n = math.ceil(cases_for_paired_proportions(0.10, 0.20, power=0.8))
    random = np.random.default_rng(0)
    gained, lost, _ = random.multinomial(n, [0.15, 0.05, 0.80], size=4000).T
    shown = [
        mcnemar_midp(int(g), int(b)) < 0.05 and g > b for g, b in zip(gained, lost, strict=True)
    ]
    assert np.mean(shown) == pytest.approx(0.8, abs=0.03)
    with pytest.raises(ValueError, match="between the difference and 1"):
        cases_for_paired_proportions(0.3, 0.2)


def test_the_width_is_wilson_s() -> None:
    n = cases_for_width(0.9, 0.05)
    low, high = wilson(round(0.9 * n), round(n), 0.95)
    assert high - low == pytest.approx(0.10, abs=0.003)
    assert cases_for_width(0.5, 0.6) == 1


def test_patients_are_more_where_the_finding_is_rare_and_their_films_alike() -> None:
    assert patients_for(100, 0.1) == 1000
    assert patients_for(100, 0.1, cases_per_patient=2) == 500
    assert patients_for(100, 0.1, cases_per_patient=2, correlation=1) == 1000
