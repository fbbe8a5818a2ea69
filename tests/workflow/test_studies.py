"""A study of its films: which of them are seen, and what the study has of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from medtune.films.store import Decoded
from medtune.workflow.studies import first_of_each_view, studies_of


def test_one_of_each_view_comes_first_and_the_folders_order_does_not_matter():
    films = pd.DataFrame({
        "study_id": ["a"] * 4 + ["b"], "case_id": ["c4", "c3", "c2", "c1", "c5"],
        "view": ["PA", "PA", "PA", "LATERAL", None],
    })  # fmt: skip
    rows = pd.DataFrame({"digest": ["b", "c", "a", "d", "e"]}, index=films["case_id"].tolist())
    decoded = Decoded(np.zeros((5, 1, 1), np.uint16), rows)
    for table in (films, films.iloc[::-1], films.sample(frac=1, random_state=1)):
        assert first_of_each_view(table, decoded, 2)["case_id"].tolist() == ["c1", "c2", "c5"]
        assert first_of_each_view(table, decoded, 3)["case_id"].tolist() == ["c1", "c2", "c4", "c5"]
    assert len(first_of_each_view(films, decoded, 9)) == 5


def test_a_study_has_what_its_films_have_in_common():
    films = pd.DataFrame({
        "case_id": ["c1", "c2", "c3"], "group_id": "g", "study_id": ["s1", "s1", "s2"],
        "site": "x", "source": "dicom", "date": "2020-01-01", "period": "2020-01",
        "f": pd.array([None, 1, 0], dtype="Int8"), "uncertain": ["h", "", "f|h"],
        "h": pd.array([None, None, None], dtype="Int8"),
        "view": ["PA", None, "LATERAL"], "scanner": ["A", "B", "B"], "sex": ["F", "F", None],
        "age": pd.array([50, 51, 7], dtype="Int64"),
        "portable": pd.array([True, True, None], dtype="boolean"),
    })  # fmt: skip
    cases = studies_of(films, ["f", "h"]).set_index("case_id")
    assert cases["f"].tolist() == [1, 0]
    assert cases["uncertain"].tolist() == ["h", "f|h"]
    assert cases["view"].tolist() == ["PA+unknown", "LATERAL"]
    assert cases["scanner"].tolist() == ["several", "B"]
    assert cases.loc["s1", "sex"] == "F"
    assert pd.isna(cases.loc["s2", "sex"])
    assert pd.isna(cases.loc["s1", "age"])
    assert cases.loc["s2", "age"] == 7
    assert cases.loc["s1", "portable"] == True  # noqa: E712
    assert cases["films"].tolist() == [2, 1]


def test_a_study_has_the_class_or_the_amount_of_its_films():
    films = pd.DataFrame({
        "case_id": ["c1", "c2", "c3"], "group_id": "g", "study_id": ["s1", "s1", "s2"],
        "site": "x", "source": "dicom", "date": None, "period": None, "view": "PA",
        "uncertain": "", "grade": [None, "2", None], "age": [None, 12.5, 3.0],
    })  # fmt: skip
    grades = studies_of(films.drop(columns="age"), ["grade"], "ordinal")
    assert grades["grade"].tolist()[0] == "2"
    assert grades["grade"].isna().tolist() == [False, True]
    amounts = studies_of(films.rename(columns={"age": "months"}), ["months"], "continuous")
    assert amounts["months"].tolist() == [12.5, 3.0]
