"""The flag of films unlike those that taught: its limit, its rows, nothing without distances."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.evaluation import evaluate
from medtune.evaluation.unusual import limit_of, unusual_studies, usual_up_to

from .test_referral import predictions


def far(shift: float = 0.0) -> pd.DataFrame:
    """Distances of the fine-tuned model: every test patient of one scanner is farther."""
    table = predictions()
    random = np.random.default_rng(1)
    by_case = pd.Series(random.gamma(50, 0.02, table["case_id"].nunique()),
                        index=table["case_id"].unique())  # fmt: skip
    distance = table["case_id"].map(by_case)
    moved = (table["split"] == "test") & (table["scanner"] == "a")
    table["embedding_distance"] = (distance + shift * moved).where(table["model"] == "fine_tuned")
    return table


def test_the_limit_is_kept_by_new_patients_on_average():
    random = np.random.default_rng(0)
    group = pd.Series(np.arange(59).repeat(2))
    beyond = []
    for _ in range(600):
        given = pd.Series(random.normal(size=118))
        limit = usual_up_to(given, group, 0.1)
        beyond.append((random.normal(size=(200, 2)).max(axis=1) > limit.distance).mean())
    # the rank 54 of 59 leaves 6 / 60 of new patients beyond it; standard error 0.0016
    assert np.mean(beyond) == pytest.approx(0.1, abs=0.006)


def test_the_limit_is_a_rank_of_the_patients_greatest_distances():
    distance = pd.Series([1.0, 9.0, 2.0, 3.0, math.nan])
    limit = usual_up_to(distance, pd.Series(["a", "b", "b", "c", "d"]), 0.5)
    assert (limit.distance, limit.patients, limit.reason) == (3.0, 3, "")
    few = usual_up_to(distance, pd.Series(["a", "b", "b", "c", "d"]), 0.05)
    assert math.isnan(few.distance)
    assert few.reason == "3 calibration patients are too few: at least 19 are needed"


def test_a_study_is_unusual_where_any_film_is():
    table = pd.DataFrame({
        "case_id": ["1", "2", "3", "4"], "study_id": ["s", "s", "t", "u"], "model": "fine_tuned",
        "split": "test", "embedding_distance": [0.5, 2.0, 0.5, math.nan],
    })  # fmt: skip
    limit = usual_up_to(pd.Series([1.0] * 9), pd.Series(range(9)), 0.5)
    found = unusual_studies(table, "fine_tuned", limit)
    assert found.to_dict() == {"s": "yes", "t": "no", "u": "no"}


def test_as_many_as_declared_are_flagged_and_more_where_a_scanner_differs():
    shares = []
    for shift in (0.0, 5.0):
        result = evaluate(
            far(shift), Evaluation(resamples=200, subgroups=["sex", "scanner"], unusual=0.1)
        )
        rows = result.measures[result.measures["measure"] == "unusual"]
        assert set(rows["model"]) == {"fine_tuned"}
        shares.append(rows.set_index("subgroup")["value"])
        told = result.settings["unusual"]
        assert told["calibration_patients"] == 400
        assert told["reason"] == ""
        judged = set(result.measures.loc[result.measures["measure"] == "auroc", "subgroup"])
        assert {"unusual=yes", "unusual=no"} <= judged
    assert shares[0]["all"] == pytest.approx(0.1, abs=0.06)  # three standard errors of both sets
    assert shares[1]["sex=F"] > 0.9  # the scanner a is the one of the women here
    assert shares[1]["sex=M"] < 0.2
    assert math.isnan(shares[1]["scanner=rare"])


def test_without_distances_there_is_no_flag():
    plain = evaluate(predictions(), Evaluation(resamples=200))
    assert plain.settings["unusual"] is None
    assert "unusual" not in set(plain.measures["measure"])
    assert limit_of(predictions(), "fine_tuned", 0.05) is None


def test_without_enough_calibration_patients_the_reason_stands_in_the_result():
    result = evaluate(far(), Evaluation(resamples=200, unusual=0.001))
    assert result.settings["unusual"]["reason"].startswith("400 calibration patients are too few")
    assert result.settings["unusual"]["distance"] is None
    assert "unusual" not in set(result.measures["measure"])
