"""The traps of the statistics, each through the front door: what must come out, and what never."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.evaluation import calibration, evaluate
from medtune.evaluation.compare import mcnemar_exact, mcnemar_midp
from medtune.evaluation.intervals import auroc_interval
from medtune.evaluation.ranking import auroc_and_variance, auroc_covariance
from medtune.evaluation.wide import Columns, read_wide
from medtune.tables.results import Result

from .conftest import Simulate, one, simulate

PAIR = {"fine_tuned": 2.0, "shipped:x": 1.0}
FAST = Evaluation(resamples=200)


def judged(table: pd.DataFrame, settings: Evaluation = FAST, **thresholds: float) -> Result:
    shipped = {(name, "opacity"): value for name, value in thresholds.items()}
    return evaluate(table, settings, shipped_thresholds=shipped)


def never_bare(result: Result) -> None:
    """A value has an interval with a width, or there is a reason; never NaN without one."""
    for table, value in ((result.measures, "value"), (result.differences, "difference")):
        estimable = table["reason"] == ""
        assert table.loc[estimable, [value, "low", "high"]].notna().all(axis=None)
        assert (table.loc[estimable, "high"] > table.loc[estimable, "low"]).all()
        assert table.loc[~estimable, [value, "low", "high"]].isna().all(axis=None)


def test_csv_and_back_a_score_of_03_is_still_positive_at_03(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("p,y,a,b\n1,1,0.29999999999999999,1\n2,0,0.1,0\n")
    read = read_wide(path, Columns("y", ("a", "b"), "p"))
    assert (read.loc[read["model"] == "a", "score"] >= 0.3).sum() == 1
    frame = pd.DataFrame({"p": [1, 2], "y": [1, 0], "a": [0.1 + 0.2, 0.3], "b": [1 / 3, 2 / 3]})
    frame.to_csv(path, index=False)
    again = read_wide(path, Columns("y", ("a", "b"), "p"))
    assert list(again["score"]) == [0.1 + 0.2, 0.3, 1 / 3, 2 / 3]


def test_as_many_gained_as_lost() -> None:
    assert mcnemar_exact(6, 6) == 1.0
    assert mcnemar_midp(6, 6) == pytest.approx(0.7744140625)
    assert mcnemar_midp(0, 0) == 1.0


def test_a_perfect_model_and_perfect_separation(predictions: Simulate) -> None:
    table = predictions(strength=PAIR)
    own = table["model"] == "fine_tuned"
    table.loc[own, "score"] = 0.2 + 0.6 * table.loc[own, "reference"]
    result = judged(table)
    never_bare(result)
    row = one(result, "auroc")
    assert row["value"] == row["high"] == 1
    assert 0.9 < row["low"] < 1
    for measure in ("calibration_slope", "calibration_intercept"):
        assert one(result, measure)["reason"] == calibration.SEPARATED
    assert calibration.SEPARATED in one(result, "brier", "recalibrated")["reason"]


def test_one_class_only(predictions: Simulate) -> None:
    table = predictions(strength=PAIR)
    table["reference"] = 1.0
    result = judged(table)
    never_bare(result)
    assert result.verdict == "not_estimable"
    assert "0 negative patients" in one(result, "auroc")["reason"]
    assert result.curves.empty


def test_ties_everywhere(predictions: Simulate) -> None:
    table = predictions(strength=PAIR)
    table["score"] = 0.5
    result = judged(table, fine_tuned=0.5)
    never_bare(result)
    assert one(result, "auroc")["reason"] == "the model gives every case the same score"
    difference = one(result, "auroc", compared_with="shipped:x")
    assert "rank these cases the same way" in difference["reason"]
    sensitivity = one(result, "sensitivity", "shipped")
    assert (sensitivity["value"], sensitivity["high"]) == (1, 1)
    assert sensitivity["low"] < 1


def test_two_hundred_thousand_cases_keep_a_width_and_nothing_overflows() -> None:
    random = np.random.default_rng(0)
    n = 200_000
    reference = random.random(n) < 0.35
    score = random.normal(size=n) + 0.9 * reference
    area, variance = auroc_and_variance(score, reference)
    found = auroc_interval(area, variance, reference, np.arange(n), 0.95)
    assert 0.001 < found.high - found.low < 0.01
    both, covariance = auroc_covariance(score[None], reference, np.arange(n))
    assert (area, variance) == pytest.approx((both[0], covariance[0, 0]), rel=1e-9)


@pytest.mark.parametrize("patients", [9, 10])
def test_a_cell_of_nine_is_not_shown_and_cannot_be_had_by_subtraction(patients: int) -> None:
    table = simulate(strength=PAIR, test=300)
    number = table["case_id"].str[-5:].astype(int)
    table["view"] = np.where(number < patients, "LL", np.where(number < 100, "AP", "PA"))
    result = judged(table, FAST.model_copy(update={"subgroups": ["view"]}))
    rows = result.measures[result.measures["subgroup"] == "view=LL"]
    if patients == 10:
        assert not rows["reason"].str.startswith("not shown").any()
        return
    assert (rows["reason"] == "not shown: fewer than 10 patients").all()
    assert rows[["value", "low", "high", "n_cases", "n_groups", "n_positive"]].isna().all(axis=None)
    other = result.measures[result.measures["subgroup"] == "view=AP"]
    assert (other["reason"] == "not shown: it would give away a smaller group").all()
    shown = result.measures[result.measures["subgroup"] == "view=PA"]
    assert shown["n_cases"].notna().all()
    gap = result.measures[result.measures["subgroup"] == "view"]
    assert (gap["reason"] == "fewer than two groups are estimable").all()


def test_an_empty_group_and_an_attribute_that_is_not_there() -> None:
    table = simulate(strength=PAIR)
    table["view"] = np.where(table["split"] == "test", "PA", "AP")  # AP on calibration only
    result = judged(table, FAST.model_copy(update={"subgroups": ["view", "vendor"]}))
    subgroups = set(result.measures["subgroup"])
    assert "view=PA" in subgroups
    assert "view=AP" not in subgroups
    assert any("no column 'vendor'" in warning for warning in result.warnings)


def test_every_film_taken_twice_leaves_every_clustered_interval_as_it_was() -> None:
    table = simulate(strength=PAIR, per_patient=3, test=360)
    twice = pd.concat([table, table.assign(case_id=table["case_id"] + "-again")])
    first, second = judged(table), judged(twice)
    for name, value in (("measures", "value"), ("differences", "difference")):
        one_, two = getattr(first, name), getattr(second, name)
        key = ["model", "measure", "rule", "subgroup"]
        key += ["compared_with"] if name == "differences" else []
        both = one_.merge(two, on=key, suffixes=("", "_again"))
        # one study a patient is another draw, labels are turned anew
        both = both[both["subgroup"] == "all"]
        assert len(both) > 15
        for column in (value, "low", "high"):
            np.testing.assert_allclose(
                both[column].to_numpy(float), both[f"{column}_again"].to_numpy(float), rtol=1e-5,
                err_msg=str(both["measure"].tolist()),
            )  # fmt: skip


def test_a_monotone_map_of_the_scores_changes_no_ranking(predictions: Simulate) -> None:
    table = predictions(strength=PAIR)
    mapped = table.assign(score=np.exp(3 * table["score"]) - 20)
    first, second = judged(table), judged(mapped)
    for measure in ("auroc", "average_precision", "partial_auroc", "specificity_at_sensitivity"):
        for column in ("value", "low", "high"):
            assert one(first, measure)[column] == pytest.approx(one(second, measure)[column])
    for measure in ("sensitivity", "specificity", "ppv", "lr_positive"):
        for column in ("value", "low", "high"):
            pair = one(first, measure, "site")[column], one(second, measure, "site")[column]
            assert pair[0] == pytest.approx(pair[1])


def test_the_models_swapped_turn_the_sign_and_nothing_else(predictions: Simulate) -> None:
    table = predictions(strength=PAIR)
    names = {"fine_tuned": "shipped:x", "shipped:x": "fine_tuned"}
    first = judged(table).differences
    second = judged(table.assign(model=table["model"].map(names))).differences
    key = ["measure", "rule", "subgroup"]
    both = first.merge(second, on=key, suffixes=("", "_other"))
    relative = both["measure"].str.endswith("_relative")
    both = both[~relative & (both["reason"] == "")]
    assert {"auroc", "sensitivity", "brier", "npv"} <= set(both["measure"])
    np.testing.assert_allclose(both["difference"], -both["difference_other"], atol=1e-12)
    np.testing.assert_allclose(both["low"], -both["high_other"], atol=1e-9)
    p_values = both[["p_value", "p_value_other"]].dropna()
    np.testing.assert_allclose(p_values["p_value"], p_values["p_value_other"], rtol=1e-6)
    assert math.isfinite(p_values.to_numpy().min())
