from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
)

from medtune.config import OperatingPoint
from medtune.evaluation import evaluate, result_as_json
from medtune.tables.results import DIFFERENCE_COLUMNS, MEASURE_COLUMNS, MEASURES, RULES

from .conftest import GENERIC, SETTINGS, SHIPPED, Simulate, one, with_


def test_a_result_has_the_declared_tables_and_closed_lists(predictions: Simulate) -> None:
    result = evaluate(predictions(), SETTINGS, shipped_thresholds=SHIPPED)
    assert list(result.measures.columns) == list(MEASURE_COLUMNS)
    assert list(result.differences.columns) == list(DIFFERENCE_COLUMNS)
    assert set(result.measures["measure"]) | set(result.differences["measure"]) <= set(MEASURES)
    assert set(result.measures["rule"]) <= set(RULES)
    key = ["model", "measure", "target", "split", "rule", "subgroup"]
    assert not result.measures.duplicated(key).any()
    assert not result.differences.duplicated([*key, "compared_with"]).any()
    assert (result.primary["compared_with"], result.primary["measure"]) == (GENERIC, "auroc")
    assert result.verdict == "gain"
    assert result.control_passed is True


def test_nothing_depends_on_the_order_of_the_rows(predictions: Simulate) -> None:
    table = predictions(per_patient=3, test=240)
    table["study_id"] = table["group_id"] + "-" + (table.index % 2).astype(str)
    table["study_id"] = table["case_id"].str[:-1] + table["group_id"]
    table.loc[table["reference"] == 1, "study_id"] += "-p"
    settings = with_(SETTINGS, subgroups=["sex"])
    mixed = table.sample(frac=1, random_state=0)
    first, second = (
        evaluate(rows, settings, shipped_thresholds=SHIPPED) for rows in (table, mixed)
    )
    assert result_as_json(first) == result_as_json(second)
    pd.testing.assert_frame_equal(first.curves, second.curves)
    pd.testing.assert_frame_equal(first.worst, second.worst)


def test_the_threshold_comes_from_calibration_and_from_nothing_else(predictions: Simulate) -> None:
    table = predictions()
    before = evaluate(table, SETTINGS)
    test = table["split"] == "test"
    table.loc[test, "score"] = 1 - table.loc[test, "score"]
    after = evaluate(table, SETTINGS)
    kept = ["model", "target", "rule", "threshold", "calibration_studies", "calibration_positive"]
    for one_before, one_after in zip(
        before.settings["thresholds"], after.settings["thresholds"], strict=True
    ):
        assert [one_before[k] for k in kept] == [one_after[k] for k in kept]
    own = table[(table["model"] == "fine_tuned") & ~test & (table["reference"] == 1)]
    threshold = before.settings["thresholds"][0]["threshold"]
    assert np.mean(own["score"] >= threshold) >= 0.9 > np.mean(own["score"] > threshold)
    row = one(before, "sensitivity", "site")
    assert row["threshold"] == threshold


def test_a_fair_fight_does_not_see_the_scale_of_the_scores(predictions: Simulate) -> None:
    table = predictions()
    moved = table.copy()
    generic = moved["model"] == GENERIC
    moved.loc[generic, "score"] = expit(0.5 * logit(moved.loc[generic, "score"]) - 2)
    first = evaluate(table, SETTINGS, shipped_thresholds=SHIPPED)
    second = evaluate(moved, SETTINGS, shipped_thresholds=SHIPPED)
    for measure in ("sensitivity", "specificity", "accuracy", "ppv"):
        args = {"rule": "site", "model": GENERIC}
        assert one(first, measure, **args)["value"] == one(second, measure, **args)["value"]
    shipped = {"rule": "shipped", "model": GENERIC}
    assert one(second, "sensitivity", **shipped)["value"] < 0.1
    recalibrated = {"rule": "recalibrated", "model": GENERIC}
    assert one(second, "brier", **recalibrated)["value"] == pytest.approx(
        one(first, "brier", **recalibrated)["value"], abs=1e-6
    )


def test_resampled_measures_have_the_values_of_scikit_learn(predictions: Simulate) -> None:
    table = predictions(per_patient=2)
    result = evaluate(table, SETTINGS)
    own = table[(table["model"] == "fine_tuned") & (table["split"] == "test")]
    called = own["score"] >= one(result, "sensitivity", "site")["threshold"]
    for measure, rule, expected in (
        ("average_precision", "", average_precision_score(own["reference"], own["score"])),
        ("brier", "", brier_score_loss(own["reference"], own["score"])),
        ("balanced_accuracy", "site", balanced_accuracy_score(own["reference"], called)),
    ):
        assert one(result, measure, rule)["value"] == pytest.approx(expected, abs=1e-12), measure


