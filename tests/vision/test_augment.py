from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from medtune.vision.augment import change, draw, generic
from medtune.vision.augment_batch import apply_drawn


def test_a_change_depends_on_the_film_and_the_seed_alone():
    film = np.random.default_rng(0).random((64, 64), np.float32)
    apply = change(generic())
    one = apply(film, 7)
    apply(film, 8)
    assert np.array_equal(one, apply(film, 7))
    assert np.array_equal(one, change(generic())(film, 7))
    assert not np.array_equal(one, apply(film, 8))
    assert one.dtype == np.float32
    assert one.min() >= 0
    assert one.max() <= 1


def test_the_heart_stays_on_its_side_and_nothing_goes_through_8_bits():
    film = np.zeros((64, 64), np.float32)
    film[20:40, 40:60] = np.linspace(0.4, 0.6, 20, dtype=np.float32)
    apply = change(generic())
    for seed in range(60):
        changed = apply(film, seed)
        bright = changed > (changed.min() + changed.max()) / 2
        assert bright[:, 32:].sum() > 3 * bright[:, :32].sum()
    assert len(np.unique(apply(film, 3))) > 256


def test_a_batch_on_a_device_is_changed_as_each_film_alone():
    """The noise aside, which has the same strength but another pattern."""
    rng = np.random.default_rng(0)
    films = np.stack(
        [cv2.GaussianBlur(rng.random((64, 64), np.float32), (0, 0), 2) for _ in range(64)]
    )
    pipeline = generic()
    pipeline.transforms[-1].p = 0.0
    apply = change(pipeline)
    drawn = [draw(pipeline, seed, 64) for seed in range(64)]
    assert sum(one.grey != (1.0, 0.0, 1.0) for one in drawn) > 40
    batch = apply_drawn(torch.from_numpy(films)[:, None, None], drawn)
    expected = np.stack([apply(film, seed) for seed, film in enumerate(films)])
    assert batch.shape == (64, 1, 1, 64, 64)
    differ = np.abs(batch[:, 0, 0].numpy() - expected)
    assert differ.mean() < 5e-4
    assert differ.max() < 2e-2
    assert np.abs(films - expected).mean() > 20 * differ.mean()


def test_noise_on_a_device_is_as_strong_and_hangs_on_the_seed_alone():
    pipeline = generic()
    film = np.full((64, 64), 0.5, np.float32)
    for seed in (seed for seed in range(40) if draw(pipeline, seed, 64).noise):
        drawn = draw(pipeline, seed, 64)
        once, twice = (apply_drawn(torch.from_numpy(film)[None, None, None], [drawn]) for _ in "12")
        assert torch.equal(once, twice)
        alone = change(pipeline)(film, seed)
        inside = (slice(16, 48),) * 2
        assert once[0, 0, 0][inside].std() == pytest.approx(alone[inside].std(), rel=0.1)
        assert float(once[0, 0, 0][inside].mean()) == pytest.approx(alone[inside].mean(), abs=3e-3)
