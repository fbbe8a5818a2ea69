"""Probes of the other kinds of target: multinomial, by the steps of a scale, and ridge.

As ``probe``: linear heads on standardised features, the strength of L2 chosen by patient-grouped
cross-validation.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedGroupKFold

from medtune.learning.probe import (
    FOLDS,
    STRENGTHS,
    fit_logistic,
    mean_and_scale,
    rotated,
    some_patients,
)

Floats = NDArray[np.float64]
Predictor = Callable[[Floats], Floats]
Fitted = Callable[[Floats, NDArray[np.int_] | Floats, float], Predictor]
PARTS = 5  # of an amount, so that each fold has its share of small and large ones
TINY = 1e-15


def fit_kind(
    kind: Literal["multiclass", "ordinal", "continuous"],
    classes: int,
    features: Floats,
    values: Floats,
    groups: NDArray[np.str_],
    *,
    seed: int = 0,
) -> Predictor:
    """A linear head for one target.

    Args:
        kind: of the target.
        classes: K; 1 of an amount.
        features: (N, D).
        values: (N,) places of classes, or amounts; NaN where unknown.
        groups: (N,) patients; none is on both sides of a fold.
        seed: of the folds.

    Returns:
        From features (M, D) to (M, K) probabilities, or to (M, 1) amounts; NaN where there was
        nothing to learn: no two known values that differ.
    """
    rows = ~np.isnan(values)
    y: Floats | NDArray[np.int_] = values[rows]
    if len(np.unique(y)) < 2:
        return lambda x: np.full((len(x), classes), np.nan)
    if kind != "continuous":
        y = y.astype(int)
    mean, scale = mean_and_scale(features)
    x, axes = rotated((features - mean) / scale)
    fit = _fitter(kind, classes)
    known, patients = x[rows], groups[rows]
    some = some_patients(patients, seed)
    strength = _choose(fit, kind, known[some], y[some], patients[some], seed)
    said = fit(known, y, strength)
    return lambda other: said(((other - mean) / scale) @ axes)


def _fitter(kind: str, classes: int) -> Fitted:
    if kind == "multiclass":
        return lambda x, y, strength: _multinomial(x, np.asarray(y, int), strength, classes)
    if kind == "ordinal":
        return lambda x, y, strength: _steps(x, np.asarray(y, int), strength, classes)
    return _ridge


def _multinomial(x: Floats, y: NDArray[np.int_], strength: float, classes: int) -> Predictor:
    """Logistic regression; a class that nobody has gets no probability."""
    model = fit_logistic(x, y, strength)

    def said(other: Floats) -> Floats:
        found = np.zeros((len(other), classes))
        found[:, model.classes_] = model.predict_proba(other)
        return found

    return said


def _steps(x: Floats, y: NDArray[np.int_], strength: float, classes: int) -> Predictor:
    """A logistic regression a step of the scale, of the cases that reach it.

    The same conditional probabilities as the network's CORN head (Shi, Cao and Raschka 2023), so
    that the two differ in what they see and not in how a grade is read.
    """
    above: list[Predictor] = []
    for step in range(classes - 1):
        reached, passed = y >= step, (y > step).astype(int)
        values = np.unique(passed[reached])
        if len(values) < 2:
            share = float(values[0]) if len(values) else 0.0
            above.append(partial(_always, share))
        else:
            model = fit_logistic(x[reached], passed[reached], strength)
            above.append(partial(_passes, model))

    def said(other: Floats) -> Floats:
        passing = np.cumprod(np.column_stack([step(other) for step in above]), axis=1)
        edges = np.column_stack([np.ones(len(other)), passing, np.zeros(len(other))])
        return edges[:, :-1] - edges[:, 1:]

    return said


def _always(share: float, x: Floats) -> Floats:
    return np.full(len(x), share)


def _passes(model: LogisticRegression, x: Floats) -> Floats:
    return np.asarray(model.predict_proba(x)[:, 1])


def _ridge(x: Floats, y: NDArray[np.int_] | Floats, strength: float) -> Predictor:
    """Ridge regression of the standardised amount, so that a strength means the same in any unit.

    The strength is that of logistic regression: C of a sum over cases, so alpha is 1 / C.
    """
    centre, spread = float(np.mean(y)), float(np.std(y))
    model = Ridge(alpha=1 / strength).fit(x, (np.asarray(y, float) - centre) / spread)
    return lambda other: (model.predict(other) * spread + centre)[:, None]


def _choose(
    fit: Fitted,
    kind: str,
    x: Floats,
    y: NDArray[np.int_] | Floats,
    groups: NDArray[np.str_],
    seed: int,
) -> float:
    """The strength of the lowest grouped cross-validated loss; the strongest of equals.

    The loss is the log loss of classes and grades, and the squared error of amounts.
    """
    cuts = _cuts(y, groups, seed)
    if not cuts:
        return STRENGTHS[0]  # nothing to choose by: the strongest shrinkage is the safest
    losses = np.zeros(len(STRENGTHS))
    for teach, judge in cuts:
        if len(np.unique(y[teach])) < 2:
            continue
        for i, strength in enumerate(STRENGTHS):
            said = fit(x[teach], y[teach], strength)(x[judge])
            if kind == "continuous":
                losses[i] += float(np.sum((said[:, 0] - y[judge]) ** 2))
            else:
                own = said[np.arange(len(judge)), y[judge].astype(int)]
                losses[i] -= float(np.log(np.clip(own, TINY, None)).sum())
    return STRENGTHS[int(np.argmin(losses))]


def _cuts(
    y: NDArray[np.int_] | Floats, groups: NDArray[np.str_], seed: int
) -> Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds by patient, each with its share of every class or part of an amount."""
    parts = y
    if y.dtype.kind == "f":
        edges = np.unique(np.quantile(y, np.arange(1, PARTS) / PARTS))
        parts = np.searchsorted(edges, y, side="right")
    folds = min(FOLDS, len(np.unique(groups)))
    if folds < 2:
        return []
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        if np.unique(parts, return_counts=True)[1].max() < folds:
            return []  # scikit-learn refuses folds of which no class has a member each
        return list(splitter.split(parts[:, None], parts, groups))
