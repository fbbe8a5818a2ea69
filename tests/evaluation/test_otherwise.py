"""Rows beside the headline: other units, turned labels, gaps between groups, typed margins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from medtune.config import Evaluation, Primary
from medtune.evaluation import evaluate
from medtune.evaluation.gaps import with_adjusted
from medtune.evaluation.ranking import auroc_covariance
from medtune.tables.results import Result

from .conftest import GENERIC, SETTINGS, SHIPPED, Simulate, one, with_

OWN_AND_GENERIC = {"fine_tuned": 2.2, GENERIC: 1.0}


@pytest.fixture(scope="module")
def films(predictions: Simulate) -> pd.DataFrame:
    """Two films a study, two studies a patient."""
    table = predictions(test=480, calibration=160, per_patient=4, strength=OWN_AND_GENERIC)
    number = table["case_id"].str[-5:].astype(int) // 2
    table["study_id"] = table["split"] + "-S" + number.astype(str)
    table["reference"] = table.groupby(["study_id", "model"])["reference"].transform("max")
    return table


@pytest.fixture(scope="module")
def otherwise(films: pd.DataFrame) -> Result:
    return evaluate(films, with_(SETTINGS, subgroups=["sex"]), shipped_thresholds=SHIPPED)


def test_each_image_is_judged_for_itself_at_the_headlines_threshold(
    films: pd.DataFrame, otherwise: Result
) -> None:
    row = one(otherwise, "auroc", subgroup="unit=image")
    test = films[(films["split"] == "test") & (films["model"] == "fine_tuned")]
    score, reference = test["score"].to_numpy(), test["reference"].to_numpy() == 1
    area, covariance = auroc_covariance(score[None], reference, pd.factorize(test["group_id"])[0])
    assert row["value"] == pytest.approx(area[0], abs=1e-12)
    reach = (row["high"] - row["low"]) / 2
    assert reach == pytest.approx(1.959964 * np.sqrt(covariance[0, 0]), rel=1e-6)
    assert row["method"] == "Obuchowski, by patient"
    assert (row["n_cases"], one(otherwise, "auroc")["n_cases"]) == (480, 240)
    here = one(otherwise, "sensitivity", "site", subgroup="unit=image")
    headline = one(otherwise, "sensitivity", "site")
    assert here["threshold"] == headline["threshold"]
    called = score[reference] >= headline["threshold"]
    assert here["value"] == pytest.approx(called.mean())


def test_one_study_a_patient_gets_what_is_for_independent_cases(otherwise: Result) -> None:
    name = "unit=one study a patient"
    row = one(otherwise, "sensitivity", "site", subgroup=name)
    assert (row["n_cases"], row["n_groups"], row["method"]) == (120, 120, "Wilson")
    difference = one(otherwise, "sensitivity", "site", subgroup=name, compared_with=GENERIC)
    assert difference["method"] == "Tango; McNemar mid-p"
    headline = one(otherwise, "sensitivity", "site", compared_with=GENERIC)
    assert headline["method"].startswith("bootstrap by patient")


def test_where_each_patient_has_one_film_there_is_no_other_unit(predictions: Simulate) -> None:
    result = evaluate(predictions(strength=OWN_AND_GENERIC), SETTINGS)
    assert not result.measures["subgroup"].str.startswith("unit=").any()


def test_turned_labels_bring_the_auroc_towards_a_coin(otherwise: Result) -> None:
    values = [
        one(otherwise, "auroc", subgroup=f"labels={share} % turned")["value"]
        for share in (2, 5, 10)
    ]
    assert [one(otherwise, "auroc")["value"], *values] == sorted(
        [one(otherwise, "auroc")["value"], *values], reverse=True
    )
    row = one(otherwise, "auroc", subgroup="labels=5 % turned", compared_with=GENERIC)
    assert "no confidence interval" in row["method"]
    assert 0 < row["difference"] < one(otherwise, "auroc", compared_with=GENERIC)["difference"]


def test_the_gap_between_groups_is_theirs(otherwise: Result) -> None:
    groups = [one(otherwise, "auroc", subgroup=f"sex={sex}") for sex in "FM"]
    gap = one(otherwise, "auroc", subgroup="sex")
    assert gap["value"] == pytest.approx(abs(groups[0]["value"] - groups[1]["value"]))
    assert gap["low"] >= 0
    assert gap["method"].startswith("highest in ")
    interaction = one(otherwise, "auroc", subgroup="sex", compared_with=GENERIC)
    gains = [one(otherwise, "auroc", subgroup=f"sex={s}", compared_with=GENERIC) for s in "FM"]
    apart = abs(gains[0]["difference"] - gains[1]["difference"])
    assert interaction["difference"] == pytest.approx(apart)
    assert 0 <= interaction["p_value"] <= 1


def test_groups_have_adjusted_p_values_and_nothing_else_has(otherwise: Result) -> None:
    table = otherwise.differences
    of_groups = table["subgroup"].isin(["sex=F", "sex=M"]) & table["p_value"].notna()
    assert (table.loc[of_groups, "p_holm"] >= table.loc[of_groups, "p_bh"]).all()
    assert (table.loc[of_groups, "p_bh"] >= table.loc[of_groups, "p_value"]).all()
    assert table.loc[~of_groups, ["p_holm", "p_bh"]].isna().all(axis=None)


def test_a_family_is_all_groups_of_all_attributes_of_one_measure() -> None:
    table = pd.DataFrame(
        {
            "measure": ["auroc"] * 4 + ["accuracy"],
            "target": "y",
            "rule": "",
            "compared_with": "a",
            "subgroup": ["sex=F", "sex=M", "view=PA", "all", "sex=F"],
            "p_value": [0.01, 0.04, 0.03, 0.5, 0.02],
        }
    )
    found = with_adjusted(table, ["sex", "view"])
    np.testing.assert_allclose(found["p_holm"], [0.03, 0.06, 0.06, np.nan, 0.02])
    np.testing.assert_allclose(found["p_bh"], [0.03, 0.04, 0.04, np.nan, 0.02])


@pytest.mark.parametrize("margin", [0.02, 0.4])
def test_a_loss_that_was_named_is_excluded_or_not(predictions: Simulate, margin: float) -> None:
    table = predictions(strength={"fine_tuned": 1.0, GENERIC: 1.0}, seed=4)
    primary = Primary(non_inferiority_margin=margin, reason="agreed: 2 of 100")
    result = evaluate(table, with_(SETTINGS, primary=primary))
    excluded = result.primary["low"] > -margin
    assert result.primary["non_inferior"] is excluded
    assert excluded == (margin == 0.4)
    said = f"a loss of {margin:g} or more is {'excluded' if excluded else 'not excluded'}"
    assert said in result.answer
    assert result.verdict == "no_gain_shown"


def test_a_margin_needs_its_reason() -> None:
    for margin in ({"margin": 0.02}, {"non_inferiority_margin": 0.02, "reason": " "}):
        with pytest.raises(ValidationError, match="a margin needs its reason"):
            Evaluation(primary=margin)
    assert Evaluation(primary={"margin": 0.02, "reason": "a tenth of what is left"})
