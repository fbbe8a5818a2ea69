from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from medtune.learning.probe import ENOUGH, STRENGTHS, fit_probe, out_of_fold, rotated, some_patients


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
    turned, axes = rotated(x)
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


def test_what_is_said_out_of_fold_has_not_learnt_from_the_patient():
    x, y, groups = cases(240, 30)
    known = np.ones_like(y, bool)
    once = out_of_fold(x, y, known, groups, repeats=1)
    turned = y.copy()
    turned[:2] = 1 - turned[:2]  # both cases of one patient
    again = out_of_fold(x, turned, known, groups, repeats=1)
    others = np.abs(again[2:] - once[2:]).mean()
    assert np.abs(again[:2] - once[:2]).max() < 0.5 * others + 0.3
    assert roc_auc_score(y[:, 0], once[:, 0]) > 0.85


def test_labels_without_a_signal_are_not_predicted_out_of_fold():
    areas = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        x, groups = rng.normal(size=(300, 40)), np.array([f"p{i // 2}" for i in range(300)])
        y = (rng.random((300, 1)) < 0.4).astype(float)
        said = out_of_fold(x, y, np.ones_like(y, bool), groups, repeats=1)
        areas.append(roc_auc_score(y[:, 0], said[:, 0]))
    assert 0.45 < np.mean(areas) < 0.55


def test_out_of_fold_unknown_targets_are_left_open():
    x, y, groups = cases(120, 10)
    targets = np.concatenate([y, y, np.ones_like(y)], axis=1)
    known = np.ones_like(targets, bool)
    known[:30, 1] = False
    counted = []
    said = out_of_fold(x, targets, known, groups, tick=lambda: counted.append(1))
    assert np.isfinite(said[:, 0]).all()
    assert (np.isnan(said[:, 1]) == ~known[:, 1]).all()
    assert np.isnan(said[:, 2]).all()
    assert len(counted) == 3


def test_a_strength_is_chosen_by_whole_patients():
    groups = np.repeat([f"p{i}" for i in range(3000)], 3)
    some = some_patients(groups, seed=0)
    assert ENOUGH <= len(some) <= ENOUGH + 3
    assert set(np.unique(groups[some], return_counts=True)[1]) == {3}
    assert list(some_patients(groups[:60], seed=0)) == list(range(60))
