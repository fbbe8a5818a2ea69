"""A fingerprint is short, hardly depends on size and tones, and turns with the film."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.films.fingerprints import (
    COARSE,
    FINE,
    LENGTH,
    coarse_layers,
    fine_layers,
    fingerprint,
    is_blank,
)
from tests.films.copies import Film, bordered, equalised, jpeg, phantoms, resized, windowed


@pytest.fixture(scope="module")
def film() -> Film:
    return phantoms(1, size=320)[0]


def layers(film: Film) -> tuple[np.ndarray, np.ndarray]:
    one = fingerprint(film)[None]
    return coarse_layers(one)[0], fine_layers(one)[0]


def correlation(one: np.ndarray, two: np.ndarray) -> float:
    return float(np.corrcoef(one.ravel(), two.ravel())[0, 1])


def test_it_is_some_hundred_bytes(film):
    mark = fingerprint(film)
    assert mark.dtype == np.int8
    assert mark.shape == (LENGTH,)
    assert LENGTH < 1000
    coarse, fine = layers(film)
    assert coarse.shape == (COARSE, COARSE)
    assert fine.shape == (FINE, FINE)
    assert np.array_equal(mark, fingerprint(film.copy()))


def test_cells_are_in_units_of_their_spread(film):
    for layer in layers(film):
        assert abs(layer.mean()) < 0.15
        assert layer.std() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("longer", [64, 100, 224, 311])
def test_the_size_hardly_matters(film, longer):
    for whole, small in zip(layers(film), layers(resized(film, longer)), strict=True):
        assert correlation(whole, small) > 0.9


def test_the_aspect_ratio_does_not_matter(film):
    wide = resized(film, 320)[:, : 2 * (film.shape[1] // 2)]
    narrow = wide.reshape(film.shape[0], -1, 2).mean(axis=2).astype(np.float32)
    for one, two in zip(layers(film), layers(narrow), strict=True):
        assert correlation(one, two) > 0.9


@pytest.mark.parametrize(
    "change", [jpeg, windowed, equalised, lambda film: film**1.5, lambda film: 0.3 + 0.2 * film]
)
def test_tones_hardly_matter(film, change):
    for one, two in zip(layers(film), layers(change(film)), strict=True):
        assert correlation(one, two) > 0.75


def test_an_inverted_film_has_the_other_sign(film):
    for one, two in zip(layers(film), layers(1 - film), strict=True):
        assert correlation(one, two) < -0.99


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_cells_turn_with_the_film(film, mirrored, turns):
    def turned(picture: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(picture[:, ::-1] if mirrored else picture, turns))

    for one, two in zip(layers(film), layers(turned(film)), strict=True):
        assert correlation(turned(one), two) > 0.98


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_borders_are_left_out(film, level):
    film = np.maximum(film, 0.1 + 0.2 * film)[20:-20, 20:-20]  # without a border of its own
    for one, two in zip(layers(film), layers(bordered(film, level)), strict=True):
        assert correlation(one, two) > 0.5


def test_where_nothing_is_to_be_seen_it_is_zero(film):
    dot = np.zeros((200, 150), np.float32)
    dot[90:95, 70:75] = 1
    blank = [np.zeros((64, 64)), np.ones((300, 200)), np.full((9, 70), 0.4), dot]
    marks = np.stack([fingerprint(picture.astype(np.float32)) for picture in blank])
    assert is_blank(marks).all()
    assert not is_blank(fingerprint(film)[None]).any()


@pytest.mark.parametrize("shape", [(1, 64), (64, 1), (2, 3), (64, 5), (64, 40)])
def test_odd_shapes_do_not_fail(shape):
    noise = np.random.default_rng(0).random(shape).astype(np.float32)
    assert fingerprint(noise).shape == (LENGTH,)
