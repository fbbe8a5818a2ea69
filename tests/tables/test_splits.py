from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.errors import DataError, LeakError
from medtune.tables.schema import read_table, write_table
from medtune.tables.seal import log_look, looks, seal
from medtune.tables.splits import check_groups, deal, stable_order

SHARES = {"train": 0.65, "tune": 0.1, "calibration": 0.1, "test": 0.15}


def order_of(groups: int, seed: int = 0):
    return stable_order(pd.Series([f"patient {i}" for i in range(groups)]), seed)


def test_every_split_has_its_share_of_every_finding():
    rng = np.random.default_rng(0)
    present = rng.random((1000, 5)) < [0.5, 0.2, 0.1, 0.05, 0.02]
    labels = np.concatenate([present, ~present], axis=1)
    split = deal(labels, order_of(1000), SHARES)
    for name, share in SHARES.items():
        assert abs((split == name).sum() - 1000 * share) <= 3
        for f in range(5):
            assert abs(labels[split == name, f].sum() - share * labels[:, f].sum()) <= 1.5


@given(st.integers(1, 60), st.integers(0, 5))
def test_every_group_is_dealt_once_and_the_same_way_again(groups: int, seed: int):
    labels = np.random.default_rng(seed).random((groups, 2)) < 0.3
    one = deal(labels, order_of(groups, seed), SHARES)
    assert len(one) == groups
    assert set(one) <= set(SHARES)
    assert (one == deal(labels, order_of(groups, seed), SHARES)).all()


def test_the_order_depends_on_the_patient_alone():
    keys = pd.Series(["a", "b", "c"])
    shuffled = stable_order(keys.iloc[[2, 0, 1]], 0)
    assert shuffled.tolist() == stable_order(keys, 0)[[2, 0, 1]].tolist()
    assert stable_order(keys, 0).tolist() != stable_order(keys, 1).tolist()


def test_a_patient_in_two_splits_is_an_error():
    splits = pd.DataFrame(
        {
            "case_id": ["a", "b", "c"],
            "group_id": ["p", "p", "q"],
            "split": ["train", "test", "test"],
        }
    )
    with pytest.raises(LeakError, match="1 of 2 patients"):
        check_groups(splits)
    check_groups(splits.assign(split=["test", "held_out", "train"]))


def test_a_sealed_test_split_cannot_be_changed(tmp_path: Path):
    splits = pd.DataFrame({"case_id": ["a", "b"], "split": ["train", "test"]})
    seal(splits, tmp_path)
    seal(splits, tmp_path)
    with pytest.raises(LeakError, match="sealed"):
        seal(splits.assign(split="test"), tmp_path)
    assert json.loads((tmp_path / "seal.json").read_text())["cases"] == ["b"]


def test_every_look_at_the_test_split_is_logged(tmp_path: Path):
    assert [log_look(tmp_path, "run", "evaluate") for _ in range(3)] == [1, 2, 3]
    assert {look["verb"] for look in looks(tmp_path)} == {"evaluate"}


def test_tables_are_written_whole_and_read_to_the_last_bit(tmp_path: Path):
    path = tmp_path / "scores.csv"
    path.write_text("score\n0.29999999999999999\n")
    assert read_table(path)["score"].iloc[0] >= 0.3
    write_table(pd.DataFrame({"score": [0.1 + 0.2]}), path)
    assert read_table(path)["score"].iloc[0] == 0.1 + 0.2
    assert [p.name for p in tmp_path.iterdir()] == ["scores.csv"]
    (tmp_path / "a.doc").touch()
    with pytest.raises(DataError, match=r"not as '\.doc'"):
        read_table(tmp_path / "a.doc")
