from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.films.adjudication import (
    adjudication_sheet,
    is_adjudication,
    list_named,
    read_adjudication,
    read_sheet,
    reference_table,
)

FINDINGS = ["effusion", "nodule"]
LISTED = pd.DataFrame(
    {
        "reading": [f"abc123-{i:03d}" for i in range(1, 7)],
        "study_id": [f"s{i}" for i in range(6)],
        "group_id": [f"p{i}" for i in range(6)],
        "key": [f"00{i}" for i in range(6)],
        "found_by": "accession_number",
        "study_date": "2024-05-01",
        "stratum": "all",
        "weight": 2.0,
    }
)


def sheet(path: Path, reader: str, effusion: str, nodule: str, more: dict | None = None) -> Path:
    """A filled sheet in an order of its own; one letter a study."""
    words = {"+": "1", "-": "0", "?": "-1", " ": "", "y": "Yes"}
    rows = pd.DataFrame(
        {
            "reading": LISTED["reading"],
            "accession_number": LISTED["key"],
            "study_date": LISTED["study_date"],
            "reader": [reader] + [""] * 5,
            "effusion": [words[w] for w in effusion],
            "nodule": [words[w] for w in nodule],
            "quality": "",
            "remark": "",
        }
    ).assign(**(more or {}))
    rows.sample(frac=1, random_state=len(reader)).to_csv(path, index=False)
    return path


@pytest.fixture
def two(tmp_path: Path):
    return [
        read_sheet(sheet(tmp_path / "a.csv", "R1", "++--? ", "------"), LISTED, FINDINGS),
        read_sheet(sheet(tmp_path / "b.csv", "R2x", "+---? ", "y-----"), LISTED, FINDINGS),
    ]


def test_a_sheet_is_read_in_the_order_of_its_numbers(two):
    assert [each.reader for each in two] == ["R1", "R2x"]
    np.testing.assert_array_equal(two[0].values["effusion"], [1, 1, 0, 0, -1, np.nan])
    assert list(two[1].values.index) == list(LISTED["reading"])
    assert two[1].values["nodule"].iloc[0] == 1


def test_what_two_readers_agree_on_is_filled_in_and_the_rest_is_open(two):
    rows = adjudication_sheet(LISTED, two)
    assert len(rows) == 12
    opened = rows[rows["adjudicated"] == ""]
    assert list(opened.index) == [0, 1]  # first
    assert set(zip(opened["reading"], opened["finding"], strict=True)) == {
        ("abc123-002", "effusion"),
        ("abc123-001", "nodule"),
    }
    by = rows.set_index(["finding", "reading"])["adjudicated"]
    assert by["effusion", "abc123-001"] == "1"
    assert by["effusion", "abc123-005"] == "-1"
    assert by["effusion", "abc123-006"] == "unknown"  # both said nothing
    assert set(rows["reader_1"]) == {"R1"}
    assert set(rows["reader_2"]) == {"R2x"}
    assert (rows["adjudicator"] == "").all()


def decided(tmp_path: Path, two, word: str = "1", code: str = "R3") -> Path:
    rows = adjudication_sheet(LISTED, two)
    rows.loc[rows["adjudicated"] == "", "adjudicated"] = word
    rows.loc[0, "adjudicator"] = code
    rows.to_csv(tmp_path / "adjudication.csv", index=False)
    return tmp_path / "adjudication.csv"


def test_a_decided_sheet_becomes_a_reference(tmp_path: Path, two):
    path = decided(tmp_path, two)
    assert is_adjudication(path)
    assert list_named(path) == "abc123"
    values, who = read_adjudication(path, LISTED, FINDINGS)
    table = reference_table(
        values,
        who,
        LISTED,
    )
    assert list(table) == [
        "accession_number", "effusion", "nodule", "reader_1", "reader_2", "adjudicator",
        "blinded_to", "stratum", "weight",
    ]  # fmt: skip
    assert list(table["accession_number"]) == list(LISTED["key"])
    assert list(table["effusion"]) == ["1", "1", "0", "0", "-1", ""]
    assert list(table["nodule"]) == ["1", "0", "0", "0", "0", "0"]
    assert set(table["adjudicator"]) == {"R3"}
    assert "other reader" in table["blinded_to"].iloc[0]


