"""Every conversation once, no row over its room, few empty places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.packing import best_fit


@given(st.lists(st.integers(1, 50), max_size=80))
def test_each_once_and_none_over_the_room(lengths: list[int]):
    rows = best_fit(lengths, 50)
    assert sorted(number for row in rows for number in row) == list(range(len(lengths)))
    used = [sum(lengths[number] for number in row) for row in rows]
    assert all(total <= 50 for total in used)
    assert len(rows) <= max(1, -(-sum(lengths) * 2 // 50))


def test_rows_of_real_lengths_are_full():
    lengths = np.random.default_rng(0).lognormal(5, 0.8, 2000).clip(1, 2048).astype(int)
    rows = best_fit(lengths.tolist(), 2048)
    assert sum(lengths) / (len(rows) * 2048) >= 0.995


def test_what_is_too_long_is_not_cut():
    with pytest.raises(ValueError, match="longer than a row"):
        best_fit([3, 9], 8)
