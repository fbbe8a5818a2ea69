"""The probe: a linear head on fixed features, its strength chosen by grouped cross-validation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from medtune.tables.splits import deal

STRENGTHS = tuple(10.0**power for power in np.arange(-5, 1.5, 0.75))  # inverse of L2's strength
FOLDS = 5
ENOUGH = 4000  # cases to choose a strength by; more of them would choose the same one
ROUNDING = 1e-6  # of single precision, in which features are computed
PAST = 2  # strengths after the best one that show that the loss does not fall again


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
    mean, scale = mean_and_scale(features)
    x, axes = rotated((features - mean) / scale)
    outputs = targets.shape[1]
    weight, bias = np.zeros((outputs, features.shape[1])), np.zeros(outputs)
    strength = np.full(outputs, np.nan)
    for f in range(outputs):
        rows = known[:, f]
        y = (targets[rows, f] > 0.5).astype(int)
        if len(np.unique(y)) < 2:
            continue
        x_known, patients = x[rows], groups[rows]
        some = some_patients(patients, seed)
        strength[f] = _choose(x_known[some], y[some], patients[some], seed)
        model = fit_logistic(x_known, y, strength[f])
        weight[f], bias[f] = axes @ model.coef_[0], model.intercept_[0]
    return Probe(mean, scale, weight, bias, strength)


def out_of_fold(
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    known: NDArray[np.bool_],
    groups: NDArray[np.str_],
    *,
    seed: int = 0,
    repeats: int = 3,
    tick: Callable[[], None] | None = None,
) -> NDArray[np.float64]:
    """What the probe says of each case after learning from other patients only.

    The strength is chosen once a target, so that the log-odds of all folds are on one scale, and
    the folds are drawn several times, so that a case's log-odds do not hang on one draw.

    Args:
        features: (N, D).
        targets: (N, F), 0 or 1 where known.
        known: (N, F).
        groups: (N,) patients; none is on both sides of a fold.
        seed: of the folds.
        repeats: how often the folds are drawn.
        tick: called once a target, for a progress bar.

    Returns:
        Log-odds (N, F), averaged over the draws; NaN where a target is unknown, or has one value
        only in some fold's teaching cases.
    """
    mean, scale = mean_and_scale(features)
    x, _ = rotated((features - mean) / scale)
    margins = np.full(targets.shape, np.nan)
    for f in range(targets.shape[1]):
        rows = np.flatnonzero(known[:, f])
        y, patients = (targets[rows, f] > 0.5).astype(int), groups[rows]
        cuts = [cut for draw in range(repeats) for cut in _cuts(y, patients, seed * repeats + draw)]
        if cuts and all(len(np.unique(y[fit])) == 2 for fit, _ in cuts):
            some = some_patients(patients, seed)
            strength = _choose(x[rows[some]], y[some], patients[some], seed)
            summed = np.zeros(len(rows))
            for fit, judge in cuts:
                model = fit_logistic(x[rows[fit]], y[fit], strength)
                summed[judge] += model.decision_function(x[rows[judge]])
            margins[rows, f] = summed / repeats
        if tick is not None:
            tick()
    return margins


def mean_and_scale(
    features: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each feature, 1 where it varies by no more than rounding."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    return mean, np.where(scale <= ROUNDING * np.abs(mean), 1.0, scale)


def some_patients(groups: NDArray[np.str_], seed: int) -> NDArray[np.intp]:
    """Cases of whole patients drawn at random: enough to choose a strength by."""
    names, patient, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    first = order[: 1 + int(np.searchsorted(np.cumsum(sizes[order]), ENOUGH))]
    return np.flatnonzero(np.isin(patient, first))


def rotated(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
    """The strength with the lowest grouped cross-validated log loss; the strongest of equals.

    From strong to weak: each fit starts at the one before, and the weakest, which take most of
    the time, are left out once the loss has risen. Single precision tells strengths apart.
    """
    cuts = [cut for cut in _cuts(y, groups, seed) if len(np.unique(y[cut[0]])) == 2]
    if not cuts:
        return STRENGTHS[0]  # nothing to choose by: the strongest shrinkage is the safest
    x = x.astype(np.float32)
    folds = [(x[fit], y[fit], x[judge], y[judge], _regression()) for fit, judge in cuts]
    losses: list[float] = []
    for strength in STRENGTHS:
        loss = 0.0
        for teach, taught, ask, truth, model in folds:
            with as_far_as_it_goes():
                model.set_params(C=strength).fit(teach, taught)
            margin = model.decision_function(ask).astype(np.float64)
            loss += float(np.logaddexp(0, np.where(truth == 1, -margin, margin)).sum())
        losses.append(loss)
        if len(losses) - 1 - int(np.argmin(losses)) == PAST:
            break
    return STRENGTHS[int(np.argmin(losses))]


def _cuts(
    y: NDArray[np.int_], groups: NDArray[np.str_], seed: int
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds by patient, each with its share of both values; none where a value has one patient."""
    names, patient = np.unique(groups, return_inverse=True)
    counts = np.stack([np.bincount(patient[y == v], minlength=len(names)) for v in (0, 1)], axis=1)
    folds = min(FOLDS, int(np.count_nonzero(counts, axis=0).min()))
    if folds < 2:
        return []
    order = np.random.default_rng(seed).permutation(len(names)).astype(np.uint64)
    fold = deal(counts, order, {str(number): 1 for number in range(folds)})[patient]
    return [
        (np.flatnonzero(fold != str(number)), np.flatnonzero(fold == str(number)))
        for number in range(folds)
    ]


def _regression() -> LogisticRegression:
    return LogisticRegression(solver="lbfgs", max_iter=500, warm_start=True)


def as_far_as_it_goes() -> warnings.catch_warnings[None]:
    """Nearly separable cases have no end to go to."""
    return warnings.catch_warnings(action="ignore", category=ConvergenceWarning)


def fit_logistic(
    x: NDArray[np.float64], y: NDArray[np.int_], strength: float
) -> LogisticRegression:
    """Logistic regression of this strength (C), of two classes or more, by L-BFGS."""
    with as_far_as_it_goes():
        return _regression().set_params(C=strength).fit(x, y)
