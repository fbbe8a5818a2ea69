"""From attenuation to stored values: Beer and Lambert, quanta, polarity, window, borders."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medtune.phantom import NORTH, Equipment, shifted
from medtune.phantom.anatomy import Thorax
from medtune.phantom.imaging import (
    BONE_PER_CM,
    WATER_PER_CM,
    attenuation,
    drawing_pixels,
    expose,
    window_of,
)
from medtune.phantom.outline import Film

BARE = replace(NORTH.equipment, collimated=0.0, detail=0.0, response="log", gamma=1.0)


def steps() -> np.ndarray:
    """A staircase of attenuation, eight steps from left to right."""
    depth = np.repeat(np.linspace(1.2, 4.0, 8), 40).astype(np.float32)
    return np.tile(depth, (320, 1))


def film(depth: np.ndarray, equipment: Equipment, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return expose(depth, equipment, rng, size=160, width_cm=37.0)


def middles(stored: np.ndarray) -> np.ndarray:
    """The inner part of each step, below the marker: (8, N)."""
    return np.stack([stored[60:, 20 * k + 6 : 20 * k + 14].ravel() for k in range(8)]).astype(float)


def test_attenuation_adds_up():
    grid = Film(2, 37.0)
    ones = np.ones((2, 2), dtype=np.float32)
    chest = Thorax(10 * ones, 2 * ones, 4 * ones, ones, ones, (ones[0], ones[0]), grid)
    expected = WATER_PER_CM * (10 + 0.26 * 4) + BONE_PER_CM * 2
    np.testing.assert_allclose(attenuation(chest), expected, rtol=1e-6)
    drowned = attenuation(chest, 4 * ones)
    np.testing.assert_allclose(drowned, WATER_PER_CM * 14 + BONE_PER_CM * 2, rtol=1e-6)


def test_more_in_the_way_is_whiter():
    levels = middles(film(steps(), BARE)).mean(axis=1)
    assert (np.diff(levels) > 0).all()


def test_fewer_quanta_are_noisier_by_the_square_root():
    spread = []
    for quanta in (200, 800, 3200):
        machine = replace(BARE, quanta=quanta, electronic_noise=0, detector_blur_mm=0, grid=True)
        step = [film(steps(), machine, seed)[60:, 66:74].astype(float) for seed in range(4)]
        # less what is the same in every row: scatter falls off towards the sides
        spread.append(np.mean([(part - part.mean(axis=0)).std() for part in step]))
    assert spread[0] / spread[1] == pytest.approx(2, rel=0.15)
    assert spread[1] / spread[2] == pytest.approx(2, rel=0.15)


def test_scatter_takes_contrast_and_a_grid_gives_it_back():
    def contrast(grid: bool) -> float:
        depth = steps()
        depth[150:170, 230:250] -= 0.5
        machine = replace(BARE, grid=grid, quanta=5e4)
        stored = film(depth, machine).astype(float)
        return abs(stored[78:82, 118:122].mean() - stored[90:94, 118:122].mean())

    assert contrast(grid=True) > 1.1 * contrast(grid=False)


def test_blur_softens_an_edge():
    def steepest(blur: float) -> float:
        machine = replace(BARE, focal_blur_mm=blur, quanta=5e4)
        profile = film(steps(), machine)[60:].astype(float).mean(axis=0)
        return float(np.diff(profile).max())

    assert steepest(0.5) > 1.5 * steepest(6.0)


def test_polarity_turns_the_stored_values_over_and_nothing_else():
    one, two = (film(steps(), replace(BARE, polarity=p)) for p in ("MONOCHROME1", "MONOCHROME2"))
    np.testing.assert_array_equal(one, 4095 - two)


@pytest.mark.parametrize("polarity", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(("bits", "part"), [(10, (0.12, 0.88)), (12, (0.0, 1.0))])
def test_the_window_shows_its_part_of_the_range(polarity, bits: int, part) -> None:
    machine = replace(BARE, polarity=polarity, bits=bits, window=part)
    centre, width = window_of(machine)
    low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2  # C.11.2.1.2.1
    shown = [low / (2**bits - 1), high / (2**bits - 1)]
    if polarity == "MONOCHROME1":
        shown = [1 - shown[1], 1 - shown[0]]
    assert shown == pytest.approx(part, abs=1e-3)


def test_gamma_darkens_the_lungs_and_keeps_the_ends():
    plain = middles(film(steps(), BARE)).mean(axis=1)
    dark = middles(film(steps(), shifted(BARE, gamma=2.0))).mean(axis=1)
    assert (dark[1:6] < 0.85 * plain[1:6]).all()
    np.testing.assert_allclose(dark / 4095, (plain / 4095) ** 2, atol=0.02)


def test_the_collimator_leaves_a_black_border_that_no_disease_moves():
    machine = replace(BARE, collimated=1.0)
    healthy, ill = steps(), steps()
    ill[120:200, 80:160] += 0.8
    films = [film(depth, machine, seed=5) for depth in (healthy, ill)]
    for axis in (0, 1):
        black = [(stored == 0).all(axis=axis) for stored in films]
        assert black[0][0]
        assert black[0][-1]
        assert 2 <= black[0].sum() <= 20
        np.testing.assert_array_equal(black[0], black[1])


@pytest.mark.parametrize(("letter", "side"), [("R", slice(0, 40)), ("L", slice(120, 160))])
def test_the_lead_letter_stands_on_the_side_it_names(letter, side: slice):
    machine = replace(BARE, marker=letter, quanta=5e4)
    upper = film(np.ascontiguousarray(steps().T), machine)[5:40].astype(float)
    bright = upper > upper[:, 60:100].max(axis=1, keepdims=True) + 200
    assert bright[:, side].sum() > 10
    assert bright.sum() == bright[:, side].sum()


def test_a_thorax_is_drawn_finer_than_the_detector():
    assert drawing_pixels(160) == 320
    assert drawing_pixels(512) == 512
    assert all(drawing_pixels(size) % size == 0 for size in range(32, 400, 7))