def test_the_three_rows_of_the_claim(predictions: Simulate) -> None:
    table = predictions()
    result = evaluate(table, SETTINGS, shipped_thresholds=SHIPPED)
    own = one(result, "accuracy", "site")["value"]
    for rule in ("site", "shipped"):
        other = one(result, "accuracy", rule, model=GENERIC)["value"]
        points = one(result, "accuracy", rule, compared_with=GENERIC)
        relative = one(result, "accuracy_relative", rule, compared_with=GENERIC)
        assert points["difference"] == pytest.approx(own - other)
        assert relative["difference"] == pytest.approx((own - other) / other)
        assert relative["low"] < relative["difference"] < relative["high"]
    error = one(result, "auroc_error_relative", compared_with=GENERIC)["difference"]
    areas = [one(result, "auroc", model=model)["value"] for model in ("fine_tuned", GENERIC)]
    assert error == pytest.approx((areas[0] - areas[1]) / (1 - areas[1]))
    controls = result.differences["compared_with"].isin(["thumbnail", "random_weights"])
    assert not result.differences.loc[controls, "measure"].str.endswith("_relative").any()


def test_one_study_a_patient_gets_closed_forms_and_several_get_clustered_ones(
    predictions: Simulate,
) -> None:
    single = evaluate(predictions(), SETTINGS)
    several = evaluate(predictions(per_patient=3), SETTINGS)
    assert one(single, "auroc")["method"] == "DeLong"
    assert one(several, "auroc")["method"].startswith("Obuchowski")
    assert one(single, "sensitivity", "site")["method"] == "Wilson"
    assert one(several, "sensitivity", "site")["method"].startswith("GEE")
    pair = {"rule": "site", "compared_with": GENERIC}
    assert one(single, "sensitivity", **pair)["method"] == "Tango; McNemar mid-p"
    assert one(several, "sensitivity", **pair)["method"].startswith("bootstrap by patient")
    clustered = several.measures[~several.measures["subgroup"].str.startswith("unit=")]
    assert not clustered["method"].str.contains("Wilson|DeLong").any()
    apart = several.differences[~several.differences["subgroup"].str.startswith("unit=")]
    assert not apart["method"].str.contains("McNemar|Tango|DeLong").any()
    for result in (single, several):
        assert np.isnan(one(result, "accuracy", **pair)["p_value"])


def test_films_of_a_patient_taken_twice_do_not_make_anything_surer(predictions: Simulate) -> None:
    table = predictions(per_patient=2)
    again = table.assign(case_id=table["case_id"] + "-again")
    once = evaluate(table, SETTINGS)
    twice = evaluate(pd.concat([table, again]), SETTINGS)
    for measure, rule in (("auroc", ""), ("specificity", "site"), ("average_precision", "")):
        width = [
            one(r, measure, rule)["high"] - one(r, measure, rule)["low"] for r in (once, twice)
        ]
        assert width[1] == pytest.approx(width[0], rel=0.02), measure
    assert twice.primary["p_value"] == pytest.approx(once.primary["p_value"], rel=1e-6)


def test_the_mean_over_findings_names_them(predictions: Simulate) -> None:
    table = predictions(targets=("edema", "hernia", "nodule"))
    hernia = (table["target"] == "hernia") & (table["split"] == "test")
    positive = table.loc[hernia & (table["reference"] == 1), "case_id"].unique()
    table.loc[hernia & table["case_id"].isin(positive[5:]), "reference"] = np.nan
    result = evaluate(table, SETTINGS)
    row = one(result, "auroc", target="macro")
    areas = [one(result, "auroc", target=name)["value"] for name in ("edema", "nodule")]
    assert row["value"] == pytest.approx(np.mean(areas))
    assert row["method"].endswith("mean over edema, nodule")
    assert one(result, "auroc", target="hernia")["reason"].startswith("5 positive")
    assert result.primary["finding"] == "macro"
    difference = one(result, "auroc", target="macro", compared_with=GENERIC)
    pairs = [
        one(result, "auroc", target=name, compared_with=GENERIC)["difference"]
        for name in ("edema", "nodule")
    ]
    assert difference["difference"] == pytest.approx(np.mean(pairs))
    assert result.verdict == "gain"