def test_where_all_agree_no_adjudicator_is_needed(tmp_path: Path, two):
    adjudication_sheet(LISTED, [two[0], two[0]]).to_csv(tmp_path / "adj.csv", index=False)
    values, who = read_adjudication(tmp_path / "adj.csv", LISTED, FINDINGS)
    assert who["adjudicator"].iloc[0] == ""
    assert list(values) == FINDINGS
    np.testing.assert_array_equal(values, two[0].values)


def test_open_values_and_a_missing_code_are_told_with_their_lines(tmp_path: Path, two):
    path = tmp_path / "adj.csv"
    adjudication_sheet(LISTED, two).to_csv(path, index=False)
    with pytest.raises(DataError, match=r"2 of 12 values are still open \(line 2, 3\)"):
        read_adjudication(path, LISTED, FINDINGS)
    with pytest.raises(DataError, match="the column 'adjudicator' is empty"):
        read_adjudication(decided(tmp_path, two, code=""), LISTED, FINDINGS)
    with pytest.raises(DataError, match="line 2: the column 'adjudicated' holds 'maybe'"):
        read_adjudication(decided(tmp_path, two, word="maybe"), LISTED, FINDINGS)


CODES = ["R1"] * 6


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"effusion": ["1", "0", "perhaps", "0", "0", "0"]}, "holds 'perhaps'. Labels are 1, 0"),
        ({"reader": [""] * 6}, "the column 'reader' is empty. Type one code of the reader"),
        ({"reader": ["R1", "R2"] * 3}, "the column 'reader' holds 2 codes. Type one"),
        ({"reader": ["Dr. Anna Meier"] * 6}, "the column 'reader' holds what is no code"),
        ({"quality": ["bad"] + [""] * 5}, "holds 'bad'. It may be good, limited, unreadable"),
        ({"reading": ["abc123-009", *LISTED["reading"][1:]]}, "there is no reading 'abc123-009'"),
        ({"reading": ["abc123-002", *LISTED["reading"][1:]]}, "the same reading stands in lines"),
        ({"accession_number": ["777", *LISTED["key"][1:]]}, "do not belong together"),
    ],
)
def test_a_sheet_that_was_filled_wrongly_is_told_with_file_and_line(tmp_path: Path, more, said):
    path = sheet(tmp_path / "anna.csv", "R1", "++--- ", "------", more)
    with pytest.raises(DataError) as caught:
        read_sheet(path, LISTED, FINDINGS)
    assert said in str(caught.value)
    assert str(caught.value).startswith("anna.csv")
    assert str(tmp_path) not in str(caught.value)
    if "lines" not in said and "reader" not in more:
        wrong = pd.read_csv(path, dtype=str, keep_default_na=False)
        name, values = next(iter(more.items()))
        line = int(wrong.index[wrong[name] == values[2 if name == "effusion" else 0]][0]) + 2
        assert f"line {line}" in str(caught.value)


def test_rows_and_columns_that_are_gone_are_missed(tmp_path: Path):
    path = sheet(tmp_path / "a.csv", "R1", "++--- ", "------")
    whole = pd.read_csv(path, dtype=str)
    whole.head(4).to_csv(path, index=False)
    with pytest.raises(DataError, match="2 of 6 rows of the list are not there"):
        read_sheet(path, LISTED, FINDINGS)
    whole.drop(columns=["nodule"]).to_csv(path, index=False)
    with pytest.raises(DataError, match="has no column 'nodule'"):
        read_sheet(path, LISTED, FINDINGS)
    whole.drop(columns=["quality", "remark"]).to_csv(path, index=False)
    with pytest.raises(DataError, match="has no column 'quality' and no column 'remark'"):
        read_sheet(path, LISTED, FINDINGS)
    (tmp_path / "b.csv").write_text("accession_number,effusion\n1,1\n")
    with pytest.raises(DataError, match="it is no reading sheet"):
        list_named(tmp_path / "b.csv")


def test_leading_zeros_that_a_spreadsheet_program_took_away_do_not_matter(tmp_path: Path):
    stripped = [key.lstrip("0") for key in LISTED["key"]]
    path = sheet(tmp_path / "a.csv", "R1", "++--- ", "------", {"accession_number": stripped})
    assert read_sheet(path, LISTED, FINDINGS).reader == "R1"
