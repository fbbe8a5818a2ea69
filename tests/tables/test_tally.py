from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.tables.tally import count_labels, rarest_label, tally, taper


@pytest.mark.parametrize("kind", ["Int8", "float64", "object"])
def test_present_and_absent_cases_are_counted_apart_and_unknown_ones_not(kind: str):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 50, 500)
    groups[:50] = np.arange(50)
    value = pd.Series(rng.choice([0, 1, 2], 500)).astype("Int8")
    label = value.mask(value == 2).astype(kind if kind != "object" else "Int8")
    counts = count_labels(groups, [label, 1 - label])
    for column, wanted in ((0, 1), (1, 0), (2, 0), (3, 1)):
        counted = (value == wanted).groupby(groups).sum()
        assert counts[:, column].tolist() == counted.tolist()


def test_a_group_ranks_by_its_rarest_label():
    counts = np.array([[1, 2, 0], [1, 0, 3], [4, 0, 0], [0, 0, 0], [1, 1, 0]], dtype=np.int32)
    assert rarest_label(counts, np.arange(5)).tolist() == [1, 0, 2, 3, 1]
    assert rarest_label(counts, np.array([4, 2])).tolist() == [1, 2]


def test_bundles_hold_every_group_once_and_end_with_single_ones():
    ranked = np.array([0, 3, 40_000, 0, 700])
    sizes = taper(ranked)
    assert sizes.sum() == ranked.sum()
    assert (sizes[:3] == 1).all()
    assert sizes.max() > 100
    assert (sizes[-50:] == 1).all()
    assert len(sizes) < 2000


def test_a_tally_adds_groups_those_with_a_label_and_cases():
    counts = np.array([[2, 0], [1, 1], [0, 5]], dtype=np.int32)
    table = tally(counts, np.array([2, 0, 1]), np.array([1, 2]))
    assert table.tolist() == [[1, 0, 1, 0, 5], [2, 2, 1, 3, 1]]
    assert tally(counts, np.array([], dtype=int), np.array([0])).tolist() == [[0] * 5]
