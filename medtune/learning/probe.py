"""The probe: a linear head on fixed features, its strength chosen by grouped cross-validation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold

STRENGTHS = tuple(10.0**power for power in np.arange(-5, 1.5, 0.75))  # inverse of L2's strength
FOLDS = 5


@dataclass(frozen=True)
class Probe:
    """One linear head a target.

    Attributes:
        mean: (D,) of the training features.
        scale: (D,) their standard deviations; 1 where a feature does not vary.
        weight: (F, D), for standardised features.
        bias: (F,).
        strength: (F,) the C that was chosen; NaN for a target that could not be fitted.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    strength: NDArray[np.float64]

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Features (N, D) to scores (N, F) in [0, 1]; NaN for a target that was not fitted."""
        logits = ((features - self.mean) / self.scale) @ self.weight.T + self.bias
        scores = 1 / (1 + np.exp(-logits))
        scores[:, np.isnan(self.strength)] = np.nan
        return scores


def fit_probe(
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    known: NDArray[np.bool_],
    groups: NDArray[np.str_],
    *,
    seed: int = 0,
) -> Probe:
    """Logistic regression by L-BFGS over a path of strengths, by patient-grouped cross-validation.

    Args:
        features: (N, D).
        targets: (N, F), 0 or 1 where known.
        known: (N, F).
        groups: (N,) patients; none is on both sides of a fold.
        seed: of the folds.

    Returns:
        The heads, each fitted on all its known cases with the strength of the lowest mean log
        loss over the folds.
    """
    mean = features.mean(axis=0)
    scale = features.std(axis=0)
    scale[scale < 1e-12] = 1.0
    x, axes = _rotated((features - mean) / scale)
    outputs = targets.shape[1]
    weight, bias = np.zeros((outputs, features.shape[1])), np.zeros(outputs)
    strength = np.full(outputs, np.nan)
    for f in range(outputs):
        rows = known[:, f]
        y = (targets[rows, f] > 0.5).astype(int)
        if len(np.unique(y)) < 2:
            continue
        strength[f] = _choose(x[rows], y, groups[rows], seed)
        model = _fit(x[rows], y, strength[f])
        weight[f], bias[f] = axes @ model.coef_[0], model.intercept_[0]
    return Probe(mean, scale, weight, bias, strength)


def _rotated(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same cases in no more dimensions than there are cases.

    L2 does not care about the direction of its axes, so the fit is the same and much faster.

    Args:
        x: (N, D).

    Returns:
        (N, R) and the axes (D, R), with R = D where there are more cases than features.
    """
    cases, width = x.shape
    if cases >= width:
        return x, np.eye(width)
    u, s, axes = np.linalg.svd(x, full_matrices=False)
    return u * s, axes.T


def _choose(
    x: NDArray[np.float64], y: NDArray[np.int_], groups: NDArray[np.str_], seed: int
) -> float:
    """The strength with the lowest grouped cross-validated log loss; the strongest of equals."""
    rarest = min(len(np.unique(groups[y == value])) for value in (0, 1))
    folds = min(FOLDS, rarest)
    if folds < 2:
        return STRENGTHS[0]  # nothing to choose by: the strongest shrinkage is the safest
    losses = np.zeros(len(STRENGTHS))
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        cuts = list(splitter.split(x, y, groups))
    for fit, judge in cuts:
        if len(np.unique(y[fit])) < 2:
            continue
        for i, strength in enumerate(STRENGTHS):
            p = _fit(x[fit], y[fit], strength).predict_proba(x[judge])[:, 1]
            losses[i] += log_loss(y[judge], p, labels=[0, 1]) * len(judge)
    return STRENGTHS[int(np.argmin(losses))]


def _fit(x: NDArray[np.float64], y: NDArray[np.int_], strength: float) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, solver="lbfgs", max_iter=500).fit(x, y)
