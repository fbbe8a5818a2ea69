from __future__ import annotations

import numpy as np
import pytest

from medtune.evaluation import evaluate

from .conftest import GENERIC, SETTINGS, SHIPPED, Simulate, one, with_


@pytest.mark.parametrize("measure", ["ppv", "npv"])
def test_predictive_values_over_the_prevalence_go_through_the_samples(
    predictions: Simulate, measure: str
) -> None:
    result = evaluate(predictions(), SETTINGS, shipped_thresholds=SHIPPED)
    curve = result.curves[
        (result.curves["curve"] == measure) & (result.curves["model"] == "fine_tuned")
    ]
    share = one(result, "prevalence")["value"]
    here = one(result, measure, "site")["value"]
    assert np.interp(share, curve["x"], curve["y"]) == pytest.approx(here, abs=0.002)


def test_a_decision_curve_has_the_net_benefit_that_was_asked_for(predictions: Simulate) -> None:
    settings = with_(SETTINGS, act_at={"opacity": 0.2}, prevalences={"opacity": 0.05})
    result = evaluate(predictions(), settings, shipped_thresholds=SHIPPED)
    row = one(result, "net_benefit")
    assert row["threshold"] == 0.2
    curves = result.curves[np.isclose(result.curves["x"], 0.2)].set_index(["curve", "model"])
    assert curves.loc[("decision", "fine_tuned"), "y"] == pytest.approx(row["value"])
    recalibrated = one(result, "net_benefit", "recalibrated")["value"]
    assert curves.loc[("decision_recalibrated", "fine_tuned"), "y"] == pytest.approx(recalibrated)
    share = one(result, "prevalence")["value"]
    everybody = share - (1 - share) * 0.25
    assert curves.loc[("decision", "treat_all"), "y"] == pytest.approx(everybody)
    rare = one(result, "ppv_at_prevalence", "site")
    assert rare["value"] < one(result, "ppv", "site")["value"]
    assert rare["method"].endswith("at prevalence 0.05")
    difference = one(result, "net_benefit", compared_with=GENERIC)
    generic = one(result, "net_benefit", model=GENERIC)["value"]
    assert difference["difference"] == pytest.approx(row["value"] - generic)


def test_a_model_whose_scores_are_no_probabilities_has_no_decision_curve(
    predictions: Simulate,
) -> None:
    table = predictions()
    table.loc[table["model"] == GENERIC, "score"] *= 100
    result = evaluate(table, SETTINGS, shipped_thresholds=SHIPPED)
    found = result.curves[result.curves["model"] == GENERIC]["curve"].unique()
    of_ranking = {"roc", "precision_recall", "threshold_at", "sensitivity_at", "specificity_at"}
    assert set(found) == of_ranking | {"ppv", "npv"}
    own = result.curves[result.curves["model"] == "fine_tuned"]
    recall = own[own["curve"] == "precision_recall"]
    assert (recall["x"].max(), recall["x"].min()) == (1, 0)
