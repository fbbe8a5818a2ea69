from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.errors import ConfigError, DataError
from medtune.evaluation.wide import Columns, is_long, read_wide

NAMED = Columns("y", ("a", "b"), "patient")
TABLE = """\
patient,y,a,b,sex
P1,1,0.29999999999999999,12,F
P2,0,,-3.5,M
P2,,0.1,1e-3,
"""


def written(folder: Path, text: str = TABLE, name: str = "scores.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_row_a_case_becomes_a_row_a_case_and_model(tmp_path: Path) -> None:
    found = read_wide(written(tmp_path), NAMED)
    assert len(found) == 6
    first = found[found["model"] == "a"]
    assert list(first["case_id"]) == ["row 2", "row 3", "row 4"]
    assert list(first["group_id"]) == ["P1", "P2", "P2"]
    assert list(first["study_id"]) == list(first["case_id"])
    assert set(found["target"]) == {"y"}
    assert set(found["split"]) == {"test"}
    assert list(first["sex"]) == ["F", "M", ""]
    np.testing.assert_array_equal(first["reference"], [1, 0, np.nan])
    np.testing.assert_array_equal(first["score"], [0.3, np.nan, 0.1])  # to the last bit
    np.testing.assert_array_equal(found.loc[found["model"] == "b", "score"], [12, -3.5, 0.001])


def test_csv_and_parquet_give_the_same_numbers(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"patient": np.arange(500), "y": random.integers(0, 2, 500)})
    frame["a"], frame["b"] = random.random(500), random.normal(size=500) * 10.0**-9
    frame["y"] = frame["y"].astype("Int64").mask(frame["patient"] < 3)
    frame.to_csv(tmp_path / "scores.csv", index=False)
    frame.to_parquet(tmp_path / "scores.parquet")
    frame.to_csv(tmp_path / "scores.tsv", index=False, sep="\t")
    tables = [read_wide(tmp_path / f"scores.{kind}", NAMED) for kind in ("csv", "tsv", "parquet")]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other)


def test_rows_of_one_study_have_one_name_that_says_nothing(tmp_path: Path) -> None:
    text = "patient,y,a,b,accession\nP1,1,1,1,77123\nP1,1,2,2,77123\nP2,0,3,3,55001\n"
    found = read_wide(written(tmp_path, text), Columns("y", ("a", "b"), "patient", "accession"))
    assert list(found["study_id"][:3]) == ["study 2", "study 2", "study 1"]
    assert "accession" not in found.columns


def test_the_split_is_the_column_s(tmp_path: Path) -> None:
    text = "patient,y,a,b,part\nP1,1,1,1,test\nP2,0,2,2,calibration\nP3,0,3,3,train\n"
    found = read_wide(written(tmp_path, text), Columns("y", ("a", "b"), "patient", split="part"))
    assert list(found["split"][:3]) == ["test", "calibration", "train"]


def test_a_column_that_is_called_like_one_of_ours_does_no_harm(tmp_path: Path) -> None:
    text = "patient,y,a,b,score,model,uncertain\nP1,1,1,1,9,x,y\nP2,0,2,2,9,x,y\n"
    found = read_wide(written(tmp_path, text), NAMED)
    assert list(found["score"]) == [1, 2, 1, 2]
    assert list(found["model"]) == ["a", "a", "b", "b"]
    assert "uncertain" not in found.columns


WRONG_COLUMNS = {
    "near": (
        Columns("y", ("a", "b"), "patiant"),
        "scores.csv: there is no column 'patiant' (--group). Did you mean 'patient'?",
    ),
    "far": (
        Columns("outcome", ("a", "b"), "patient"),
        "scores.csv: there is no column 'outcome' (--reference). It has: patient, y, a, b, sex.",
    ),
    "twice": (
        Columns("y", ("a", "a"), "patient"),
        "scores.csv: the column 'a' is named by --scores and by --scores; each needs a column of "
        "its own.",
    ),
}


@pytest.mark.parametrize("mistake", WRONG_COLUMNS)
def test_columns_that_are_not_there(tmp_path: Path, mistake: str) -> None:
    columns, said = WRONG_COLUMNS[mistake]
    with pytest.raises(ConfigError) as error:
        read_wide(written(tmp_path), columns)
    assert str(error.value) == said


def test_all_missing_columns_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read_wide(written(tmp_path), Columns("Y1", ("aa1", "b"), "patients"))
    assert len(error.value.problems) == 3


WRONG_CELLS = {
    "score": ("P3,1,high,1,F", "line 5: the score 'a' is no number"),
    "comma": ('P3,1,"0,5",1,F', "line 5: the score 'a' is no number; write it with a point"),
    "infinite": ("P3,1,inf,1,F", "line 5: the score 'a' is infinite"),
    "reference": ("P3,2,1,1,F", "line 5: the reference 'y' is neither 1 (present), 0 (absent)"),
    "word": ("P3,Meier,1,1,F", "line 5: the reference 'y' is neither 1"),
    "patient": (" ,1,1,1,F", "line 5: 'patient' (--group) is empty"),
    "twice": ("P2,0,,-3.5,M", "line 5: the row repeats an earlier one in every column"),
}


@pytest.mark.parametrize("mistake", WRONG_CELLS)
def test_cells_that_cannot_be_used_are_named_by_line_and_never_shown(
    tmp_path: Path, mistake: str
) -> None:
    row, said = WRONG_CELLS[mistake]
    with pytest.raises(DataError) as error:
        read_wide(written(tmp_path, f"{TABLE}{row}\n"), NAMED)
    assert str(error.value).startswith(f"scores.csv, {said}")
    assert "Meier" not in str(error.value)


def test_many_lines_with_one_fault_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"P{n},1,x{n},1,F\n" for n in range(7))
    with pytest.raises(DataError, match="lines 5, 6, 7 and 4 more: the score 'a' is no number"):
        read_wide(written(tmp_path, TABLE + rows), NAMED)
    with pytest.raises(DataError, match="lines 5 and 6: the score 'a' is no number"):
        read_wide(written(tmp_path, TABLE + rows[: rows.index("P2")]), NAMED)


def test_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no row of 'sex' says 'test'"):
        read_wide(written(tmp_path), Columns("y", ("a", "b"), "patient", split="sex"))
    with pytest.raises(DataError, match=r"scores\.csv has no rows"):
        read_wide(written(tmp_path, "patient,y,a,b\n"), NAMED)


def test_a_long_table_is_known_by_its_columns(tmp_path: Path) -> None:
    assert not is_long(written(tmp_path))
    header = "case_id,group_id,site,split,model,target,class,score,reference,sex\n"
    assert is_long(written(tmp_path, header, "long.csv"))
