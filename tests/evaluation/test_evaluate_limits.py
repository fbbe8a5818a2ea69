"""What is not judged, and says so: small numbers, refusals, unclear labels, perfect models."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    roc_auc_score,
)

from medtune.evaluation import evaluate

from .conftest import GENERIC, SETTINGS, SHIPPED, Simulate, one, with_


def test_a_value_has_an_interval_with_a_width_and_a_method_or_a_reason(
    predictions: Simulate,
) -> None:
    table = predictions(targets=("opacity", "rare"), test=120, prevalence=0.3)
    rare = (table["target"] == "rare") & (table["split"] == "test")
    few = table.loc[rare & (table["reference"] == 1), "case_id"].unique()[9:]
    table.loc[rare & table["case_id"].isin(few), "reference"] = 0.0
    result = evaluate(table, with_(SETTINGS, subgroups=["sex"]), shipped_thresholds=SHIPPED)
    for rows, value in ((result.measures, "value"), (result.differences, "difference")):
        estimated = rows["reason"] == ""
        assert estimated.any()
        assert (~estimated).any()
        assert rows.loc[estimated, [value, "low", "high"]].notna().all(axis=None)
        assert (rows.loc[estimated, "low"] < rows.loc[estimated, "high"]).all()
        assert (rows.loc[estimated, "method"] != "").all()
        assert rows.loc[~estimated, [value, "low", "high"]].isna().all(axis=None)
    area = one(result, "auroc", target="rare")
    assert area["reason"].startswith("9 positive and 111 negative patients")
    assert one(result, "prevalence", target="rare")["value"] == pytest.approx(9 / 120)
    assert one(result, "auroc", target="opacity")["reason"] == ""


def test_no_calibration_means_no_site_threshold(predictions: Simulate) -> None:
    table = predictions()
    result = evaluate(table[table["split"] == "test"], SETTINGS)
    site = result.measures[result.measures["rule"].isin(["site", "recalibrated"])]
    assert len(site)
    assert (site["reason"] == "no calibration cases").all()
    assert (result.differences.query("rule == 'site'")["reason"] == "no calibration cases").all()
    assert one(result, "auroc")["reason"] == ""
    assert result.worst.empty


def test_models_are_paired_on_what_all_of_them_scored(predictions: Simulate) -> None:
    table = predictions()
    refused = (table["model"] == GENERIC) & table["case_id"].isin(
        [f"test-{i:05d}" for i in range(30)]
    )
    table.loc[refused, "score"] = np.nan
    result = evaluate(table, SETTINGS, shipped_thresholds=SHIPPED)
    assert (result.measures.query("subgroup == 'all'")["n_cases"] == 270).all()
    assert any(f"{GENERIC} 30" in text and "270" in text for text in result.warnings)
    worst = {"subgroup": "refusals=wrong", "model": GENERIC}
    row = one(result, "accuracy", "shipped", **worst)
    assert row["n_cases"] == 300
    plain = one(result, "accuracy", "shipped", model=GENERIC)
    assert row["value"] == pytest.approx(plain["value"] * 270 / 300)
    area, without = one(result, "auroc", **worst), one(result, "auroc", model=GENERIC)
    assert area["value"] < without["value"]
    others = result.measures.query("model == 'fine_tuned' and subgroup != 'all'")["subgroup"]
    assert others.str.startswith("labels=").all()  # no worst case of a model that refused nothing
    steps = result.flow.set_index("step")["studies"]
    assert steps["not scored by every model"] == 30
    assert steps["in the split"] == steps.drop("in the split").sum()


def test_unclear_labels_are_counted_and_bounded_both_ways(predictions: Simulate) -> None:
    table = predictions()
    unclear = table["case_id"].isin([f"test-{i:05d}" for i in range(40)])
    table.loc[unclear, "reference"] = np.nan
    table.loc[unclear & (table["case_id"] < "test-00025"), "uncertain"] = "opacity"
    result = evaluate(table, SETTINGS)
    steps = result.flow.set_index("step")["studies"]
    assert (steps["label uncertain"], steps["label unknown"], steps["judged"]) == (25, 15, 260)
    (text,) = [text for text in result.warnings if "no clear label" in text]
    assert "judged only on clear cases; expect lower in practice" in text
    own = table[(table["model"] == "fine_tuned") & (table["split"] == "test")]
    for value, words in ((1, "if all of them were positive"), (0, "if all were negative")):
        bound = roc_auc_score(own["reference"].fillna(value), own["score"])
        assert f"{bound:.3f} {words}" in text
    few = table[~unclear | (table["case_id"] < "test-00010")]
    assert not any("no clear label" in text for text in evaluate(few, SETTINGS).warnings)


def test_a_model_without_a_finding_takes_no_part_in_it(predictions: Simulate) -> None:
    table = predictions(targets=("edema", "nodule"))
    table = table[(table["model"] != GENERIC) | (table["target"] == "edema")]
    result = evaluate(table, SETTINGS)
    assert one(result, "auroc", target="nodule")["n_cases"] == 300
    row = one(result, "auroc", target="macro", compared_with=GENERIC)
    assert row["reason"] == "fewer than two findings are estimable (only edema)"
    assert result.verdict == "not_estimable"
    assert "cannot be judged" in result.answer


def test_thin_calibration_is_said(predictions: Simulate) -> None:
    result = evaluate(predictions(calibration=20), SETTINGS)
    assert any("thresholds and the recalibration" in text for text in result.warnings)
    result = evaluate(predictions(calibration=200), SETTINGS)
    assert not result.warnings


def test_scores_outside_0_to_1_get_ranking_and_decisions_only(predictions: Simulate) -> None:
    table = predictions()
    table.loc[table["model"] == GENERIC, "score"] *= 10
    result = evaluate(table, SETTINGS, shipped_thresholds={(GENERIC, "opacity"): 5.0})
    for measure in ("brier", "calibration_slope", "calibration_intercept"):
        assert "not all between 0 and 1" in one(result, measure, model=GENERIC)["reason"]
    assert one(result, "auroc", model=GENERIC)["reason"] == ""
    assert one(result, "accuracy", "shipped", model=GENERIC)["reason"] == ""


def test_a_perfect_model_is_never_one_to_one(predictions: Simulate) -> None:
    table = predictions()
    own = table["model"] == "fine_tuned"
    table.loc[own, "score"] = 0.1 + 0.8 * table.loc[own, "reference"]
    result = evaluate(table, SETTINGS)
    area = one(result, "auroc")
    assert (area["value"], area["high"]) == (1.0, 1.0)
    assert area["low"] < 0.99
    assert "separates the classes" in one(result, "calibration_slope")["reason"]
    assert "all resamples" in one(result, "average_precision")["reason"]


def test_everything_is_one_study_or_nothing_is_left(predictions: Simulate) -> None:
    table = predictions()
    table.loc[table["split"] == "test", "reference"] = np.nan
    result = evaluate(table, with_(SETTINGS, subgroups=["sex"]))
    assert result.verdict == "not_estimable"
    assert one(result, "prevalence")["reason"] == "there is no case in the denominator"
    assert one(result, "auroc")["reason"].startswith("0 positive and 0 negative patients")
