from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.evaluation import evaluate
from medtune.evaluation.subgroups import suppressed

NUMBERS = ["value", "low", "high", "n_cases", "n_groups", "n_positive"]


@pytest.mark.parametrize(
    ("patients", "hidden"),
    [
        ({"F": 10, "M": 300}, set()),
        ({"F": 9, "M": 300}, {"F", "M"}),  # M alone would give F by subtraction
        ({"F": 9, "M": 300, "unknown": 40}, {"F", "unknown"}),
        ({"a": 3, "b": 9, "c": 50, "d": 60}, {"a", "b"}),
        ({"a": 3, "b": 4, "c": 50, "d": 60}, {"a", "b", "c"}),  # 7 together are still too few
        ({"only": 4}, {"only"}),
        ({}, set()),
    ],
)
def test_small_cells_and_what_would_give_them_away(
    patients: dict[str, int], hidden: set[str]
) -> None:
    assert set(suppressed(patients, 10)) == hidden


def small_cell(predictions: Callable[..., pd.DataFrame], n_small: int) -> pd.DataFrame:
    table = predictions(test=200)
    table["sex"] = np.where(table["case_id"] < f"test-{n_small:05d}", "F", "M")
    table.loc[table["case_id"] >= "test-00150", "sex"] = "unknown"
    return table


def test_a_cell_of_nine_is_not_shown(predictions: Callable[..., pd.DataFrame]) -> None:
    table = small_cell(predictions, 9)
    result = evaluate(table, Evaluation(subgroups=["sex"], resamples=200))
    rows = result.measures[result.measures["subgroup"] == "sex=F"]
    assert len(rows)
    assert rows[NUMBERS].isna().all(axis=None)
    assert (rows["reason"] == "not shown: fewer than 10 patients").all()
    differences = result.differences[result.differences["subgroup"] == "sex=F"]
    assert len(differences)
    assert differences[["difference", "low", "high", "p_value", "n_groups"]].isna().all(axis=None)
    # 50 unknown is the next smallest: 200 - 141 = 59 would give 9 away together with it
    other = result.measures[result.measures["subgroup"] == "sex=unknown"]
    assert other[NUMBERS].isna().all(axis=None)
    shown = result.measures[result.measures["subgroup"] == "sex=M"]
    assert (shown["n_groups"] == 141).all()


def test_a_cell_of_ten_is_shown_but_too_small_to_judge(
    predictions: Callable[..., pd.DataFrame],
) -> None:
    result = evaluate(small_cell(predictions, 10), Evaluation(subgroups=["sex"], resamples=200))
    rows = result.measures[result.measures["subgroup"] == "sex=F"]
    assert (rows["n_groups"] == 10).all()
    area = rows[rows["measure"] == "auroc"]
    assert area["value"].isna().all()
    assert area["reason"].str.contains("at least 10 of each").all()


def test_a_subgroup_is_judged_on_its_own_rows(predictions: Callable[..., pd.DataFrame]) -> None:
    table = predictions(test=400, per_patient=2)
    settings = Evaluation(subgroups=["sex"], resamples=200)
    result = evaluate(table, settings)
    alone = evaluate(table[(table["sex"] == "F") | (table["split"] == "calibration")], settings)
    for measure in ("auroc", "sensitivity", "prevalence"):
        for value in ("value", "low", "high", "n_cases"):
            found = [
                frame.measures[
                    (frame.measures["subgroup"] == subgroup)
                    & (frame.measures["measure"] == measure)
                    & (frame.measures["model"] == "fine_tuned")
                    & frame.measures["rule"].isin(["", "site"])
                ][value].item()
                for frame, subgroup in ((result, "sex=F"), (alone, "all"))
            ]
            assert found[0] == pytest.approx(found[1], abs=1e-12)
