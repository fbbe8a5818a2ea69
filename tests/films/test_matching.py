"""Ranks do not depend on the response curve; quantiles are carried over exactly."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.films.matching import SHARES, carried, equalised, quantiles

RNG = np.random.default_rng(0)
FILM = np.clip(RNG.beta(2, 3, (120, 90)), 0.01, 1).astype(np.float32)
FILM[:10] = 0


def test_ranks_are_even_and_black_stays_black():
    ranks = equalised(FILM)
    assert (ranks[:10] == 0).all()
    np.testing.assert_allclose(quantiles(ranks), SHARES, atol=0.01)


@pytest.mark.parametrize("gamma", [0.5, 1.7])
def test_no_response_curve_changes_ranks(gamma: float):
    np.testing.assert_allclose(equalised(FILM**gamma), equalised(FILM), atol=0.01)


def test_a_film_takes_the_greys_it_is_given():
    wanted = 0.05 + 0.9 * SHARES**2
    moved = carried(FILM, quantiles(FILM), wanted)
    np.testing.assert_allclose(quantiles(moved), wanted, atol=0.01)
    assert moved.dtype == np.float32
    assert len(np.unique(moved)) > 5000


def test_half_the_strength_goes_half_the_way():
    own = quantiles(FILM)
    half = carried(FILM, own, SHARES**2, strength=0.5)
    whole = carried(FILM, own, SHARES**2)
    np.testing.assert_allclose(half, (FILM + whole) / 2, atol=1e-4)
    np.testing.assert_allclose(carried(FILM, own, SHARES, strength=0), FILM, atol=1e-4)


def test_a_black_film_has_no_quantiles_of_its_own():
    black = np.zeros((20, 20), np.float32)
    assert np.array_equal(quantiles(black), SHARES)
    assert np.array_equal(carried(black, SHARES, SHARES**2), black)
