"""Every conversation once, no row over its room, few empty places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.packing import best_fit, full_rows


@pytest.mark.parametrize("rule", [best_fit, full_rows])
@given(lengths=st.lists(st.integers(1, 50), max_size=80))
def test_each_once_and_none_over_the_room(rule, lengths: list[int]):
    rows = rule(lengths, 50)
    assert sorted(number for row in rows for number in row) == list(range(len(lengths)))
    used = [sum(lengths[number] for number in row) for row in rows]
    assert all(total <= 50 for total in used)
    assert len(rows) <= len(best_fit(lengths, 50)) <= max(1, -(-sum(lengths) * 2 // 50))
    assert rows == rule(lengths, 50)


def test_rows_that_best_fit_leaves_open_are_filled_anew():
    """Short rows: many lengths find no partner that fills theirs."""
    draw = np.random.default_rng(0)
    lengths = draw.lognormal(4.2, 0.6, 600).clip(16, 128).astype(int).tolist()
    rows, before = full_rows(lengths, 128), best_fit(lengths, 128)
    assert len(rows) < len(before)
    assert sorted(number for row in rows for number in row) == list(range(600))
    assert max(sum(lengths[number] for number in row) for row in rows) <= 128


def test_nothing_is_tried_where_no_fewer_rows_could_be(monkeypatch):
    monkeypatch.setattr("medtune.text.packing._filled", None)  # it would fail
    assert full_rows([40, 40, 40], 50) == best_fit([40, 40, 40], 50)
    assert full_rows([], 50) == []
    whole = [30, 20] * 200
    assert full_rows(whole, 50) == best_fit(whole, 50)


def test_rows_of_real_lengths_are_full():
    lengths = np.random.default_rng(0).lognormal(5, 0.8, 2000).clip(1, 2048).astype(int)
    rows = full_rows(lengths.tolist(), 2048)
    assert sum(lengths) / (len(rows) * 2048) >= 0.995


def test_what_is_too_long_is_not_cut():
    with pytest.raises(ValueError, match="longer than a row"):
        full_rows([3, 9], 8)
