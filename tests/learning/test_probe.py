from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from medtune.learning.probe import STRENGTHS, _rotated, fit_probe


def cases(n: int, d: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d)) * rng.uniform(0.1, 9, d) + rng.normal(size=d)
    signal = (x - x.mean(0)) / x.std(0)
    y = (signal[:, :3].sum(1) + rng.normal(0, 1, n) > 0).astype(float)
    return x, y[:, None], np.array([f"p{i // 2}" for i in range(n)])


@pytest.mark.parametrize("shape", [(60, 200), (120, 20)])
def test_it_is_the_logistic_regression_of_its_strength(shape: tuple[int, int]):
    x, y, groups = cases(*shape)
    probe = fit_probe(x, y, np.ones_like(y, bool), groups)
    assert probe.strength[0] in STRENGTHS
    z = (x - x.mean(0)) / x.std(0)
    plain = LogisticRegression(C=probe.strength[0], max_iter=5000, tol=1e-10).fit(z, y[:, 0])
    expected = plain.predict_proba(z)[:, 1]
    np.testing.assert_allclose(probe.scores(x)[:, 0], expected, atol=2e-3)


def test_rotation_keeps_every_distance():
    x = np.random.default_rng(0).normal(size=(20, 90))
    turned, axes = _rotated(x)
    assert turned.shape == (20, 20)
    np.testing.assert_allclose(turned @ turned.T, x @ x.T, atol=1e-9)
    np.testing.assert_allclose(x @ axes, turned, atol=1e-9)


def test_noise_is_shrunk_and_signal_is_not():
    x, y, groups = cases(300, 30)
    real = fit_probe(x, y, np.ones_like(y, bool), groups)
    noise = np.random.default_rng(1).permutation(y)
    none = fit_probe(x, noise, np.ones_like(y, bool), groups)
    assert real.strength[0] > none.strength[0]
    assert np.ptp(none.scores(x)) < np.ptp(real.scores(x))


def test_films_of_one_patient_are_never_on_both_sides_of_a_fold():
    """Each patient's films are copies, labels are random: only a leak could learn them."""
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(60, 40)), 4, axis=0)
    y = np.repeat(rng.integers(0, 2, 60), 4).astype(float)[:, None]
    grouped = fit_probe(x, y, np.ones_like(y, bool), np.repeat(np.arange(60), 4).astype(str))
    leaking = fit_probe(x, y, np.ones_like(y, bool), np.arange(240).astype(str))
    assert grouped.strength[0] < leaking.strength[0]


def test_a_target_of_one_value_gets_no_scores_and_unknown_cases_teach_nothing():
    x, y, groups = cases(80, 10)
    both = np.concatenate([y, np.ones_like(y)], axis=1)
    known = np.ones_like(both, bool)
    known[:40, 0] = False
    wrong = both.copy()
    wrong[:40, 0] = 1 - wrong[:40, 0]
    one, other = (fit_probe(x, t, known, groups).scores(x) for t in (both, wrong))
    np.testing.assert_array_equal(one[:, 0], other[:, 0])
    assert np.isnan(one[:, 1]).all()
