from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from medtune.evaluation.compare import unpaired_auroc
from medtune.evaluation.heterogeneity import auroc_influence, gap, mean_influence
from medtune.evaluation.multiplicity import adjusted
from medtune.evaluation.ranking import auroc, auroc_covariance


def test_influences_make_delongs_variance() -> None:
    random = np.random.default_rng(0)
    reference = random.random(500) < 0.4
    score = random.normal(size=500) + reference
    found = auroc_influence(score, reference, np.arange(500), 500)
    _, covariance = auroc_covariance(score[None], reference, np.arange(500))
    assert found.sum() == pytest.approx(0, abs=1e-12)
    assert found @ found == pytest.approx(covariance[0, 0], rel=0.01)
    shares = mean_influence(reference.astype(float), np.arange(500) // 2, 250)
    assert shares.shape == (250,)
    assert shares.sum() == pytest.approx(0, abs=1e-12)


def two_groups(seed: int, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """AUROCs of two groups of other patients, and their influences."""
    random = np.random.default_rng(seed)
    reference = random.random(600) < 0.4
    effect = np.where(np.arange(600) < 300, 1.0, strength)
    score = random.normal(size=600) + reference * effect
    area, influence = [], []
    for part in (slice(0, 300), slice(300, 600)):
        where = np.arange(600)[part]
        area.append(auroc(score[part], reference[part]))
        influence.append(auroc_influence(score[part], reference[part], where, 600))
    return np.array(area), np.stack(influence)


def test_of_two_groups_the_test_is_the_z_test_of_their_difference() -> None:
    area, influence = two_groups(1, 1.5)
    found = gap(["F", "M"], area, influence, 0.95, seed=0)
    variance = (influence**2).sum(axis=1)
    z = (area[0] - area[1]) / np.sqrt(variance.sum())
    assert found.p_value == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)
    assert found.value == pytest.approx(abs(area[0] - area[1]))
    assert found.low <= found.value <= found.high
    assert found.method.startswith("highest in M, lowest in F")
    welch = unpaired_auroc(*area, *variance, 300, 300, 0.95)
    assert found.p_value == pytest.approx(welch.p_value, rel=0.1)


def test_groups_that_are_alike_are_called_different_as_often_as_they_should() -> None:
    p_values = [gap(["F", "M"], *two_groups(s, 1.0), 0.95, seed=0).p_value for s in range(300)]
    assert 0.02 < np.mean(np.array(p_values) < 0.05) < 0.09


def test_patients_in_both_groups_are_seen() -> None:
    random = np.random.default_rng(2)
    shared = random.normal(size=(1, 400)) / 400
    influence = np.concatenate([shared, shared + random.normal(size=(1, 400)) / 4000])
    apart = influence * np.array([[1], [0]]), influence * np.array([[0], [1]])
    value = np.array([0.80, 0.82])
    together = gap(["PA", "AP"], value, influence, 0.95, seed=0).p_value
    separate = gap(["PA", "AP"], value, np.concatenate(apart, axis=1)[[0, 1]], 0.95, seed=0)
    assert together < 0.1 * separate.p_value


def test_one_group_or_no_variance_is_not_estimable() -> None:
    assert "fewer than two" in gap(["F"], np.array([0.8]), np.ones((1, 9)), 0.95, seed=0).reason
    flat = gap(["F", "M"], np.array([1.0, 1.0]), np.zeros((2, 9)), 0.95, seed=0)
    assert "no variance" in flat.reason


def test_adjusted_p_values_leave_out_what_has_none() -> None:
    found = adjusted(np.array([0.01, np.nan, 0.04]), "holm")
    np.testing.assert_allclose(found, [0.02, np.nan, 0.04])
    assert np.isnan(adjusted(np.array([np.nan]), "bh")).all()
