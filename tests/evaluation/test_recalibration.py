from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from medtune.evaluation import calibration
from medtune.evaluation.ranking import auroc
from medtune.evaluation.recalibration import FITS, Recalibration, isotonic, platt, temperature


def calibrated(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    probability = expit(1.5 * random.normal(size=n) - 1)
    return probability, random.random(n) < probability


@pytest.mark.parametrize("rule", FITS)
@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (np.linspace(0, 1, 2000), calibration.SEPARATED),
        (np.full(2000, 0.4), calibration.CONSTANT),
        (np.linspace(-3, 3, 2000), calibration.NOT_PROBABILITIES),
    ],
)
def test_what_cannot_be_fitted_says_why(rule: str, score: np.ndarray, reason: str) -> None:
    assert reason in str(FITS[rule](score, np.arange(2000) >= 1000))


@pytest.mark.parametrize("rule", FITS)
def test_one_class_only(rule: str) -> None:
    found = FITS[rule](np.linspace(0.1, 0.9, 2000), np.ones(2000, dtype=bool))
    assert "one class only" in str(found)


def test_platt_is_an_unpenalised_logistic_model_and_keeps_the_ranking() -> None:
    probability, reference = calibrated(500)
    wrong = expit(3 * calibration.log_odds(probability) + 1)
    found = platt(wrong, reference)
    assert isinstance(found, Recalibration)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    peer.fit(calibration.log_odds(wrong)[:, None], reference)
    np.testing.assert_allclose(
        [found.slope, found.intercept], [peer.coef_[0, 0], peer.intercept_[0]], atol=1e-4
    )
    assert auroc(found(wrong), reference) == pytest.approx(auroc(wrong, reference), abs=1e-12)
    case = np.arange(500)
    after = calibration.slope(found(wrong), reference, case, 0.95)
    assert after.value == pytest.approx(1, abs=1e-6)


def test_one_temperature_is_the_logistic_model_without_an_intercept() -> None:
    probability, reference = calibrated(800)
    wrong = expit(2.5 * calibration.log_odds(probability))
    found = temperature(wrong, reference)
    assert isinstance(found, Recalibration)
    peer = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000, fit_intercept=False)
    peer.fit(calibration.log_odds(wrong)[:, None], reference)
    assert (found.intercept, found.slope) == (0.0, pytest.approx(peer.coef_[0, 0], abs=1e-4))
    assert auroc(found(wrong), reference) == pytest.approx(auroc(wrong, reference), abs=1e-12)


def test_a_model_that_is_worse_than_chance_has_no_temperature() -> None:
    probability, reference = calibrated(800)
    assert "no temperature" in str(temperature(1 - probability, reference))


def test_isotonic_steps_rise_make_ties_and_stay_within_what_they_saw() -> None:
    probability, reference = calibrated(3000)
    found = isotonic(probability**2, reference)
    assert not isinstance(found, str)
    grid = np.linspace(0, 1, 101)
    assert (np.diff(found(grid)) >= 0).all()
    assert 0 <= found(grid).min() <= found(grid).max() <= 1
    after = found(probability**2)
    assert calibration.calibration_error(after, reference) < 1e-12
    assert np.unique(after).size < 200
    assert auroc(after, reference) != pytest.approx(auroc(probability, reference), abs=1e-4)


def test_isotonic_regression_waits_for_a_thousand_cases() -> None:
    probability, reference = calibrated(999)
    assert "needs 1,000 calibration cases; there are 999" in str(isotonic(probability, reference))
