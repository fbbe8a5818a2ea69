"""Grid lines, letters and placement: seen where they are, and not where they are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medtune.films.matching import equalised
from medtune.films.measure.grid_lines import grid_lines
from medtune.films.measure.letters import letters, zones
from medtune.films.measure.pose import poses, small
from medtune.films.physics import GridLines, Imaging, Letter
from tests.films.measure.simulated import PLAIN, films_of

SIMULATED = films_of(PLAIN, range(1, 13), 256)


@pytest.mark.parametrize("along", ["down", "across"])
@pytest.mark.parametrize("period", [3.3, 7.7])
def test_lines_are_found_with_their_period_and_direction(along: str, period: float):
    film = SIMULATED.films[0]
    seen = grid_lines(Imaging(grid=GridLines(period, 0.05, along)).applied(film))
    assert seen is not None
    assert seen.along == along
    assert seen.period == pytest.approx(period, rel=0.03)
    assert 0.005 < seen.depth < 0.05


def test_films_without_a_grid_have_no_lines():
    assert [grid_lines(film) for film in SIMULATED.films] == [None] * len(SIMULATED.films)
    assert grid_lines(SIMULATED.films[0][:64, :64]) is None


def test_a_printed_letter_is_found_where_it_stands():
    film = SIMULATED.clean[1]
    before = zones(letters(film))
    marked = Imaging(printed=(Letter("L", 0.08, 0.93, 0.05),)).applied(film)
    assert zones(letters(marked)) - before == {(0, 7)}


def test_the_lead_letter_of_simulated_films_is_found():
    found = [zones(letters(film)) for film in SIMULATED.films]
    upper_left = sum(any(row <= 1 and column <= 2 for row, column in cells) for cells in found)
    assert upper_left >= len(found) / 2


def test_a_smooth_film_has_no_letters():
    ramp = np.tile(np.linspace(0, 1, 256, dtype=np.float32), (256, 1))
    assert letters(ramp).shape == (0, 3)


def test_rotation_and_zoom_are_told_against_the_mean():
    rng = np.random.default_rng(0)
    turns, zooms = rng.normal(0, 4, 12), np.exp(rng.normal(0, 0.06, 12))
    moved = []
    for film, turn, zoom in zip(SIMULATED.films, turns, zooms, strict=True):
        warp = cv2.getRotationMatrix2D((128, 128), float(turn), float(zoom))
        moved.append(small(equalised(cv2.warpAffine(film, warp, (256, 256)))))
    before = poses(np.stack([small(equalised(film)) for film in SIMULATED.films]))
    after = poses(np.stack(moved))
    assert before is not None
    assert after is not None
    turned = after.degrees - before.degrees
    assert np.corrcoef(turned, -turns)[0, 1] > 0.9  # cv2 turns the other way round
    assert np.polyfit(-turns, turned, 1)[0] == pytest.approx(1, abs=0.25)
    assert np.corrcoef(after.zoom / before.zoom, zooms)[0, 1] > 0.7


def test_few_films_have_no_mean():
    assert poses(np.zeros((3, 64, 64), np.float32)) is None
