"""Noise is a function of seed and place, has the deviation it says, and follows exposure."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.errors import DataError
from medtune.films.physics import Noise, counted, standard_normal


def test_the_field_is_normal_and_white():
    field = standard_normal(7, (400, 400))
    assert field.dtype == np.float32
    assert abs(field.mean()) < 4 / 400
    assert field.std() == pytest.approx(1, abs=0.01)
    assert (np.abs(field) < 1.959964).mean() == pytest.approx(0.95, abs=0.003)
    for shift in [(0, 1), (1, 0), (1, 1), (0, 2)]:
        assert abs((field * np.roll(field, shift, (0, 1))).mean()) < 0.012


def test_seeds_lie_far_apart():
    fields = [standard_normal(seed, (64, 64)).ravel() for seed in (0, 1, 2, 2**31, 2**32 - 1)]
    alike = np.corrcoef(fields) - np.eye(5)
    assert np.abs(alike).max() < 0.07
    assert np.array_equal(fields[1], standard_normal(1, (64, 64)).ravel())


@pytest.mark.parametrize("exposure", [0.05, 0.4, 1.0])
def test_fewer_quanta_and_less_exposure_are_noisier_by_the_square_root(exposure: float):
    film = np.full((200, 200), exposure, np.float32)
    noisy = Noise(quanta=4000, electronic=10).added(film, 3)
    expected = np.sqrt(4000 * exposure + 10**2) / 4000
    assert noisy.std() == pytest.approx(expected, rel=0.02)
    assert noisy.mean() == pytest.approx(exposure, rel=0.01)


def test_added_noise_is_what_counting_gives():
    film = np.full((200, 200), 0.5, np.float32)
    taken = counted(film, 300, 5, np.random.default_rng(0)) / 300
    assert Noise(300, 5).added(film, 0).std() == pytest.approx(taken.std(), rel=0.02)


def test_correlated_noise_is_smooth_and_the_film_stays_sharp():
    film = np.zeros((128, 128), np.float32)
    film[:, 64:] = 1
    noisy = Noise(quanta=1e4, correlation=1.5).added(film, 0)
    assert abs(noisy[:, 63].mean()) < 0.01
    assert noisy[:, 64].mean() == pytest.approx(1, abs=0.01)
    noise = noisy[:, 70:] - 1
    neighbours = (noise[:, 1:] * noise[:, :-1]).mean() / noise.var()
    assert neighbours == pytest.approx(np.exp(-1 / (4 * 1.5**2)), abs=0.05)


@pytest.mark.parametrize("wrong", [{"quanta": 0}, {"electronic": -1}, {"correlation": -1}])
def test_values_that_no_detector_has_are_refused(wrong):
    with pytest.raises(DataError, match="Noise"):
        Noise(**{"quanta": 100, **wrong})
