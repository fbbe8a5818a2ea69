"""From exposure to grey and back."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.errors import DataError
from medtune.films.physics import LATITUDE, Response

GREYS = np.linspace(0.01, 0.99, 50, dtype=np.float32)
CURVES = [Response(), Response(contrast=3.0), Response(gamma=1.6), Response(5.0, 0.7, 2.0)]


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_rises_from_black_to_white_and_has_a_way_back(curve: Response):
    density = curve.density(GREYS)
    assert (np.diff(density) > 0).all()
    np.testing.assert_allclose(curve.shown(density), GREYS, atol=2e-5)
    np.testing.assert_allclose(curve.of_exposure(curve.exposure(GREYS)), GREYS, atol=2e-5)
    ends = np.array([0, 1], np.float32)
    np.testing.assert_allclose(curve.shown(ends), ends, atol=1e-6)


def test_exposure_is_one_at_black_and_falls_by_the_latitude():
    exposure = Response(contrast=3.0).exposure(np.array([0, 1], np.float32))
    np.testing.assert_allclose(np.log(exposure), [0, -LATITUDE], atol=1e-4)


def test_gamma_above_one_darkens():
    assert (Response(gamma=2.0).shown(GREYS) < GREYS).all()
    np.testing.assert_allclose(Response(gamma=2.0).shown(GREYS), GREYS**2, atol=1e-6)


@pytest.mark.parametrize("wrong", [{"gamma": 0}, {"contrast": -1}, {"latitude": 0}])
def test_values_that_no_console_has_are_refused(wrong):
    with pytest.raises(DataError, match="response curve"):
        Response(**wrong)
