"""The spectrum is one whatever the size and the response curve; a blur is told between two."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.films.matching import equalised
from medtune.films.measure.sharpness import CYCLES, added_blur, noise_spectrum, spectrum
from medtune.films.physics import blurred, standard_normal

NONE = np.zeros(len(CYCLES))


def body(size: int, seed: int = 0) -> np.ndarray:
    """A picture whose power falls with the third power of the frequency, as bodies' does."""
    rng = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    cycles = np.maximum(np.hypot(down, across), 1 / size)
    phases = np.exp(2j * np.pi * rng.random(cycles.shape))
    film = np.fft.irfft2(phases * cycles**-1.5, s=(size, size))
    film = (film - film.min()) / (film.max() - film.min())
    return (0.05 + 0.9 * film).astype(np.float32)


def test_power_falls_as_it_was_made():
    power = np.mean([spectrum(body(512, seed), 512) for seed in range(4)], axis=0)
    fine = CYCLES > 20
    slope = np.polyfit(np.log(CYCLES[fine]), np.log(power[fine]), 1)[0]
    assert slope == pytest.approx(-3, abs=0.35)


def test_finer_than_the_pixels_nothing_is_told():
    power = spectrum(equalised(body(128)), 128)
    assert np.isfinite(power[CYCLES < 50]).all()
    assert np.isnan(power[CYCLES > 70]).all()


def test_one_spectrum_at_any_size():
    large = body(512)
    small = large.reshape(256, 2, 256, 2).mean(axis=(1, 3))
    both = CYCLES < 70
    ratio = spectrum(small, 256)[both] / spectrum(large, 512)[both]
    np.testing.assert_allclose(ratio, 1, atol=0.12)


@pytest.mark.parametrize("sigma", [0.7, 1.5, 3.0])
def test_a_blur_is_told_and_a_response_curve_is_none(sigma: float):
    film = body(512)
    plain = spectrum(equalised(film), 512)
    soft = spectrum(equalised(blurred(film, sigma) ** 1.8), 512)
    found = added_blur(plain, soft, NONE, NONE)
    assert found is not None
    assert 512 * found == pytest.approx(sigma, rel=0.1)
    assert added_blur(soft, plain, NONE, NONE) == pytest.approx(-found)


def test_the_spectrum_of_a_noise_is_as_it_is_told():
    noise = 0.1 * blurred(standard_normal(0, (512, 512)), 1.0)
    found = spectrum(noise, 512)
    told = noise_spectrum(float(noise.var()), 1.0, 512)
    clear = CYCLES < 150
    assert np.median(found[clear] / told[clear]) == pytest.approx(1, abs=0.1)


def test_where_noise_hides_the_body_nothing_is_told():
    power = spectrum(body(512), 512)
    assert added_blur(power, power, 0.9 * power, NONE) is None
