from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from medtune.vision.augment import change, change_generic, draw, generic
from medtune.vision.augment_batch import apply_drawn, by_torch, change_on_device


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


def test_what_one_transform_draws_says_nothing_about_another():
    drawn = [draw(generic(), seed, 64) for seed in range(400)]
    grey = np.array([one.grey for one in drawn])
    both = (grey[:, 0] != 1) & (grey[:, 2] != 1)
    assert 0.25 < both.mean() < 0.45  # 0.7 x 0.5
    assert abs(np.corrcoef(grey[both, 0], grey[both, 2])[0, 1]) < 0.3
    noisy = np.array([one.noise.strength != 0 for one in drawn])
    assert 0.2 < noisy.mean() < 0.4
    assert 0.55 < (grey[noisy, 0] != 1).mean() < 0.85


def films_of(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    noise = [rng.random((64, 64), np.float32) for _ in range(count)]
    return np.stack([cv2.GaussianBlur(film, (0, 0), 2) for film in noise])


def test_films_and_batches_are_changed_as_by_the_pipeline():
    films, pipeline = films_of(64), generic()
    films[:, :9] = 0  # whose logarithm is none
    apply, quick, to = change(pipeline), change_generic(), np.zeros((64, 64), np.float32)
    expected = np.stack([apply(film, seed) for seed, film in enumerate(films)])
    assert np.abs(films - expected).mean() > 0.02
    for seed, film in enumerate(films):
        kept = film.copy()
        assert quick(film, seed, to) is to
        assert np.array_equal(quick(film, seed), to)
        assert np.abs(to - expected[seed]).max() < 2e-6
        assert apply(film, seed, to) is to
        assert np.array_equal(to, expected[seed])
        assert np.array_equal(film, kept)
    drawn = [draw(pipeline, seed, 64) for seed in range(64)]
    batch = apply_drawn(torch.from_numpy(films)[:, None, None], drawn)
    assert batch.shape == (64, 1, 1, 64, 64)
    assert np.abs(batch[:, 0, 0].numpy() - expected).max() < 2e-6


def test_films_without_a_draw_stay_as_they_are_and_no_batch_is_written_over():
    films = torch.from_numpy(films_of(3))[:, None, None]
    later = change_on_device(64)
    first = later([None, 5, None])(films)
    kept = first.clone()
    second = later([1, 2, 3])(films)
    assert torch.equal(first, kept)
    assert torch.equal(first[[0, 2]], films[[0, 2]])
    assert not torch.equal(first[1], films[1])
    assert not torch.equal(first[1], second[1])
    assert torch.equal(later([7, 5, 9])(films)[1], first[1])


def test_a_batch_on_a_device_is_changed_as_each_film_alone():
    films, pipeline = films_of(64), generic()
    apply = change(pipeline)
    drawn = [draw(pipeline, seed, 64) for seed in range(64)]
    assert sum(one.grey != (1.0, 0.0, 1.0) for one in drawn) > 40
    assert sum(one.noise.strength != 0 for one in drawn) > 10
    batch = by_torch(torch.from_numpy(films)[:, None, None], drawn)
    expected = np.stack([apply(film, seed) for seed, film in enumerate(films)])
    assert batch.shape == (64, 1, 1, 64, 64)
    differ = np.abs(batch[:, 0, 0].numpy() - expected)
    assert differ.mean() < 5e-4
    assert differ.max() < 2e-2
    assert np.abs(films - expected).mean() > 20 * differ.mean()


@pytest.mark.parametrize("applied", [apply_drawn, by_torch])
def test_noise_is_the_same_in_every_way_and_hangs_on_the_seed_alone(applied):
    pipeline = generic()
    film = np.full((64, 64), 0.5, np.float32)
    inside = (slice(16, 48),) * 2  # where no border of the film came
    noisy = [seed for seed in range(40) if draw(pipeline, seed, 64).noise.strength]
    assert len(noisy) > 5
    for seed in noisy:
        drawn = draw(pipeline, seed, 64)
        once, twice = (applied(torch.from_numpy(film)[None, None, None], [drawn]) for _ in "12")
        assert torch.equal(once, twice)
        found, alone = once[0, 0, 0].numpy()[inside], change(pipeline)(film, seed)[inside]
        assert alone.std() == pytest.approx(abs(drawn.noise.strength), rel=0.1)
        assert np.abs(found - alone).max() < 2e-6
