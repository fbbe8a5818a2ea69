from __future__ import annotations

import pytest
from scipy.stats import norm

from medtune.evaluation.study_size import positive_cases_for_one_auroc, smallest_detectable_gain


def test_a_gain_of_that_size_is_shown_four_times_in_five() -> None:
    gain = smallest_detectable_gain(0.02, 0.95)
    shown = norm.sf(norm.ppf(0.975) - gain / 0.02)  # the interval's low end lies above 0
    assert shown == pytest.approx(0.8)


def test_more_power_and_smaller_effects_need_more_cases() -> None:
    assert positive_cases_for_one_auroc(0.7) > positive_cases_for_one_auroc(0.8)
    assert positive_cases_for_one_auroc(0.7, power=0.9) > positive_cases_for_one_auroc(0.7)
