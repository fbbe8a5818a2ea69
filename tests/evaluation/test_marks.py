"""Ratios per case: sums over sums, groups drawn, models paired."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.evaluation.marks import judge_marks
from medtune.tables.marks import declare_marks


def table(values: dict[str, np.ndarray], sizes: np.ndarray, groups: np.ndarray) -> pd.DataFrame:
    """Bits of several models on the same texts."""
    return pd.concat([
        pd.DataFrame({
            "case_id": [f"c{i}" for i in range(len(bits))],
            "group_id": groups, "model": model, "target": "answer",
            "measure": "bits_per_byte", "numerator": bits, "denominator": sizes,
        })
        for model, bits in values.items()
    ], ignore_index=True)  # fmt: skip


@pytest.fixture
def texts() -> tuple[np.ndarray, np.ndarray]:
    """Bytes of 120 texts of 40 customers."""
    draw = np.random.default_rng(0)
    return draw.integers(50, 500, 120).astype(float), np.array([f"g{i // 3}" for i in range(120)])


def test_a_mark_is_the_sum_of_bits_by_the_sum_of_bytes(texts):
    sizes, groups = texts
    draw = np.random.default_rng(1)
    bits = sizes * draw.normal(3, 0.3, 120)
    marks = table({"fine_tuned": bits, "untouched": bits + sizes * draw.normal(1, 0.2, 120)},
                  sizes, groups)  # fmt: skip
    measures, differences = judge_marks(marks, model="fine_tuned", resamples=500)
    own = next(row for row in measures if row["model"] == "fine_tuned")
    assert own["value"] == pytest.approx(bits.sum() / sizes.sum(), abs=1e-12)
    assert own["low"] < own["value"] < own["high"]
    assert (own["n_cases"], own["n_groups"]) == (120, 40)
    (difference,) = differences
    assert difference["difference"] == pytest.approx(-1, abs=0.1)
    assert difference["high"] < -0.9
    assert difference["p_value"] == pytest.approx(2 / 501)


def test_the_interval_is_that_of_the_customers(texts):
    """Texts of one customer that are all alike count once."""
    sizes, groups = np.full(120, 100.0), texts[1]
    draw = np.random.default_rng(2)
    alike = np.repeat(draw.normal(300, 30, 40), 3)
    wide = judge_marks(table({"m": alike}, sizes, groups), model="m")[0][0]
    alone = judge_marks(table({"m": alike}, sizes, np.arange(120).astype(str)), model="m")[0][0]
    ratio = (wide["high"] - wide["low"]) / (alone["high"] - alone["low"])
    assert ratio == pytest.approx(np.sqrt(3), rel=0.15)


def test_models_are_paired_on_the_cases_of_all(texts):
    sizes, groups = texts
    marks = table({"a": sizes * 2, "b": sizes * 3}, sizes, groups)
    marks = marks.drop(marks.index[(marks["model"] == "b") & (marks["case_id"] == "c0")])
    measures, _ = judge_marks(marks, model="a", resamples=100)
    assert {row["n_cases"] for row in measures} == {119}
    # the same in every resample: no interval can be given, and no value stands without one
    assert all(np.isnan(row["value"]) and "all resamples" in row["reason"] for row in measures)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_what_no_text_or_every_text_has_is_bounded_by_the_number_of_customers(texts, value):
    _, groups = texts
    sizes = np.where(np.arange(120) < 6, 0.0, 1.0)  # two customers have nothing to measure
    marks = table({"a": sizes * value, "b": sizes * value}, sizes, groups)
    rows = {row["model"]: row for row in judge_marks(marks, model="a")[0]}
    reach = 1 - 0.025 ** (1 / 38)
    assert rows["a"]["value"] == value
    low, high = (0, reach) if value == 0 else (1 - reach, 1)
    assert (rows["a"]["low"], rows["a"]["high"]) == pytest.approx((low, high))
    assert rows["a"]["method"] == "exact, by patient"
    (difference,) = judge_marks(marks, model="a")[1]
    assert "all resamples" in difference["reason"]


def test_a_ratio_that_is_the_same_everywhere_and_no_share_has_no_interval(texts):
    _, groups = texts
    ones, few = np.ones(120), np.array([f"g{i % 9}" for i in range(120)])
    for yes, of, whose, why in (
        (ones / 2, ones, groups, "all resamples"), (0 * ones, 7 * ones, groups, "all resamples"),
        (0 * ones, ones, few, "there are 9 groups"),
    ):  # fmt: skip
        (row,) = judge_marks(table({"a": yes}, of, whose), model="a")[0]
        assert np.isnan(row["value"])
        assert why in row["reason"]


def test_few_groups_are_not_estimable(texts):
    sizes, _ = texts
    draw = np.random.default_rng(3)
    few = np.array([f"g{i % 9}" for i in range(120)])
    marks = table({"a": sizes * draw.normal(2, 0.1, 120)}, sizes, few)
    (row,) = judge_marks(marks, model="a")[0]
    assert np.isnan(row["value"])
    assert row["reason"] == "there are 9 groups, and at least 10 are needed"


def test_what_is_no_marks_table_is_refused(texts):
    sizes, groups = texts
    marks = table({"a": sizes}, sizes, groups)
    with pytest.raises(DataError, match="unknown measure: mood"):
        declare_marks(marks.assign(measure="mood"))
    with pytest.raises(DataError, match="negative denominator"):
        declare_marks(marks.assign(denominator=-1.0))
    with pytest.raises(DataError, match="two rows of one case"):
        declare_marks(pd.concat([marks, marks]))
