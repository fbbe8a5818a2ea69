from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError, LeakError
from medtune.evaluation.pooling import SEVERAL, UNKNOWN, pool_studies, roll


def films(**changes: list[object]) -> pd.DataFrame:
    """Two studies of one patient, the first with two films, and one of another."""
    table: dict[str, object] = {
        "case_id": ["a", "b", "c", "d"],
        "group_id": ["P", "P", "P", "Q"],
        "study_id": ["S1", "S1", "S2", "S3"],
        "site": "here",
        "split": "test",
        "model": "fine_tuned",
        "target": "opacity",
        "class": "",
        "score": [0.2, 0.6, 0.5, 0.1],
        "reference": [1.0, 1.0, 0.0, np.nan],
        "view": ["PA", "AP", "PA", None],
    }
    return pd.DataFrame({**table, **changes})


@pytest.mark.parametrize(("how", "expected"), [("mean", 0.4), ("max", 0.6)])
def test_a_study_has_one_score(how: str, expected: float) -> None:
    found = roll(pool_studies(films(), how, "test"), "opacity", "test")  # type: ignore[arg-type]
    assert found.study == ("S1", "S2", "S3")
    np.testing.assert_allclose(found.score, [[expected, 0.5, 0.1]])
    np.testing.assert_array_equal(found.reference, [1, 0, np.nan])
    np.testing.assert_array_equal(found.group, [0, 0, 1])
    np.testing.assert_array_equal(found.films, [2, 1, 1])


def test_a_refused_film_leaves_the_study_to_the_others() -> None:
    one = films(score=[np.nan, 0.6, np.nan, 0.1])
    found = roll(pool_studies(one, "mean", "test"), "opacity", "test")
    np.testing.assert_array_equal(found.score, [[0.6, np.nan, 0.1]])


def test_without_a_study_each_case_is_its_own() -> None:
    found = roll(pool_studies(films().drop(columns="study_id"), "mean", "test"), "opacity", "test")
    assert found.study == ("a", "b", "c", "d")


def test_attributes_of_a_study_whose_films_differ() -> None:
    found = pool_studies(films(), "mean", "test").attributes["view"]
    assert dict(found) == {"S1": SEVERAL, "S2": "PA", "S3": UNKNOWN}


def test_an_attribute_that_one_model_does_not_know_is_taken_from_the_others() -> None:
    both = pd.concat([films(), films(model=["a table"] * 4, view=[None] * 4)])
    found = pool_studies(both, "mean", "test").attributes["view"]
    assert found["S2"] == "PA"


def test_uncertain_is_read_for_its_finding_only() -> None:
    words = films(uncertain=["", "", "effusion", "opacity|effusion"])
    found = roll(pool_studies(words, "mean", "test"), "opacity", "test")
    np.testing.assert_array_equal(found.uncertain, [False, False, True])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"case_id": ["a", "a", "c", "d"]}, "repeat a case, model and target in 1 row"),
        ({"reference": [1, 0, 0, 0]}, "1 study whose rows have both 1 and 0"),
        ({"reference": [1, 1, 2, 0]}, "1, 0 or empty"),
        ({"group_id": ["P", "Q", "P", "Q"]}, "1 study of several patients"),
        ({"split": ["test", "calibration", "test", "test"]}, "several splits"),
        ({"score": [0.1, np.inf, 0.2, 0.3]}, "infinite"),
        ({"model": ["m", None, "m", "m"]}, "without a model"),
        ({"split": ["train"] * 4}, "no row of the split 'test'"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, list[object]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        pool_studies(films(**changes), "mean", "test")


def test_a_patient_in_calibration_and_test_is_a_leak() -> None:
    with pytest.raises(LeakError, match="1 patient is both in the calibration"):
        pool_studies(films(split=["test", "test", "calibration", "test"]), "mean", "test")


def test_training_rows_are_left_aside() -> None:
    table = pd.concat([films(), films(split=["train"] * 4, case_id=list("efgh"), group_id="T")])
    assert len(pool_studies(table, "mean", "test").films) == 4
