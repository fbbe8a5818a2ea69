"""Noise is measured where there is body too, white or correlated, and clean films have none."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.films.measure.noise import GREYS, SCALES, correlation, deviations, noise_seen, power_of
from medtune.films.physics import blurred, standard_normal

SIZE = 384


def ramp() -> np.ndarray:
    """A smooth film that has all greys."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    return (0.05 + 0.9 * (0.5 * rows + 0.5 * columns)).astype(np.float32)


def noise(deviation: float, blur: float) -> np.ndarray:
    field = blurred(standard_normal(3, (SIZE, SIZE)), blur)
    return deviation * field / field.std()


@pytest.mark.parametrize("blur", [0.0, 0.6, 1.0, 2.0])
@pytest.mark.parametrize("deviation", [0.004, 0.02])
def test_deviation_and_correlation_are_found(deviation: float, blur: float):
    seen = noise_seen(ramp() + noise(deviation, blur)).at
    found = correlation(seen)
    assert found == pytest.approx(blur, abs=0.12 if blur else 0.3)
    told = deviations(seen, found)
    np.testing.assert_allclose(np.nanmedian(told), deviation, rtol=0.1)


def test_noise_that_grows_with_grey_is_told_at_each_grey():
    film = ramp()
    film = film + film * noise(0.02, 0.0)
    seen = noise_seen(film).at
    told = deviations(seen, correlation(seen))
    known = ~np.isnan(told)
    known[0] = False  # the film has only the upper half of this grey
    assert known.sum() >= 8
    np.testing.assert_allclose(told[known], 0.02 * GREYS[known], rtol=0.15)


def test_a_smooth_film_has_no_noise():
    assert noise_seen(ramp()).pooled.max() < 1e-5


def test_greys_that_a_film_has_not_are_not_told():
    flat = np.full((SIZE, SIZE), 0.45, np.float32) + noise(0.01, 0)
    at = noise_seen(flat).at
    assert at.shape == (len(SCALES), len(GREYS))
    assert np.isfinite(at[:, 4]).all()
    assert np.isnan(at[:, [0, 1, 8, 9]]).all()


def test_a_black_film_tells_nothing():
    assert np.isnan(noise_seen(np.zeros((64, 64), np.float32)).pooled).all()


@pytest.mark.parametrize("blur", [0.0, 1.3])
def test_the_power_of_a_noise_adds_up_to_its_variance(blur: float):
    axis = np.fft.fftfreq(64)
    cycles = np.hypot(axis[:, None], axis[None])
    assert power_of(0.3, blur, cycles).mean() == pytest.approx(0.3, rel=0.05)
