from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import cohen_kappa_score

from medtune.learning.probe import STRENGTHS
from medtune.learning.probe_kinds import fit_kind

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(240, 6))
SLOPE = np.array([1.0, -0.5, 0.3, 0, 0, 0])
LATENT = FEATURES @ SLOPE + 0.4 * RNG.normal(size=240)
GRADES = np.digitize(LATENT, [-1, 0, 1]).astype(float)
PATIENTS = np.array([f"p{n // 2}" for n in range(240)])


def test_classes_get_probabilities_of_a_multinomial_model():
    said = fit_kind("multiclass", 4, FEATURES, GRADES, PATIENTS)(FEATURES)
    np.testing.assert_allclose(said.sum(axis=1), 1)
    x = (FEATURES - FEATURES.mean(0)) / FEATURES.std(0)
    theirs = [
        LogisticRegression(C=c, max_iter=500).fit(x, GRADES).predict_proba(x) for c in STRENGTHS
    ]
    assert min(np.abs(said - each).max() for each in theirs) < 1e-6


def test_a_class_that_nobody_has_gets_no_probability():
    without = np.where(GRADES == 1, 0, GRADES)
    said = fit_kind("multiclass", 4, FEATURES, without, PATIENTS)(FEATURES)
    assert (said[:, 1] == 0).all()
    np.testing.assert_allclose(said.sum(axis=1), 1)


def test_grades_are_read_as_the_network_reads_them():
    said = fit_kind("ordinal", 4, FEATURES, GRADES, PATIENTS)(FEATURES)
    assert (said >= 0).all()
    np.testing.assert_allclose(said.sum(axis=1), 1)
    above = 1 - np.cumsum(said, axis=1)[:, :-1]
    assert (np.diff(above, axis=1) <= 1e-12).all()
    grade = (above > 0.5).sum(axis=1)
    assert cohen_kappa_score(GRADES, grade, weights="quadratic") > 0.8


def test_a_grade_that_nobody_has_is_a_step_that_nobody_stays_on():
    without = np.where(GRADES == 2, 3, GRADES)
    said = fit_kind("ordinal", 4, FEATURES, without, PATIENTS)(FEATURES)
    assert (said[:, 2] == 0).all()


@pytest.mark.parametrize("unit", [1.0, 1000.0])
def test_amounts_are_those_of_a_ridge_regression_in_any_unit(unit):
    said = fit_kind("continuous", 1, FEATURES, LATENT * unit + 7, PATIENTS)(FEATURES)[:, 0]
    x = (FEATURES - FEATURES.mean(0)) / FEATURES.std(0)
    theirs = [Ridge(alpha=1 / c).fit(x, LATENT * unit + 7).predict(x) for c in STRENGTHS]
    assert min(np.abs(said - each).max() for each in theirs) < 1e-8 * unit


def test_noise_is_shrunk_and_a_signal_is_not():
    rng = np.random.default_rng(1)
    wide = rng.normal(size=(120, 300))
    groups = np.arange(120).astype(str)
    noise = fit_kind("continuous", 1, wide, rng.normal(size=120), groups)(wide)
    signal = fit_kind("continuous", 1, wide, 3 * wide[:, 0] + 2 * wide[:, 1], groups)(wide)
    assert noise.std() < 0.5
    assert signal.std() > 2


def test_unknown_values_teach_nothing_and_nothing_to_learn_is_said():
    some = np.where(np.arange(240) < 60, np.nan, GRADES)
    known = ~np.isnan(some)
    one = fit_kind("ordinal", 4, FEATURES, some, PATIENTS)(FEATURES)
    changed = FEATURES.copy()
    assert np.isfinite(one).all()
    constant = np.where(known, 2.0, np.nan)
    assert np.isnan(fit_kind("ordinal", 4, changed, constant, PATIENTS)(changed)).all()


def test_a_patient_is_never_on_both_sides_of_a_fold():
    """Copies of one patient's film would make the weakest shrinkage look best."""
    rng = np.random.default_rng(2)
    few, labels = rng.normal(size=(30, 100)), rng.normal(size=30)
    copies = np.repeat(few, 8, axis=0) + 1e-3 * rng.normal(size=(240, 100))
    values, patients = np.repeat(labels, 8), np.repeat(np.arange(30), 8).astype(str)
    by_patient = fit_kind("continuous", 1, copies, values, patients)(copies).std()
    by_film = fit_kind("continuous", 1, copies, values, np.arange(240).astype(str))(copies).std()
    assert by_patient < 0.5 * by_film
