from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.errors import DataError
from medtune.evaluation import evaluate
from medtune.evaluation.compare import unpaired_auroc
from medtune.evaluation.many import compare_many, cross_site
from medtune.evaluation.multiplicity import adjusted
from medtune.evaluation.ranking import auroc_and_variance

from .conftest import Simulate

SETTINGS = Evaluation(resamples=200)
THREE = {"a": 2.2, "b": 1.6, "c": 1.5}


def test_every_pair_is_what_the_judge_says_of_it(predictions: Simulate) -> None:
    table = predictions(strength=THREE)
    found = compare_many(table, SETTINGS).differences.set_index(
        ["measure", "model", "compared_with"]
    )
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    assert sorted(found.loc["auroc"].index) == pairs
    for own, other in pairs:
        alone = evaluate(table[table["model"].isin([own, other])], SETTINGS, fine_tuned=own)
        for measure, rule in (("auroc", ""), ("sensitivity", "site"), ("specificity", "site")):
            rows = alone.differences
            row = rows[
                (rows["measure"] == measure) & (rows["rule"] == rule) & (rows["subgroup"] == "all")
            ].iloc[0]
            assert found.loc[(measure, own, other), "difference"] == row["difference"]
            assert found.loc[(measure, own, other), "p_value"] == row["p_value"]


def test_p_values_are_adjusted_for_all_pairs_and_findings_of_a_measure(
    predictions: Simulate,
) -> None:
    found = compare_many(predictions(strength=THREE, targets=("x", "y")), SETTINGS).differences
    auroc = found[found["measure"] == "auroc"]
    assert len(auroc) == 6
    np.testing.assert_allclose(auroc["p_holm"], adjusted(auroc["p_value"].to_numpy(), "holm"))
    assert (auroc["p_holm"] > auroc["p_value"]).sum() >= 5


def test_patients_with_several_studies_are_resampled(predictions: Simulate) -> None:
    found = compare_many(predictions(strength=THREE, per_patient=2), SETTINGS)
    methods = found.differences.groupby("measure")["method"].first()
    assert methods["auroc"] == "Obuchowski, paired, by patient"
    assert methods["sensitivity"].startswith("bootstrap by patient")
    assert set(found.measures["measure"]) == {"auroc", "sensitivity", "specificity"}


def test_one_model_is_not_compared(predictions: Simulate) -> None:
    with pytest.raises(DataError, match="fewer than two models"):
        compare_many(predictions(strength={"a": 1.0}), SETTINGS)


def test_a_matrix_has_every_model_at_every_site_that_scored_it(predictions: Simulate) -> None:
    sites = {
        "north": predictions(strength={"north": 2.2, "south": 1.0}, seed=1),
        "south": predictions(strength={"south": 2.2}, seed=2, test=240),
    }
    found = cross_site(sites, SETTINGS).set_index(["trained_at", "judged_at"])
    assert set(found.index) == {("north", "north"), ("south", "north"), ("south", "south")}
    away = found.loc[("south", "north")]

    def area(site: str, model: str) -> tuple[float, float]:
        rows = sites[site][(sites[site]["model"] == model) & (sites[site]["split"] == "test")]
        return auroc_and_variance(rows["score"].to_numpy(), rows["reference"].to_numpy() == 1)

    there, home = area("north", "south"), area("south", "south")
    assert away["value"] == pytest.approx(there[0])
    expected = unpaired_auroc(there[0], home[0], there[1], home[1], 300, 240, 0.95)
    assert away["change"] == pytest.approx(expected.value)
    assert away["change_low"] == pytest.approx(expected.low, abs=1e-9)
    assert away["p_value"] == pytest.approx(expected.p_value, abs=1e-9)
    assert away["change_high"] < 0
    assert pd.isna(found.loc[("south", "south"), "change"])
    assert pd.isna(found.loc[("north", "north"), "change"])
