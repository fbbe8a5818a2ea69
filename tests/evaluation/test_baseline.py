import math

import numpy as np
import pandas as pd
import pytest

from medtune.evaluation.baseline import baseline_rows


def cases(n: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(0)
    train = np.arange(n) < n // 2
    return pd.DataFrame(
        {
            "group_id": [f"p{i}" for i in range(n)],
            "split": np.where(train, "train", "test"),
            "sex": np.where(random.random(n) < np.where(train, 0.5, 0.3), "F", "M"),
            "age": np.where(np.arange(n) % 2 == 0, 40.0, 60.0),
            "opacity": (random.random(n) < 0.4).astype(float),
        }
    )


def rows(table: pd.DataFrame, attribute: str = "sex") -> pd.DataFrame:
    found = baseline_rows(
        table, attributes=["sex", "scanner", "age"], finding="opacity", min_cell=10
    )
    frame = pd.DataFrame(found)
    return frame[frame["attribute"] == attribute].set_index(["column", "level"])


def test_patients_are_counted_once_in_each_column() -> None:
    table = cases()
    twice = pd.concat([table, table], ignore_index=True)
    assert rows(twice).equals(rows(table))
    found = rows(table)
    women = table[(table["split"] == "test") & (table["sex"] == "F")]
    assert found.loc[("test", "F"), "patients"] == len(women)
    assert found.loc[("present", "F"), "patients"] == (women["opacity"] == 1).sum()
    assert found.loc[("test", "F"), "share"] == len(women) / 100
    assert set(rows(table, "")["patients"]) >= {100}


def test_the_standardised_difference_is_austins() -> None:
    found = rows(cases())
    one, other = found.loc[("test", "F"), "share"], found.loc[("train", "F"), "share"]
    spread = math.sqrt((one * (1 - one) + other * (1 - other)) / 2)
    assert found.loc[("test", "F"), "difference"] == pytest.approx((one - other) / spread)
    assert math.isnan(found.loc[("train", "F"), "difference"])


def test_ages_are_a_median_with_quartiles() -> None:
    found = rows(cases(), "age").loc[("test", "")]
    assert (found["low"], found["value"], found["high"]) == (40, 50, 60)


@pytest.mark.parametrize("few", [1, 9])
def test_a_small_level_cannot_be_had_by_subtraction(few: int) -> None:
    table = cases()
    test = table.index[table["split"] == "test"]
    table["sex"] = "M"
    table.loc[test[:few], "sex"] = "F"
    table.loc[test[30:50], "sex"] = "X"
    found = rows(table)
    for column in ("test", "present", "absent"):
        hidden = found.loc[column]
        hidden = hidden[hidden["reason"] != ""]
        assert "F" in hidden.index
        assert len(hidden) >= 2
        assert hidden["patients"].isna().all()
    hidden_of = {
        c: set(found.loc[c][found.loc[c]["reason"] != ""].index) for c in found.index.levels[0]
    }
    assert hidden_of["present"] == hidden_of["absent"]


def test_no_finding_no_columns_by_result() -> None:
    found = baseline_rows(cases(), attributes=["sex"], finding=None, min_cell=10)
    assert {row["column"] for row in found} == {"train", "test"}
