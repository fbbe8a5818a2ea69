"""Referral in the result: rows, who is referred, small groups, curves; nothing where not asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from medtune.config import Evaluation, Refer
from medtune.evaluation import evaluate, result_as_json
from medtune.tables.results import Result


def predictions(per_patient: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(0)
    parts = []
    for split, n in (("calibration", 400), ("test", 600)):
        patient = np.arange(n) // per_patient
        reference = (random.random(patient.max() + 1) < 0.3)[patient].astype(float)
        for model, strength in (("fine_tuned", 3.0), ("shipped:x", 0.5), ("thumbnail", 0.2)):
            score = expit(strength * (reference - 0.5) + random.normal(size=n))
            part = {"case_id": [f"{split}{i}" for i in range(n)],
                    "group_id": [f"{split}p{p}" for p in patient], "site": "here", "split": split,
                    "model": model, "target": "opacity", "class": "", "score": score,
                    "reference": reference, "sex": np.where(patient % 2, "F", "M"),
                    "scanner": np.where(patient < 4, "rare", np.where(patient % 2, "a", "b")),
                    }  # fmt: skip
            parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


BOUNDS = Refer(wrong_absent=0.15, wrong_present=0.35)


@pytest.fixture(scope="module")
def result() -> Result:
    return evaluate(
        predictions(), Evaluation(resamples=200, subgroups=["sex", "scanner"], refer=BOUNDS)
    )


def rows(result: Result, measure: str, model: str = "fine_tuned") -> pd.DataFrame:
    table = result.measures
    found = table[
        (table["measure"] == measure) & (table["model"] == model) & (table["rule"] == "refer")
    ]
    return found.set_index("subgroup")


def test_what_is_decided_on_test_keeps_the_bounds_and_the_rest_is_counted(result: Result):
    told = {each["model"]: each for each in result.settings["referrals"]}["fine_tuned"]
    assert told["calibration_patients"] == 400
    assert told["absent"]["reason"] == told["present"]["reason"] == ""
    table = predictions()
    test = table[(table["split"] == "test") & (table["model"] == "fine_tuned")]
    absent = test["score"] < told["absent"]["score"]
    present = test["score"] >= told["present"]["score"]
    assert rows(result, "referred")["value"]["all"] == (~(absent | present)).mean()
    wrong = rows(result, "wrong_absent").loc["all"]
    assert wrong["value"] == test.loc[absent, "reference"].mean()
    assert wrong["threshold"] == told["absent"]["score"]
    assert wrong["method"] == "Wilson"
    wrong = rows(result, "wrong_present").loc["all"]
    assert wrong["value"] == pytest.approx(1 - test.loc[present, "reference"].mean())
    assert 0 < told["aurc"] < 0.2


def test_who_is_referred_is_told_by_group_and_small_groups_are_not_shown(result: Result):
    by_group = rows(result, "referred")
    assert set(by_group.index) == {
        "all", "sex=F", "sex=M", "scanner=rare", "scanner=a", "scanner=b",
    }  # fmt: skip
    halves = by_group.loc[["sex=F", "sex=M"], "value"]
    assert halves.mean() == pytest.approx(by_group.loc["all", "value"])
    hidden = by_group[by_group["reason"].str.startswith("not shown")]
    assert "scanner=rare" in hidden.index
    assert len(hidden) == 2  # and another, from which it could be had by subtraction
    assert hidden[["value", "low", "high"]].isna().all(axis=None)
    assert hidden["n_groups"].isna().all()
    assert set(rows(result, "wrong_absent").index) == {"all"}


def test_the_patient_is_the_unit_of_the_bounds(result: Result):
    of_two = evaluate(predictions(per_patient=2), Evaluation(resamples=200, refer=BOUNDS))
    told = {each["model"]: each for each in of_two.settings["referrals"]}["fine_tuned"]
    assert told["calibration_patients"] == 200
    table = predictions(per_patient=2)
    test = table[(table["split"] == "test") & (table["model"] == "fine_tuned")]
    present = test[test["score"] >= told["present"]["score"]]
    by_patient = 1 - present.groupby("group_id")["reference"].min()
    found = rows(of_two, "wrong_present").loc["all"]
    assert found["value"] == pytest.approx(by_patient.mean())
    assert rows(of_two, "referred")["method"]["all"] == "GEE, by patient"


def test_a_side_without_a_bound_is_never_called_and_a_poor_model_says_why(result: Result):
    one = evaluate(
        predictions(), Evaluation(resamples=200, refer={"opacity": Refer(wrong_absent=0.15)})
    )
    assert rows(one, "wrong_present").empty
    told = {each["model"]: each for each in one.settings["referrals"]}["fine_tuned"]
    assert told["present"] == {
        "score": None, "bound": None, "decided": 0, "wrong": 0, "reason": "no bound was asked for",
    }  # fmt: skip
    poor = rows(result, "wrong_present", "thumbnail").loc["all"]
    assert poor["reason"] == "no cut keeps the bound with this confidence on calibration"
    assert np.isnan(poor["value"])


def test_curves_fall_to_where_every_study_is_decided(result: Result):
    curve = result.curves[
        (result.curves["curve"] == "refer") & (result.curves["model"] == "fine_tuned")
    ]
    assert 2 <= len(curve) <= 200
    assert curve["x"].is_monotonic_increasing
    assert curve["x"].iloc[-1] == 1.0
    accuracy = result.measures.set_index(["model", "measure", "rule", "subgroup"])["value"]
    assert curve["y"].iloc[-1] == pytest.approx(
        1 - accuracy["fine_tuned", "accuracy", "site", "all"]
    )
    assert curve["y"].iloc[len(curve) // 2] < curve["y"].iloc[-1]


def test_where_no_bound_is_declared_nothing_is_referred():
    plain = evaluate(predictions(), Evaluation(resamples=200, subgroups=["sex"]))
    assert plain.settings["referrals"] == []
    assert "refer" not in set(plain.measures["rule"])
    assert "refer" not in set(plain.curves["curve"])


def test_the_result_is_strict_json(result: Result):
    told = result_as_json(result)["settings"]["referrals"]
    assert {each["target"] for each in told} == {"opacity"}
    assert told[0]["absent"]["bound"] == 0.15
