from __future__ import annotations

import numpy as np
import pytest

from medtune.films.greys import BINS, greys, levels, likeness, median

RNG = np.random.default_rng(0)


def film(size: int = 64) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return (0.9 - 0.7 * np.exp(-8 * (np.abs(x) - 0.4) ** 2 - 2 * y**2)).astype(np.float32)


def test_levels_are_shares_from_black_to_white():
    shares = levels(np.array([[0.0, 0.0, 0.5, 1.0]], np.float32))
    assert shares.sum() == 1
    assert (shares[0], shares[BINS // 2], shares[-1]) == (0.5, 0.25, 0.25)


def test_a_large_picture_has_the_levels_of_a_small_one():
    large = RNG.beta(2, 5, (3000, 2500)).astype(np.float32)
    np.testing.assert_allclose(levels(large), levels(large[:900, :900]), atol=2e-3)


def test_every_film_counts_alike_whatever_its_size():
    small, large = np.zeros((10, 10), np.float32), np.ones((900, 900), np.float32)
    prepared = np.stack([np.zeros((8, 8)), np.ones((8, 8))]).astype(np.float32)
    summed = greys([levels(small), levels(large)], prepared)
    assert (summed.raw[0], summed.raw[-1]) == (0.5, 0.5)
    assert summed.films == 2
    assert (summed.mean == 0.5).all()


def test_the_median_is_right_to_a_level():
    picture = RNG.random((200, 200), dtype=np.float32) ** 2
    assert median(levels(picture)) == pytest.approx(float(np.median(picture)), abs=1 / BINS)


def test_an_inverted_group_is_unlike_the_others():
    plain = [film() + 0.02 * RNG.standard_normal((64, 64)).astype(np.float32) for _ in range(3)]
    alike = likeness([*plain, 1 - film()])
    assert alike[3] is not None
    assert alike[3] < -0.9
    assert all(one is not None and one > 0.5 for one in alike[:3])


def test_likeness_is_unknown_where_there_is_nothing_to_compare():
    assert likeness([film()]) == [None]
    assert likeness([film(), np.full((64, 64), 0.5, np.float32)]) == [None, None]
    assert likeness([]) == []
