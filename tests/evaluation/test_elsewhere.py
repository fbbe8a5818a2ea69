"""The same model under another prevalence, with wrong labels, and for one who acts on it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from medtune.evaluation.label_noise import aurocs, corrected, flipped
from medtune.evaluation.prevalence import moved, npv_at, ppv_at
from medtune.evaluation.ranking import auroc
from medtune.evaluation.utility import net_benefit, net_reduction, treat_all


def test_at_the_samples_own_prevalence_predictive_values_are_the_samples() -> None:
    tp, fp, fn, tn = 61, 87, 10, 42
    sensitivity, specificity = np.array(tp / (tp + fn)), np.array(tn / (tn + fp))
    prevalence = (tp + fn) / (tp + fp + fn + tn)
    assert ppv_at(sensitivity, specificity, prevalence) == pytest.approx(tp / (tp + fp))
    assert npv_at(sensitivity, specificity, prevalence) == pytest.approx(tn / (tn + fn))
    assert np.isnan(ppv_at(np.array(0.0), np.array(1.0), 0.3))
    rising = ppv_at(sensitivity, specificity, np.linspace(0.01, 0.9, 20))
    assert (np.diff(rising) > 0).all()


def test_probabilities_move_to_where_the_finding_is_rare() -> None:
    random = np.random.default_rng(0)
    n = 200_000
    reference = random.random(n) < 0.5
    score = random.normal(size=n) + 1.5 * reference
    probability = expit(1.5 * (score - 0.75))  # Bayes' rule for these two normals, at 0.5
    rare = reference & (random.random(n) < 0.1) | ~reference
    share = float(reference[rare].mean())
    there = moved(probability[rare], 0.5, share)
    assert there.mean() == pytest.approx(share, abs=0.002)
    np.testing.assert_allclose(moved(there, share, 0.5), probability[rare], rtol=1e-9)


def test_net_benefit_of_calling_everybody_is_treat_all() -> None:
    reference = np.arange(100) < 30
    at = np.array([0.1, 0.5])
    everybody = net_benefit(np.ones(100), reference, at)
    np.testing.assert_allclose(everybody, treat_all(0.3, at), atol=1e-15)
    np.testing.assert_allclose(net_reduction(everybody, 0.3, at), 0, atol=1e-15)
    perfect = net_benefit(reference.astype(float), reference, at)
    np.testing.assert_allclose(perfect, 0.3)
    np.testing.assert_allclose(net_reduction(perfect, 0.3, at), 0.7)
    nobody = net_benefit(np.zeros(100), reference, at)
    np.testing.assert_array_equal(nobody, 0)


def test_a_score_written_as_029999_acts_at_03() -> None:
    score, reference = np.array([float("0.29999999999999999"), 0.1]), np.array([True, False])
    assert net_benefit(score, reference, np.array([0.3]))[0] == 0.5


def test_turned_labels_are_as_many_as_was_said() -> None:
    reference = np.arange(200) < 60
    turned = flipped(reference, 0.05, 30, seed=0)
    assert ((turned != reference).sum(axis=1) == 10).all()
    assert len({row.tobytes() for row in turned}) > 25
    np.testing.assert_array_equal(turned, flipped(reference, 0.05, 30, seed=0))


def test_one_ranking_gives_the_auroc_of_every_reference() -> None:
    random = np.random.default_rng(1)
    reference = random.random(150) < 0.3
    score = np.round(random.normal(size=150) + reference, 1)
    turned = flipped(reference, 0.1, 20, seed=1)
    expected = [auroc(score, row) for row in turned]
    np.testing.assert_allclose(aurocs(score, turned), expected, atol=1e-12)
    assert aurocs(score, turned).mean() < auroc(score, reference)
    assert np.isnan(aurocs(score, np.ones((1, 150), dtype=bool))).all()


def test_a_reference_of_known_error_can_be_seen_through() -> None:
    random = np.random.default_rng(2)
    n = 400_000
    truth = random.random(n) < 0.3
    labelled = np.where(truth, random.random(n) < 0.90, random.random(n) < 0.05)
    called = np.where(truth, random.random(n) < 0.85, random.random(n) < 0.20)
    seen = called[labelled].mean(), 1 - called[~labelled].mean(), labelled.mean()
    found = corrected(*seen, of_reference=(0.90, 0.95))
    assert found == pytest.approx((0.85, 0.80), abs=0.005)
    assert seen[0] < 0.80
    assert np.isnan(corrected(0.9, 0.9, 0.04, of_reference=(0.90, 0.95))).all()
    assert corrected(0.9, 0.8, 0.3, of_reference=(1.0, 1.0)) == pytest.approx((0.9, 0.8))
