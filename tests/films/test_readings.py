from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.films.readings import (
    PRESENT,
    REST,
    draw_reading_list,
    numbered,
    sheet,
    write_private,
)


def roll(patients: int = 60, seed: int = 0) -> pd.DataFrame:
    """Studies of patients with one to four each."""
    rng = np.random.default_rng(seed)
    rows = [
        {"study_id": f"s{p}-{k}", "group_id": f"p{p}", "patient": f"ID{p}", "study": f"UID{p}.{k}"}
        for p in range(patients)
        for k in range(rng.choice([1, 1, 1, 2, 4]))
    ]
    return pd.DataFrame(rows)


def facts(studies: pd.DataFrame) -> pd.DataFrame:
    return studies.assign(
        key=[f"00{i}" for i in range(len(studies))], study_date="2024-05-01"
    ).set_index("study_id")


def test_one_study_of_each_patient_comes_first():
    studies = roll()
    drawn = draw_reading_list(studies, 60, seed=1)
    assert drawn["group_id"].nunique() == 60
    more = draw_reading_list(studies, 70, seed=1)
    assert more["group_id"].nunique() == 60
    assert more["group_id"].value_counts().max() == 2


def test_a_longer_list_contains_the_shorter_one_and_another_seed_is_another_list():
    studies = roll()
    short, long = (set(draw_reading_list(studies, n, seed=3)["study_id"]) for n in (20, 45))
    assert short < long
    assert short != set(draw_reading_list(studies, 20, seed=4)["study_id"])


def test_neither_the_order_of_the_studies_nor_their_pseudonyms_matter():
    studies = roll()
    drawn = draw_reading_list(studies, 25, seed=0)
    shuffled = studies.sample(frac=1, random_state=2)
    renamed = shuffled.assign(
        study_id="x" + shuffled["study_id"], group_id="y" + shuffled["group_id"]
    )
    again = draw_reading_list(renamed, 25, seed=0)
    assert list(again["study_id"]) == list("x" + drawn["study_id"])
    pd.testing.assert_series_equal(again["weight"], drawn["weight"])


def test_the_weights_stand_for_the_whole_test_split():
    """Horvitz & Thompson 1952: over many draws the weights of a group add up to its size."""
    studies = roll()
    busy = studies["group_id"].map(studies["group_id"].value_counts()) == 4
    names = set(studies.loc[busy, "study_id"])
    for n in (30, 75):
        sums = []
        for seed in range(300):
            drawn = draw_reading_list(studies, n, seed=seed)
            there = drawn["study_id"].isin(names)
            sums.append([drawn["weight"].sum(), drawn.loc[there, "weight"].sum()])
        np.testing.assert_allclose(np.mean(sums, axis=0), [len(studies), busy.sum()], rtol=0.04)


def test_an_enriched_list_says_so_and_weighs_what_it_drew():
    studies = roll(100)
    rare = pd.Series(np.arange(len(studies)) % 10 == 0, index=studies.index)
    drawn = draw_reading_list(studies, 30, seed=0, present=rare, of_present=10)
    assert drawn["stratum"].value_counts().to_dict() == {PRESENT: 10, REST: 20}
    present = set(studies.loc[rare, "study_id"])
    assert set(drawn.loc[drawn["stratum"] == PRESENT, "study_id"]) <= present
    assert not set(drawn.loc[drawn["stratum"] == REST, "study_id"]) & present
    weights = drawn.groupby("stratum")["weight"].mean()
    assert weights[PRESENT] < weights[REST] / 2


def test_more_than_there_are_cannot_be_drawn():
    studies = roll(10)
    rare = pd.Series([i < 3 for i in range(len(studies))], index=studies.index)
    with pytest.raises(DataError, match="3 studies labelled present, and 4 were asked for"):
        draw_reading_list(studies, 9, seed=0, present=rare, of_present=4)
    with pytest.raises(DataError, match=f"has {len(studies)} studies, and"):
        draw_reading_list(studies, len(studies) + 1, seed=0)
    with pytest.raises(DataError, match="do not fit in a list of 3"):
        draw_reading_list(studies, 3, seed=0, present=rare, of_present=4)


def test_the_reading_numbers_tell_nothing_of_the_strata():
    studies = roll(200)
    rare = pd.Series(np.arange(len(studies)) % 5 == 0, index=studies.index)
    drawn = draw_reading_list(studies, 80, seed=0, present=rare, of_present=40)
    listed = numbered(drawn, facts(studies), key="accession_number", seed=0)
    early = (listed["stratum"].head(40) == PRESENT).mean()
    assert 0.3 < early < 0.7


def test_a_sheet_holds_where_the_film_is_and_nothing_else():
    studies = roll()
    listed = numbered(
        draw_reading_list(studies, 30, seed=0), facts(studies), key="accession_number", seed=0
    )
    one, two = (sheet(listed, ["effusion", "nodule"], who) for who in ("reader_1", "reader_2"))
    assert list(one) == [
        "reading", "accession_number", "study_date", "reader", "effusion", "nodule", "quality",
        "remark",
    ]  # fmt: skip
    assert (one[["reader", "effusion", "nodule", "quality", "remark"]] == "").all(axis=None)
    assert set(one["reading"]) == set(two["reading"])
    assert list(one["reading"]) != list(two["reading"])
    assert list(one["reading"]) != sorted(one["reading"])
    pairs = [set(zip(t["reading"], t["accession_number"], strict=True)) for t in (one, two)]
    assert pairs[0] == pairs[1]


def test_what_leads_to_patients_is_for_its_owner_only(tmp_path: Path):
    for name in ("sheet.csv", "list.parquet"):
        path = tmp_path / "lists" / name
        write_private(pd.DataFrame({"a": ["1"]}), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "lists").stat().st_mode) == 0o700
    assert [p.name for p in (tmp_path / "lists").iterdir()].count("sheet.csv") == 1
