"""Borders and letters are covered, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from medtune.films.cover import covered
from medtune.films.physics import Imaging, Leaves, Letter


@pytest.fixture
def body() -> np.ndarray:
    """A smooth film in grey."""
    rng = np.random.default_rng(0)
    field = gaussian_filter(rng.normal(size=(320, 320)), 25)
    return (0.4 + 0.1 * field / field.std()).clip(0.05, 0.7).astype(np.float32)


def test_a_printed_letter_is_filled_with_what_is_around_it(body):
    marked = Imaging(printed=(Letter("L", 0.1, 0.1, 0.06),)).applied(body, 0)
    found, changed = covered(marked)
    assert changed
    corner = slice(16, 52)
    assert np.abs(marked - body)[corner, corner].max() > 0.25
    assert np.abs(found - body)[corner, corner].max() < 0.12
    np.testing.assert_array_equal(found[80:, 80:], marked[80:, 80:])


def test_what_stands_on_a_border_goes_with_it(body):
    collimated = Imaging(leaves=Leaves(0.1, 0.1, 0.12, 0.12)).applied(body, 0)
    found, _ = covered(collimated)
    assert found[:24].max() <= 1 / 512
    np.testing.assert_array_equal(found[100:200, 100:200], collimated[100:200, 100:200])


def test_a_film_without_either_stays_as_it_is(body):
    found, changed = covered(body)
    assert not changed
    np.testing.assert_array_equal(found, body)
