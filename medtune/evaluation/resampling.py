"""The one bootstrap: patients are drawn, and every model and measure sees the same draws."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Indices, Weights

CELLS_AT_ONCE = 1 << 18  # cases x resamples held at a time: stays in the processor's cache
TILE = 32  # resamples turned round at a time


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
    for block, drawn in columns_of(weights, present.size):
        total[:, block] = by_patient @ drawn[:, present].T.astype(np.float64)
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

    of_positive, of_negative = group[positive], group[negative]
    n_columns = weights.shape[1]
    area, precision = np.empty(n_columns), np.empty(n_columns)
    for block, drawn in columns_of(weights, score.size):
        weight = drawn[:, of_positive].astype(np.float64)
        false, true = _running(drawn[:, of_negative]), _running(weight)
        n_true, n_false = true[:, -1], false[:, -1]
        false_here = false[:, not_below]
        won = n_false[:, None] - (false[:, above] + false_here) / 2
        pairs = n_true * n_false
        area[block] = ratio(np.einsum("ji,ji->j", weight, won), pairs)
        true_here = true[:, own]
        called = true_here + false_here
        at_each = np.divide(true_here, called, out=np.zeros_like(called), where=called > 0)
        summed = np.einsum("ji,ji->j", weight, at_each)
        precision[block] = np.where(pairs > 0, ratio(summed, n_true), np.nan)
    return area, precision


def columns_of(weights: Weights, cases: int) -> Iterator[tuple[slice, Weights]]:
    """The resamples, some at a time, each resample's weights side by side in memory.

    Args:
        weights: (patients, 1 + B).
        cases: how many cases are worked on: as many resamples as stay in the processor's cache.

    Yields:
        Which columns, and their weights, (columns, patients).
    """
    width = max(1, CELLS_AT_ONCE // max(1, cases))
    tile = max(width, TILE)
    for start in range(0, weights.shape[1], tile):
        # one column alone would touch a line of memory for every byte
        turned = np.ascontiguousarray(weights[:, start : start + tile].T)
        for first in range(0, len(turned), width):
            some = turned[first : first + width]
            yield slice(start + first, start + first + len(some)), some


def _running(weight: Weights | Floats) -> Floats:
    """Cumulative sums along the cases, with a 0 before the first."""
    total = np.zeros((weight.shape[0], weight.shape[1] + 1))
    np.cumsum(weight, axis=1, dtype=np.float64, out=total[:, 1:])
    return total


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element; NaN where nothing is below the line."""
    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out
