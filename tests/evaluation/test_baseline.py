import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

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


def of_counts(counts: list[tuple[int, int, int]]) -> pd.DataFrame:
    """Test patients by level: with the finding, without it, unknown; and as many that taught."""
    parts = [
        (chr(ord("A") + place), value)
        for place, of in enumerate(counts)
        for value, n in zip((1.0, 0.0, math.nan), of, strict=True)
        for _ in range(n)
    ]
    test = pd.DataFrame(parts, columns=["sex", "opacity"]).assign(split="test")
    table = pd.concat([test, test.assign(split="train")], ignore_index=True)
    return table.assign(group_id=[f"p{i}" for i in range(len(table))])


def solved(found: pd.DataFrame, totals: pd.Series) -> dict[tuple[str, str], float]:
    """Hidden cells that follow from the shown ones: each patient has a level, and a result."""
    cells = {key: place for place, key in enumerate(found.index)}
    columns = {column for column, _ in cells}
    sums = [([k for k in cells if k[0] == c], [], float(totals[c])) for c in columns]
    if totals["present"] + totals["absent"] == totals["test"]:
        for level in {level for _, level in cells}:
            sums.append(([("present", level), ("absent", level)], [("test", level)], 0.0))
    left = np.zeros((len(sums), len(cells)))
    right = np.zeros(len(sums))
    for row, (plus, minus, value) in enumerate(sums):
        left[row, [cells[k] for k in plus]] = 1
        left[row, [cells[k] for k in minus]] = -1
        right[row] = value
    shown = found["reason"].to_numpy() == ""
    right -= left[:, shown] @ found["patients"].to_numpy(float)[shown]
    unknown = left[:, ~shown]
    if not unknown.size:
        return {}
    free = np.eye(unknown.shape[1]) - np.linalg.pinv(unknown) @ unknown
    value = np.linalg.pinv(unknown) @ right
    keys = [key for key, seen in zip(cells, shown, strict=True) if not seen]
    return {k: value[i] for i, k in enumerate(keys) if np.abs(free[i]).max() < 1e-8}


COUNT = st.integers(0, 40)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(COUNT, COUNT, st.just(0) | st.integers(0, 12)), min_size=2, max_size=4))
@example([(20, 30, 0), (12, 0, 0), (0, 5, 0)])
@example([(0, 5, 0), (30, 0, 0), (30, 0, 0)])
@example([(20, 20, 0), (20, 20, 3)])
def test_no_hidden_cell_can_be_had_by_subtraction(counts: list[tuple[int, int, int]]) -> None:
    table = of_counts(counts)
    assume(table["sex"].nunique() > 1)  # of one level alone all is in the totals
    found = rows(table)
    followed = solved(found, rows(table, "")["patients"].droplevel("level"))
    true = table.assign(column="test")[table["split"] == "test"]
    by = true.groupby(["sex", "opacity"])["group_id"].nunique()
    number = {
        **{("test", k): n for k, n in true.groupby("sex")["group_id"].nunique().items()},
        **{("train", k): n for k, n in true.groupby("sex")["group_id"].nunique().items()},
        **{("present" if y else "absent", k): n for (k, y), n in by.items()},
    }
    for key, value in followed.items():
        assert not 0 < number.get(key, 0) < 10, (key, value)
    hidden = found[found["reason"] != ""]
    for column, part in hidden.groupby(level="column"):
        together = sum(number.get((column, level), 0) for _, level in part.index)
        assert together == 0 or together >= min(10, sum(
            n for (c, _), n in number.items() if c == column
        )), column  # fmt: skip


def test_the_count_of_ages_tells_of_no_few_that_have_none() -> None:
    table = cases()
    present = table.index[(table["split"] == "test") & (table["opacity"] == 1)]
    absent = table.index[(table["split"] == "test") & (table["opacity"] == 0)]
    table.loc[[*present[:3], *absent[:20]], "age"] = math.nan
    found = rows(table, "age")["patients"].droplevel("level")
    assert found[["test", "present", "absent"]].isna().all()
    assert found["train"] == 100


def test_no_finding_no_columns_by_result() -> None:
    found = baseline_rows(cases(), attributes=["sex"], finding=None, min_cell=10)
    assert {row["column"] for row in found} == {"train", "test"}
