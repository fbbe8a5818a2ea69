"""A reference that errs: what the models would be against the truth, with an interval."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from medtune.config import Evaluation
from medtune.evaluation import evaluate
from medtune.evaluation.reference_error import IMPOSSIBLE

from .conftest import one, simulate

FOUND, CLEARED = 0.90, 0.95
KNOWN = {"sensitivity": FOUND, "specificity": CLEARED}
SUBGROUP = "reference=0.9/0.95"


def test_the_truth_is_found_behind_a_reference_that_errs() -> None:
    true = simulate(strength={"fine_tuned": 2.0, "shipped:x": 1.0}, test=6000, prevalence=0.3)
    random = np.random.default_rng(3)
    cases = true.drop_duplicates("case_id").set_index("case_id")["reference"]
    kept = np.where(cases == 1, random.random(len(cases)) < FOUND, random.random(len(cases)) < 0.05)
    erring = true["case_id"].map(dict(zip(cases.index, kept.astype(float), strict=True)))
    settings = Evaluation(resamples=200, reference_accuracy=KNOWN)
    shipped = {(name, "opacity"): 0.5 for name in ("fine_tuned", "shipped:x")}
    right = evaluate(true, Evaluation(resamples=200), shipped_thresholds=shipped)
    seen = evaluate(true.assign(reference=erring), settings, shipped_thresholds=shipped)
    for model in ("fine_tuned", "shipped:x"):
        for measure in ("sensitivity", "specificity"):
            truth = one(right, measure, "shipped", model=model)["value"]
            judged = one(seen, measure, "shipped", model=model)
            found = one(seen, measure, "shipped", model=model, subgroup=SUBGROUP)
            assert found["low"] <= truth <= found["high"]
            assert abs(found["value"] - truth) < 0.02
            assert abs(found["value"] - truth) < abs(judged["value"] - truth)


def test_more_than_the_reference_can_have_found_is_not_estimable() -> None:
    table = simulate(strength={"fine_tuned": 2.0, "shipped:x": 1.0}, prevalence=0.35)
    known = {"sensitivity": 0.9, "specificity": 0.6}  # calls two in five of the healthy ill
    result = evaluate(table, Evaluation(resamples=200, reference_accuracy=known))
    row = one(result, "sensitivity", "site", subgroup="reference=0.9/0.6")
    assert row["reason"] == IMPOSSIBLE


def test_nothing_is_corrected_unless_it_is_asked_for() -> None:
    table = simulate(strength={"fine_tuned": 2.0, "shipped:x": 1.0})
    result = evaluate(table, Evaluation(resamples=200))
    assert not result.measures["subgroup"].str.startswith("reference").any()


def test_a_reference_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="says nothing of the truth"):
        Evaluation(reference_accuracy={"sensitivity": 0.5, "specificity": 0.5})
