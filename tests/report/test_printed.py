import math

import pytest

from medtune.report.printed import (
    printed,
    printed_difference,
    printed_difference_interval,
    printed_interval,
    printed_p,
    printed_threshold,
)

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        ("auroc", 0.96914, "0.969"),
        ("auroc", 1.0, "1.000"),
        ("sensitivity", 0.88496, f"88.5{NBSP}%"),
        ("specificity", 1.0, f"100.0{NBSP}%"),
        ("calibration_intercept", -0.658, "−0.66"),
        ("calibration_intercept", -0.0001, "0.00"),
        ("net_benefit", -0.0004, "0.000"),
    ],
)
def test_values(measure: str, value: float, text: str) -> None:
    assert printed(measure, value) == text


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        ("auroc", 0.193, "+0.193"),
        ("auroc", -0.193, "−0.193"),
        ("auroc", 0.0, "0.000"),
        ("auroc", 0.0004, "+0.000"),
        ("auroc", -0.0004, "−0.000"),
        ("accuracy", 0.24, f"+24.0{NBSP}points"),
        ("accuracy", -0.002, f"−0.2{NBSP}points"),
        ("accuracy_relative", 0.3512, f"+35.1{NBSP}%"),
        ("auroc_error_relative", -0.1, f"−10.0{NBSP}%"),
        ("accuracy", 1.0, f"+100.0{NBSP}points"),
    ],
)
def test_differences_carry_their_sign_and_unit(measure: str, value: float, text: str) -> None:
    assert printed_difference(measure, value) == text


def test_intervals_have_one_unit_and_no_dash() -> None:
    assert printed_interval("ppv", 0.8407, 0.94987) == f"84.1 to 95.0{NBSP}%"
    assert printed_interval("auroc", 0.5, 0.75) == "0.500 to 0.750"
    assert printed_difference_interval("accuracy", -0.0166, 0.055) == f"−1.7 to +5.5{NBSP}points"
    assert printed_difference_interval("auroc", -0.01, 0.0) == "−0.010 to 0.000"


def test_no_interval_is_printed_where_there_is_none() -> None:
    assert printed_interval("auroc", math.nan, math.nan) == ""
    assert printed_difference_interval("auroc", math.nan, 0.1) == ""


def test_p_is_never_zero() -> None:
    assert printed_p(1e-12) == f"<{NBSP}0.001"
    assert printed_p(0.04321) == "0.043"
    assert printed_p(math.nan) == ""


def test_small_thresholds_keep_their_digits() -> None:
    assert printed_threshold(0.58937) == "0.589"
    assert printed_threshold(0.00012345) == "0.000123"
