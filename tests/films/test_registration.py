"""Layers are laid onto each other, and what does not fit is left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from medtune.films.registration import agreement, nowhere, register, sampling, warp

Layers = np.ndarray


def texture(count: int, size: int = 48, seed: int = 0) -> Layers:
    noise = np.random.default_rng(seed).normal(size=(count, size, size)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(layer, (0, 0), 1.5) for layer in noise])
    return smooth / smooth.std(axis=(1, 2), keepdims=True)


def test_at_its_own_place_a_layer_is_itself():
    layers = texture(3)
    warped, inside = warp(layers, nowhere(3))
    np.testing.assert_allclose(warped, layers, atol=1e-5)
    assert (inside == 1).all()
    np.testing.assert_allclose(agreement(layers, layers, nowhere(3)), 1, atol=1e-5)


def test_sampling_weights_add_up_and_know_what_lies_outside():
    weights, inside = sampling(np.array([1.0, 0.5], np.float32), np.array([0.5, 0], np.float32), 16)
    np.testing.assert_allclose(weights[1].sum(axis=1), 1, atol=1e-5)
    assert inside[1].all()
    assert inside[0].tolist() == [1] * 12 + [0] * 4


@pytest.mark.parametrize(
    "place", [(1.08, 0, 1, 0.03), (0.95, 0.05, 1.06, -0.04), (1, 0.04, 1, 0.04)]
)
def test_scales_and_shifts_are_found(place):
    layers = texture(4)
    places = np.tile(np.array(place, np.float32), (4, 1))
    moved, _ = warp(layers, places)
    found = register(layers, moved, nowhere(4), (3.0, 2.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0))
    np.testing.assert_allclose(found, places, atol=0.01)
    assert agreement(layers, moved, found).min() > 0.97


def test_covered_corners_neither_pull_nor_count():
    layers = texture(4)
    places = np.tile(np.array((1, 0.04, 1, -0.04), np.float32), (4, 1))
    moved, _ = warp(layers, places)
    moved[:, :8, :16] = moved[:, -8:, -16:] = -2
    found = register(layers, moved, nowhere(4), (2.0, 2.0, 1.0, 0.0, 0.0, 0.0))
    np.testing.assert_allclose(found, places, atol=0.01)
    assert agreement(layers, moved, found).min() > 0.95


def test_what_has_nothing_in_common_does_not_agree():
    one, two = texture(20), texture(20, seed=1)
    found = register(one, two, nowhere(20), (2.0, 1.0, 0.0, 0.0))
    assert agreement(one, two, found).max() < 0.5
    np.testing.assert_allclose(agreement(one, -one, nowhere(20)), -1, atol=1e-5)


def test_flat_layers_do_not_fail():
    flat = np.zeros((2, 16, 16), np.float32)
    found = register(flat, flat, nowhere(2), (1.0, 0.0))
    assert np.isfinite(found).all()
    assert (agreement(flat, flat, found) == 0).all()
