from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from medtune.learning.familiarity import FEWEST, fit_familiarity


def features(n: int, width: int, seed: int = 0) -> np.ndarray:
    mixed = np.random.default_rng(9).normal(size=(width, width)) * np.geomspace(3, 0.05, width)
    return np.random.default_rng(seed).normal(size=(n, width)) @ mixed.T + 5


@pytest.mark.parametrize(("n", "width"), [(400, 12), (30, 64)])
def test_it_is_the_mahalanobis_distance_under_the_shrunk_covariance(n: int, width: int):
    taught, other = features(n, width), features(50, width, seed=1)
    shape = fit_familiarity(taught)
    assert shape is not None
    peer = LedoitWolf().fit(taught)
    expected = np.sqrt(peer.mahalanobis(other) / width)
    assert shape.distance(other) == pytest.approx(expected, rel=1e-4)
    assert shape.axes.shape == (min(n - 1, width), width)


def test_what_is_far_is_far_whatever_the_units_of_the_features():
    taught, other = features(300, 20), features(100, 20, seed=1)
    shape = fit_familiarity(taught)
    assert shape is not None
    usual = shape.distance(other)
    assert 0.7 < np.median(usual) < 1.4
    strange = other + 30 * np.eye(20)[3]
    assert (shape.distance(strange) > usual.max()).all()
    scaled = fit_familiarity(taught * 1000)
    assert scaled is not None
    assert scaled.distance(other * 1000) == pytest.approx(usual, rel=1e-3)


def test_few_films_and_films_that_are_all_alike_have_no_shape():
    assert fit_familiarity(features(FEWEST - 1, 8)) is None
    assert fit_familiarity(np.ones((50, 8))) is None
    shape = fit_familiarity(np.hstack([features(50, 4), np.ones((50, 4))]))
    assert shape is not None
    assert np.isfinite(shape.distance(np.zeros((3, 8)))).all()
