from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from medtune.evaluation.estimate import from_draws
from medtune.evaluation.ranking import auroc_covariance
from medtune.evaluation.resampling import patient_weights, ranking_draws, sums


def clustered(seed: int, n: int = 300, patients: int = 120) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    group = random.integers(0, patients, n)
    reference = random.random(n) < 0.4
    score = np.round(random.normal(size=n) + reference + random.normal(size=patients)[group], 1)
    return score, reference, group


def test_draws_are_scikit_learn_with_weights() -> None:
    score, reference, group = clustered(0)
    weights = patient_weights(120, 40, seed=1)
    area, precision = ranking_draws(score, reference, group, weights)
    for column in range(41):
        weight = weights[group, column].astype(float)
        kept = weight > 0  # scikit-learn warns of thresholds that nobody reaches
        args = (reference[kept], score[kept])
        assert area[column] == pytest.approx(
            roc_auc_score(*args, sample_weight=weight[kept]), abs=1e-12
        )
        assert precision[column] == pytest.approx(
            average_precision_score(*args, sample_weight=weight[kept]), abs=1e-12
        )


def test_the_first_column_is_the_sample_and_the_seed_makes_the_rest() -> None:
    weights = patient_weights(50, 200, seed=2)
    assert (weights[:, 0] == 1).all()
    assert (weights.sum(axis=0) == 50).all()
    np.testing.assert_array_equal(weights, patient_weights(50, 200, seed=2))
    assert (weights != patient_weights(50, 200, seed=3)).any()


def test_the_bootstrap_agrees_with_obuchowski() -> None:
    score, reference, group = clustered(5, n=600, patients=200)
    area, _ = ranking_draws(score, reference, group, patient_weights(200, 2000, seed=0))
    _, covariance = auroc_covariance(score[None, :], reference, group)
    assert area[1:].std() == pytest.approx(np.sqrt(covariance[0, 0]), rel=0.1)


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    score, reference, group = clustered(6)
    weights = patient_weights(120, 50, seed=0)
    table = np.column_stack([score, reference])
    whole = ranking_draws(score, reference, group, weights), sums(table, group, weights)
    monkeypatch.setattr("medtune.evaluation.resampling.CELLS_AT_ONCE", 1)
    single = ranking_draws(score, reference, group, weights), sums(table, group, weights)
    np.testing.assert_allclose(whole[0], single[0], rtol=1e-12)
    np.testing.assert_allclose(whole[1], single[1], rtol=1e-12)


def test_sums_are_weighted_sums() -> None:
    score, reference, group = clustered(7)
    weights = patient_weights(120, 5, seed=0)
    found = sums(np.column_stack([score, reference]), group, weights)
    np.testing.assert_allclose(found[0], score @ weights[group], rtol=1e-12)
    np.testing.assert_allclose(found[1], reference @ weights[group].astype(float), rtol=1e-12)


def test_a_resample_without_a_class_has_no_value() -> None:
    score, reference = np.array([1.0, 2.0]), np.array([False, True])
    weights = np.array([[1, 2, 0], [1, 0, 2]], dtype=np.uint8)
    area, precision = ranking_draws(score, reference, np.arange(2), weights)
    np.testing.assert_array_equal(area, [1.0, np.nan, np.nan])
    np.testing.assert_array_equal(precision, [1.0, np.nan, np.nan])


def test_percentiles_and_their_p_value() -> None:
    draws = np.concatenate([[0.5], np.linspace(-0.099, 1.0, 1100)])
    found = from_draws(draws, 0.9, test=True)
    np.testing.assert_allclose([found.low, found.high], [-0.044, 0.945], atol=1e-3)
    assert found.p_value == pytest.approx(2 * (1 + 100) / 1101)


@pytest.mark.parametrize(
    ("draws", "reason"),
    [
        ([np.nan, 1.0, 2.0], "nothing below the line"),
        ([1.0, *[np.nan] * 10, *[1.0, 2.0] * 45], "too many resamples"),
        ([1.0, *[1.0] * 100], "all resamples"),
    ],
)
def test_draws_that_give_no_interval_say_why(draws: list[float], reason: str) -> None:
    found = from_draws(np.array(draws), 0.95)
    assert reason in found.reason
    assert np.isnan(found.value)
