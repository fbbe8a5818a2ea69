from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from medtune.evaluation.resampling import patient_weights
from medtune.evaluation.roc_at import roc_at, standardised


def data(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    reference = random.random(n) < 0.4
    return np.round(random.normal(size=n) + reference, 1), reference


@pytest.mark.parametrize("seed", range(5))
def test_every_resample_is_scikit_learn_with_weights(seed: int) -> None:
    score, reference = data(seed)
    group = np.arange(200) // 2
    weights = patient_weights(100, 30, seed=seed)
    found = roc_at(score, reference, group, weights, specificity=0.83, sensitivity=0.77)
    for column in range(31):
        weight = weights[group, column].astype(float)
        kept = weight > 0
        args = {"sample_weight": weight[kept]}
        area = roc_auc_score(reference[kept], score[kept], max_fpr=0.17, **args)
        assert standardised(found.area[column], 0.83) == pytest.approx(area, abs=1e-12)
        x, y, _ = roc_curve(reference[kept], score[kept], drop_intermediate=False, **args)
        assert found.sensitivity[column] == pytest.approx(np.interp(0.17, x, y), abs=1e-12)
        spec = 1 - np.interp(0.77, y + 1e-14 * np.arange(y.size), x)
        assert found.specificity[column] == pytest.approx(spec, abs=1e-9)


def test_on_a_step_the_better_end_counts() -> None:
    score = np.array([4.0, 3.0, 2.0, 1.0])
    reference = np.array([False, True, True, False])
    found = roc_at(
        score, reference, np.arange(4), np.ones((4, 1), np.uint8), specificity=0.5, sensitivity=0.5
    )
    assert (found.sensitivity[0], found.specificity[0]) == (1.0, 0.5)


def test_ties_everywhere_are_the_diagonal() -> None:
    reference = np.arange(20) < 8
    weights = np.ones((20, 1), np.uint8)
    found = roc_at(
        np.zeros(20), reference, np.arange(20), weights, specificity=0.9, sensitivity=0.95
    )
    assert found.sensitivity[0] == pytest.approx(0.1)
    assert found.specificity[0] == pytest.approx(0.05)
    assert standardised(found.area, 0.9)[0] == pytest.approx(0.5)


def test_a_perfect_model_and_a_resample_without_a_class() -> None:
    weights = np.array([[1, 2, 0], [1, 0, 2]], dtype=np.uint8)
    found = roc_at(
        np.array([2.0, 1.0]), np.array([True, False]), np.arange(2), weights,
        specificity=0.9, sensitivity=0.9,
    )  # fmt: skip
    np.testing.assert_array_equal(found.sensitivity, [1, np.nan, np.nan])
    np.testing.assert_array_equal(found.specificity, [1, np.nan, np.nan])
    assert standardised(found.area, 0.9)[0] == pytest.approx(1)


def test_the_curve_does_not_see_the_scale_of_the_scores() -> None:
    score, reference = data(9)
    group, weights = np.arange(200), patient_weights(200, 20, seed=0)
    at = {"specificity": 0.9, "sensitivity": 0.9}
    first = roc_at(score, reference, group, weights, **at)
    second = roc_at(np.exp(score) - 7, reference, group, weights, **at)
    np.testing.assert_array_equal(first.sensitivity, second.sensitivity)
    np.testing.assert_array_equal(first.area, second.area)
