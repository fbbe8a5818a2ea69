"""Monitoring: verdicts from inputs, scores, unusual films and labels."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from medtune.evaluation.monitoring import film_table, monitor


def films(patients: int, seed: int, *, bias: float = 0.0, far: float = 1.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    reference = random.random(patients) < 0.4
    odds = 2.4 * (reference - 0.5) + random.normal(size=patients) * 1.2
    return pd.DataFrame(
        {
            "case_id": [f"{seed}-{i}" for i in range(patients)],
            "group_id": [f"{seed}-p{i}" for i in range(patients)],
            "view": np.where(random.random(patients) < 0.6, "PA", "AP"),
            "grey_mean": 0.4 + 0.05 * random.normal(size=patients),
            "embedding_distance": far * random.gamma(50, 0.02, patients),
            "score of opacity": expit(odds + bias),
            "called present: opacity": np.where(odds + bias > 0, "yes", "no"),
            "reference of opacity": reference.astype(float),
        }
    )


def without(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="reference of opacity")


def test_a_month_like_the_report_needs_no_second_look():
    found = monitor(films(400, 0), films(300, 1), limit=1.4, declared=0.05)
    assert found.verdict == "steady"
    assert {shift.quantity for shift in found.shifts} == {
        "view", "grey_mean", "embedding_distance", "score of opacity", "called present: opacity",
    }  # fmt: skip
    assert found.unfamiliar is not None
    assert found.unfamiliar.level == "steady"
    assert [change.measure for change in found.changes] == [
        "auroc", "calibration_intercept", "calibration_slope",
    ]  # fmt: skip
    assert {change.level for change in found.changes} == {"steady"}
    assert (found.old_patients, found.new_patients, found.not_compared) == (400, 300, [])


def test_scores_that_rise_are_seen_without_labels_and_named_by_calibration_with_them():
    blind = monitor(films(400, 0), without(films(300, 1, bias=2.5)))
    assert blind.verdict == "look_again"
    assert blind.changes == []
    levels = {shift.quantity: shift.level for shift in blind.shifts}
    assert levels["score of opacity"] == levels["called present: opacity"] == "look_again"
    assert levels["view"] == levels["grey_mean"] == "steady"
    seen = {c.measure: c for c in monitor(films(400, 0), films(300, 1, bias=2.5)).changes}
    assert seen["calibration_intercept"].level == "look_again"
    assert seen["calibration_intercept"].new < -1.5 < seen["calibration_intercept"].old
    assert seen["auroc"].level == "steady"  # a shift of all scores orders them as before


def test_more_patients_with_unusual_films_than_declared_are_a_reason_to_look():
    old = films(400, 0)
    limit = float(old["embedding_distance"].quantile(0.95))
    found = monitor(old, films(300, 1, far=1.15), limit=limit, declared=0.05)
    assert found.unfamiliar is not None
    assert found.unfamiliar.flagged > 40
    assert found.unfamiliar.level == "look_again"
    assert found.verdict == "look_again"
    assert monitor(old, films(300, 1)).unfamiliar is None


def test_few_new_patients_are_not_judged_and_missing_columns_are_told():
    few = monitor(films(400, 0), films(20, 1, bias=5.0), limit=0.5, declared=0.05)
    assert few.verdict == "not_judged"
    assert few.unfamiliar is not None
    assert few.unfamiliar.level == "not_judged"
    table = films(300, 1).drop(columns=["view", "grey_mean"])
    assert monitor(films(400, 0), table).not_compared == ["view", "grey_mean"]


def test_labels_of_too_few_patients_give_a_reason():
    new = films(300, 1)
    new.loc[5:, "reference of opacity"] = math.nan
    changes = monitor(films(400, 0), new).changes
    assert all("at least 10 of each are needed" in change.reason for change in changes)
    assert {change.level for change in changes} == {"not_judged"}


def test_predictions_become_a_row_a_film():
    predictions = pd.DataFrame(
        {
            "case_id": ["a", "b", "a", "b"],
            "group_id": ["p", "q", "p", "q"],
            "target": ["x", "x", "y", "y"],
            "score": [0.1, 0.9, 0.5, math.nan],
            "reference": [0.0, math.nan, 1.0, 0.0],
            "view": ["PA", "AP", "PA", "AP"],
        }
    )
    table = film_table(predictions, {"x": 0.5, "y": 0.5}).set_index("case_id")
    assert table.loc["a"].to_dict() == {
        "group_id": "p", "view": "PA", "score of x": 0.1, "called present: x": "no",
        "reference of x": 0.0, "score of y": 0.5, "called present: y": "yes",
        "reference of y": 1.0,
    }  # fmt: skip
    assert pd.isna(table.loc["b", "called present: y"])
    alone = film_table(predictions.drop(columns=["group_id", "reference"]), {})
    assert alone["group_id"].tolist() == ["a", "b"]
    assert not any(name.startswith(("called", "reference")) for name in alone)


@pytest.mark.parametrize("seed", [3, 4])
def test_the_direction_decides_what_is_worse(seed: int):
    better = films(400, seed)
    random = np.random.default_rng(seed)
    poor = better.copy()
    odds = np.log(poor["score of opacity"] / (1 - poor["score of opacity"]))
    poor["score of opacity"] = expit(odds + 3 * random.normal(size=400))
    level = {c.measure: c.level for c in monitor(better, poor).changes}
    assert level["auroc"] == "look_again"
    level = {c.measure: c.level for c in monitor(poor, better).changes}
    assert level["auroc"] == "steady"