def test_the_worst_errors_are_chosen_by_rule(predictions: Simulate) -> None:
    table = predictions(per_patient=2)
    result = evaluate(table, SETTINGS)
    own = table[(table["model"] == "fine_tuned") & (table["split"] == "test")]
    own = own.set_index("case_id")
    threshold = one(result, "sensitivity", "site")["threshold"]
    for error, reference, worst_first in (
        ("false negative", 1, True),
        ("false positive", 0, False),
    ):
        rows = result.worst[result.worst["error"] == error]
        assert len(rows) == 4
        wrong = own[(own["reference"] == reference) & ((own["score"] < threshold) == worst_first)]
        assert rows["case_id"].iloc[0] == (
            wrong["score"].idxmin() if worst_first else wrong["score"].idxmax()
        )
        assert rows["score"].is_monotonic_increasing == worst_first
        assert own.loc[rows["case_id"], "group_id"].is_unique


def test_some_right_decisions_stand_beside_them_at_random(predictions: Simulate) -> None:
    table = predictions(per_patient=2)
    found = evaluate(table, SETTINGS).worst
    own = table[(table["model"] == "fine_tuned") & (table["split"] == "test")]
    own = own.set_index("case_id")
    threshold = one(evaluate(table, SETTINGS), "sensitivity", "site")["threshold"]
    for kind, reference in (("true positive", 1), ("true negative", 0)):
        rows = found[found["error"] == kind]
        assert len(rows) == 2
        cases = own.loc[rows["case_id"]]
        assert cases["group_id"].is_unique
        assert (cases["reference"] == reference).all()
        assert ((cases["score"] >= threshold) == bool(reference)).all()
    mixed = evaluate(table.sample(frac=1, random_state=5), SETTINGS).worst
    assert list(mixed["case_id"]) == list(found["case_id"])
    another = evaluate(table, with_(SETTINGS, seed=1)).worst
    right = found["error"].str.startswith("true")
    assert list(another["case_id"][~right]) == list(found["case_id"][~right])
    assert list(another["case_id"][right]) != list(found["case_id"][right])


def test_curves_end_where_they_should(predictions: Simulate) -> None:
    result = evaluate(predictions(), SETTINGS)
    for model in ("fine_tuned", GENERIC):
        points = result.curves[
            (result.curves["model"] == model) & (result.curves["curve"] == "roc")
        ]
        area = np.trapezoid(points["y"], points["x"])
        assert area == pytest.approx(one(result, "auroc", model=model)["value"], abs=1e-12)
        bins = result.curves[
            (result.curves["model"] == model) & (result.curves["curve"] == "calibration")
        ]
        assert bins["n"].sum() == 300


def test_a_specificity_target_and_a_target_for_one_finding(predictions: Simulate) -> None:
    wanted = with_(SETTINGS, operating_point={"opacity": OperatingPoint(specificity=0.8)})
    table = predictions()
    threshold = one(evaluate(table, wanted), "specificity", "site")["threshold"]
    own = table[(table["model"] == "fine_tuned") & (table["split"] == "calibration")]
    negative = own.loc[own["reference"] == 0, "score"]
    assert np.mean(negative < threshold) >= 0.8 > np.mean(negative < np.nextafter(threshold, 0))


def test_the_callers_flow_comes_first(predictions: Simulate) -> None:
    flow = pd.DataFrame(
        [["films found", "", "", 500, 700, 400]],
        columns=["step", "split", "reason", "studies", "films", "patients"],
    )
    result = evaluate(predictions(), SETTINGS, flow=flow)
    assert list(result.flow["step"])[:2] == ["films found", "in the split"]


def test_a_result_is_strict_json(predictions: Simulate) -> None:
    table = predictions()
    result = evaluate(table[table["split"] == "test"], with_(SETTINGS, subgroups=["sex"]))
    found = json.loads(json.dumps(result_as_json(result), allow_nan=False))
    assert [name for name in found if name != "spread"][:8] == [
        "schema_version",
        "question",
        "primary",
        "answer",
        "verdict",
        "control_passed",
        "measures",
        "differences",
    ]
    assert len(found["measures"]) == len(result.measures)
    site = next(row for row in found["measures"] if row["rule"] == "site")
    assert site["value"] is None
    assert site["reason"] == "no calibration cases"
    assert found["primary"]["difference"] == result.primary["difference"]


def test_five_models_and_four_hundred_studies_take_seconds(predictions: Simulate) -> None:
    table = predictions(test=400)
    started = time.process_time()
    evaluate(table, with_(SETTINGS, resamples=2000), shipped_thresholds=SHIPPED)
    assert time.process_time() - started < 3


def test_the_judge_needs_no_torch() -> None:
    code = "import sys, medtune.evaluation; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
