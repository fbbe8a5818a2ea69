from __future__ import annotations

import numpy as np

from medtune.vision.augment import change, generic


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
