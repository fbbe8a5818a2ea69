from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.data import FindingRule
from medtune.errors import DataError
from medtune.films.study_labels import key_of_table, labels_of_cases, labels_of_table

CASES = pd.DataFrame(
    {
        "study_id": ["s1", "s1", "s2", "s3"],
        "group_id": ["p1", "p1", "p2", "p3"],
        "effusion": pd.array([1, 1, 0, pd.NA], dtype="Int8"),
        "effusion_big": pd.array([pd.NA, pd.NA, 1, 0], dtype="Int8"),
        "uncertain": ["effusion_big", "effusion_big", "", "effusion"],
    },
    index=[7, 3, 5, 9],
)
PLACES = pd.DataFrame(
    {"accession_number": ["001", "001", "002", "003"], "path": ["/x/a.dcm"] * 4}, index=[1, 2, 3, 4]
)
RULES = {"effusion": FindingRule(present=["effusion"])}


def read(tmp_path: Path, text: str) -> pd.DataFrame:
    path = tmp_path / "read.csv"
    path.write_text(text)
    return labels_of_table(path, CASES, PLACES, "accession_number", RULES)


def test_the_labels_of_the_cases_are_one_row_a_study():
    found = labels_of_cases(CASES, ["effusion", "effusion_big"])
    assert list(found.index) == ["s1", "s2", "s3"]
    np.testing.assert_array_equal(found["effusion"], [1, 0, -1])
    np.testing.assert_array_equal(found["effusion_big"], [-1, 1, 0])


def test_a_table_gives_its_labels_to_studies(tmp_path: Path):
    found = read(tmp_path, "Accession Number,effusion\n003,-1\n001,0\n999,1\n")
    assert list(found.index) == ["s1", "s3"]
    np.testing.assert_array_equal(found["effusion"], [0, -1])


def test_a_row_without_a_value_is_a_row(tmp_path: Path):
    found = read(tmp_path, "accession_number,effusion\n001,\n002,1\n")
    assert np.isnan(found.loc["s1", "effusion"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accession_number,effusion\n001,1\n002,0\n001,1\n", "stands in lines 2 and 4"),
        ("accession_number,effusion\n77,1\n", "none of its rows belongs to one of the films"),
        ("accession_number,effusion\n001,1\n002,perhaps\n", "line 3: the column 'effusion' holds"),
        ("accession_number,nodule\n001,1\n", "has no column 'effusion'"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_words(tmp_path: Path, text, said):
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    assert said in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_films_of_one_study_may_not_be_labelled_differently(tmp_path: Path):
    places = PLACES.assign(sop_instance_uid=["1.1", "1.2", "2.1", "3.1"])
    path = tmp_path / "read.csv"
    path.write_text("sop_instance_uid,effusion\n1.1,1\n1.2,0\n2.1,0\n")
    with pytest.raises(DataError, match="1 study has films that it labels differently"):
        labels_of_table(path, CASES, places, "sop_instance_uid", RULES)
    path.write_text("sop_instance_uid,effusion\n1.2,0\n2.1,0\n")
    found = labels_of_table(path, CASES, places, "sop_instance_uid", RULES)
    assert found.loc["s1", "effusion"] == 0


def test_the_key_is_the_first_that_the_table_has(tmp_path: Path):
    path = tmp_path / "read.csv"
    path.write_text("AccessionNumber,effusion\n1,1\n")
    assert key_of_table(path, ["study_uid", "accession_number"]) == "accession_number"
    with pytest.raises(DataError, match=r"no column 'study_uid' or 'patient_id'"):
        key_of_table(path, ["study_uid", "patient_id"])
