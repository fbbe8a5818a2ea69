"""The one bootstrap: patients are drawn, and every model and measure sees the same draws."""

from __future__ import annotations

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Indices, Weights

CELLS_AT_ONCE = 1 << 18  # cases x resamples held at a time: stays in the processor's cache


def patient_weights(n_patients: int, resamples: int, seed: int) -> Weights:
    """How often each patient is drawn.

    Args:
        n_patients: patients in the judged split.
        resamples: number of resamples B.
        seed: another seed draws others.

    Returns:
        (n_patients, 1 + B); the first column is the sample itself, every patient once.
    """
    generator = np.random.default_rng(seed)
    weights = np.ones((n_patients, 1 + resamples), dtype=np.uint8)
    for column in range(1, 1 + resamples):
        drawn = generator.integers(0, n_patients, n_patients)
        weights[:, column] = np.bincount(drawn, minlength=n_patients)
    return weights


def sums(table: Floats, group: Indices, weights: Weights) -> Floats:
    """Weighted column sums of a table of cases.

    Args:
        table: (n, k), what is summed.
        group: (n,), row of ``weights`` of each case's patient.
        weights: (patients, 1 + B).

    Returns:
        (k, 1 + B).
    """
    present, patient = np.unique(group, return_inverse=True)
    by_patient = np.stack([np.bincount(patient, column, present.size) for column in table.T])
    total = np.empty((table.shape[1], weights.shape[1]))
    for block in blocks(present.size, weights.shape[1]):
        total[:, block] = by_patient @ weights[present, block].astype(np.float64)
    return total


def ranking_draws(
    score: Floats, reference: Flags, group: Indices, weights: Weights
) -> tuple[Floats, Floats]:
    """AUROC and average precision of every resample, from one sort.

    Args:
        score: (n,).
        reference: (n,), both classes occur.
        group: (n,), row of ``weights`` of each case's patient.
        weights: (patients, 1 + B).

    Returns:
        AUROC and average precision, (1 + B,) each; NaN where a resample lacks a class.
    """
    positive, negative = np.flatnonzero(reference), np.flatnonzero(~reference)
    positive = positive[np.argsort(-score[positive], kind="stable")]  # best first
    negative = negative[np.argsort(-score[negative], kind="stable")]
    falling, falling_negative = -score[positive], -score[negative]
    # of each positive: how many negatives are above it, or not below; positives not below
    above = np.searchsorted(falling_negative, falling, side="left")
    not_below = np.searchsorted(falling_negative, falling, side="right")
    own = np.searchsorted(falling, falling, side="right")

    n_columns = weights.shape[1]
    area, precision = np.empty(n_columns), np.empty(n_columns)
    for block in blocks(score.size, n_columns):
        weight = weights[group[positive], block].astype(np.float64)
        false = _running(weights[group[negative], block])
        true = _running(weight)
        n_true, n_false = true[-1], false[-1]
        false_here = false[not_below]
        won = n_false - (false[above] + false_here) / 2
        pairs = n_true * n_false
        area[block] = ratio(np.einsum("ij,ij->j", weight, won), pairs)
        true_here = true[own]
        called = true_here + false_here
        at_each = np.divide(true_here, called, out=np.zeros_like(called), where=called > 0)
        summed = np.einsum("ij,ij->j", weight, at_each)
        precision[block] = np.where(pairs > 0, ratio(summed, n_true), np.nan)
    return area, precision


def _running(weight: Weights | Floats) -> Floats:
    """Cumulative sums down the cases, with a row of zeros before the first."""
    total = np.zeros((weight.shape[0] + 1, weight.shape[1]))
    np.cumsum(weight, axis=0, dtype=np.float64, out=total[1:])
    return total


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element; NaN where nothing is below the line."""
    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


def blocks(rows: int, columns: int) -> list[slice]:
    """Resamples, some at a time, so that what is worked on stays in the processor's cache."""
    width = max(1, CELLS_AT_ONCE // max(1, rows))
    return [slice(start, min(start + width, columns)) for start in range(0, columns, width)]
