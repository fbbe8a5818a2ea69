from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.errors import DataError, LeakError
from medtune.tables.schema import read_table, write_table
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


@st.composite
def patients(draw):
    """Counts of films, present and absent of up to three findings, for 1 to 60 patients."""
    many, findings = draw(st.integers(1, 60)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    films = np.minimum(rng.zipf(1.9, (many, 1)), 20)
    has = rng.random((many, findings)) < rng.uniform(0.02, 0.6, findings)
    present = rng.binomial(films, has * rng.random((many, findings)))
    return np.hstack([films, present, films - present])


@st.composite
def some_shares(draw):
    parts = draw(st.lists(st.integers(0, 13), min_size=2, max_size=5).filter(any))
    return {f"split {i}": part / sum(parts) for i, part in enumerate(parts)}


@settings(derandomize=True, deadline=None)
@given(patients(), some_shares(), st.integers(0, 5))
def test_each_patient_is_dealt_once_and_alike_in_whatever_order_the_rows_are(counts, shares, seed):
    order = order_of(len(counts), seed)
    split = deal(counts, order, shares)
    assert set(split) <= {name for name, share in shares.items() if share > 0}
    turned = np.random.default_rng(seed).permutation(len(counts))
    assert (deal(counts[turned], order[turned], shares) == split[turned]).all()


@settings(derandomize=True, deadline=None)
@given(patients(), some_shares())
def test_a_split_is_off_its_share_of_patients_and_findings_by_three_at_most(counts, shares):
    split = deal(counts, order_of(len(counts)), shares)
    has = np.hstack([np.ones((len(counts), 1)), counts > 0])
    got = np.stack([has[split == name].sum(axis=0) for name in shares])
    assert (np.abs(got - np.outer(list(shares.values()), has.sum(axis=0))) <= 3).all()


@settings(derandomize=True, deadline=None)
@given(patients(), some_shares())
def test_a_rare_finding_is_in_every_split_that_is_due_a_patient_with_it(counts, shares):
    present = counts[:, 1] > 0
    split = deal(np.stack([present, ~present], axis=1), order_of(len(counts)), shares)
    for name, share in shares.items():
        if share * present.sum() >= 1:
            assert present[split == name].any()


@settings(derandomize=True, deadline=None)
@given(patients(), st.integers(0, 2**32))
def test_who_has_a_split_keeps_it_when_others_come(counts, seed):
    rng, order = np.random.default_rng(seed), order_of(len(counts))
    before = rng.random(len(counts)) < rng.random()
    given_ = np.full(len(counts), "", dtype="U11")
    given_[before] = deal(counts[before], order[before], SHARES)
    given_[before & (rng.random(len(counts)) < 0.1)] = "held_out"
    still_open = {"train": 0.65, "tune": 0.1, "calibration": 0.1}
    after = deal(counts, order, still_open, given_)
    assert (after[before] == given_[before]).all()
    assert set(after[~before]) <= set(still_open)


def test_patients_who_come_one_by_one_go_where_something_is_short():
    rng = np.random.default_rng(0)
    present = rng.random(300) < 0.1
    counts = np.stack([present, ~present], axis=1)
    split = np.full(300, "", dtype="U11")
    split[:100] = deal(counts[:100], order_of(100), SHARES)
    shares = {"train": 0.5, "tune": 0.25, "calibration": 0.25}
    for come in range(100, 300):
        split[: come + 1] = deal(counts[: come + 1], order_of(come + 1), shares, split[: come + 1])
    inside = split != "test"
    for name, share in shares.items():
        for column in counts.T:
            got, due = column[split == name].sum(), share * column[inside].sum()
            assert abs(got - due) <= 2


def test_patients_dealt_in_bundles_have_their_shares_too():
    """So many patients that they do not go one by one."""
    rng = np.random.default_rng(0)
    films = np.minimum(rng.zipf(1.9, 50_000), 20)
    risk = rng.beta(1 / np.array([500, 50, 10, 3]), 1, (50_000, 4))
    present = rng.binomial(films[:, None], risk)
    counts = np.hstack([films[:, None], present, films[:, None] - present])
    split = deal(counts, order_of(50_000), SHARES)
    has = np.hstack([np.ones((50_000, 1)), counts, counts > 0])
    for name, share in SHARES.items():
        got = has[split == name].sum(axis=0)
        assert np.abs(got / (share * has.sum(axis=0)) - 1).max() < 0.04
        assert np.abs(got[:2] / (share * has.sum(axis=0)[:2]) - 1).max() < 0.002


def test_the_same_patients_are_dealt_alike_on_every_machine():
    """A change here moves patients: new splits of the same hospital come out otherwise."""
    letters = [sha256(str(i).encode()).digest() for i in range(3000)]
    films = np.array([1 + min(x[0] % 7, x[1] % 9, x[2] % 11) for x in letters])
    present = np.array([[x[3 + f] % (3 + 9 * f) == 0 for f in range(4)] for x in letters])
    counts = np.hstack([films[:, None], films[:, None] * present, films[:, None] * ~present])
    split = deal(counts, order_of(3000), SHARES)
    assert sha256(" ".join(split).encode()).hexdigest()[:16] == "df74870514bd7c1a"


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
    check_groups(splits.iloc[:0])


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
