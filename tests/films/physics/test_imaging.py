"""Each effect in its place, nothing through 8 bits, and nothing where nothing is asked."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.errors import DataError
from medtune.films.physics import (
    GridLines,
    Imaging,
    Leaves,
    Letter,
    Noise,
    Response,
    blurred,
    covered,
)

FILM = np.linspace(0.05, 0.95, 128 * 96, dtype=np.float32).reshape(128, 96)


def test_nothing_asked_is_nothing_done():
    assert np.array_equal(Imaging().applied(FILM), FILM)


@pytest.mark.parametrize(
    "imaging",
    [
        Imaging(noise=Noise(500)),
        Imaging(focal_blur=1.5),
        Imaging(detector_blur=1.5),
        Imaging(grid=GridLines(5, 0.03)),
        Imaging(developed=Response(contrast=3)),
        Imaging(lead=(Letter("R", 0.2, 0.2),)),
    ],
)
def test_a_function_of_film_and_seed_at_full_depth(imaging: Imaging):
    before = FILM.copy()
    one = imaging.applied(FILM, 5)
    assert one.dtype == np.float32
    assert np.array_equal(one, imaging.applied(FILM, 5))
    assert np.array_equal(FILM, before)
    assert len(np.unique(one)) > 3000
    assert not np.array_equal(one, FILM)
    assert one.min() >= 0
    assert one.max() <= 1


def test_another_seed_is_other_noise():
    noisy = Imaging(noise=Noise(500))
    assert not np.array_equal(noisy.applied(FILM, 1), noisy.applied(FILM, 2))


def test_noise_comes_before_the_response_curve():
    """The slope of the curve turns noise up: twice the gamma, twice the noise near white."""
    flat = np.full((100, 100), 0.9, np.float32)
    before = Imaging(noise=Noise(3000)).applied(flat).std()
    steep = Response(gamma=3.0)
    after = Imaging(noise=Noise(3000), developed=steep).applied(flat).std()
    assert after / before == pytest.approx(3 * 0.9**2, rel=0.05)


def test_blur_acts_on_exposure_and_not_on_greys():
    """A pixel between half black and half white exposure is darker than the middle grey."""
    edge = np.zeros((32, 64), np.float32)
    edge[:, 32:] = 1
    here = Imaging(focal_blur=2.0).applied(edge)[16]
    exposure = (1 + np.exp(-3.0)) / 2
    assert (here[31] + here[32]) / 2 == pytest.approx(-np.log(exposure) / 3, abs=0.05)
    assert here[32] < 0.4


def test_detector_blur_smooths_the_noise_and_focal_blur_does_not():
    flat = np.full((100, 100), 0.5, np.float32)
    noise = Noise(1000)
    plain = Imaging(noise=noise).applied(flat).std()
    assert Imaging(noise=noise, focal_blur=1.5).applied(flat).std() == pytest.approx(plain)
    assert Imaging(noise=noise, detector_blur=1.5).applied(flat).std() < plain / 3


def test_leaves_are_black_behind_a_shutter_and_white_without():
    leaves = Leaves(top=0.1, right=0.25)
    black = Imaging(leaves=leaves).applied(FILM)
    white = Imaging(leaves=leaves, shutter=False).applied(FILM)
    assert (black[:13] == 0).all()
    assert (black[:, 72:] == 0).all()
    assert (white[:13] == 1).all()
    np.testing.assert_allclose(black[13:, :72], FILM[13:, :72], atol=1e-5)


def test_lead_is_whiter_than_what_lies_under_it_and_print_is_white():
    letter = Letter("L", 0.3, 0.7, height=0.1)
    stroke = letter.drawn(FILM.shape) == 1
    assert stroke.sum() > 10
    rows, columns = np.nonzero(stroke)
    assert rows.mean() / 128 == pytest.approx(0.3, abs=0.04)
    assert columns.mean() / 96 == pytest.approx(0.7, abs=0.06)
    lead = Imaging(lead=(letter,)).applied(FILM)
    np.testing.assert_allclose(lead[stroke], np.minimum(FILM[stroke] + 2.2 / 3, 1), atol=1e-4)
    assert (Imaging(printed=(letter,)).applied(FILM)[stroke] == 1).all()


def test_grid_lines_have_their_period_depth_and_direction():
    flat = np.full((128, 128), 0.5, np.float32)
    for along, axis in (("down", 0), ("across", 1)):
        lined = Imaging(grid=GridLines(8, 0.04, along)).applied(flat)
        log_exposure = -3 * lined.mean(axis=axis)
        spectrum = np.abs(np.fft.rfft(log_exposure - log_exposure.mean())) / 64
        assert spectrum.argmax() == 16
        assert spectrum[16] == pytest.approx(0.04, rel=0.02)
        assert lined.std(axis=axis).max() < 1e-6


def test_polarity_is_turned_last():
    plain = Imaging(leaves=Leaves(top=0.1), developed=Response(gamma=2))
    turned = Imaging(leaves=Leaves(top=0.1), developed=Response(gamma=2), inverted=True)
    np.testing.assert_allclose(turned.applied(FILM), 1 - plain.applied(FILM), atol=1e-6)


def test_covered_boxes_are_filled_with_what_is_around():
    film = FILM.copy()
    film[20:30, 10:20] = 1
    there = (slice(20, 30), slice(10, 20))
    filled = covered(film, [there])
    assert np.array_equal(film[20:30, 10:20], np.ones((10, 10), np.float32))
    np.testing.assert_allclose(filled[there], FILM[there], atol=0.05)
    outside = np.ones_like(FILM, dtype=bool)
    outside[there] = False
    assert np.array_equal(filled[outside], film[outside])


def test_a_film_that_is_all_box_stays():
    whole = (slice(0, 128), slice(0, 96))
    assert np.array_equal(covered(FILM, [whole]), FILM)


def test_less_than_a_sixth_of_a_pixel_is_no_blur():
    assert blurred(FILM, 0.14) is FILM


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Leaves(top=0.5),
        lambda: GridLines(1.5, 0.1),
        lambda: GridLines(4, 2),
        lambda: Letter("", 0.5, 0.5),
        lambda: Letter("R", 1.5, 0.5),
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(DataError):
        wrong()
