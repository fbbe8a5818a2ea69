"""Points of the ROC curve that no threshold is chosen for, in every resample.

Sensitivity at a given specificity, specificity at a given sensitivity, and the area over the
highest specificities, each interpolated linearly between the corners of the curve, as pROC does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.resampling import columns_of


@dataclass(frozen=True)
class RocAt:
    """Points of a curve, (1 + B,) each; NaN where a resample lacks a class.

    Attributes:
        sensitivity: at the specificity that was asked for.
        specificity: at the sensitivity that was asked for.
        area: partial area, from specificity 1 to the one asked for.
    """

    sensitivity: Floats
    specificity: Floats
    area: Floats


def roc_at(
    score: Floats,
    reference: Flags,
    group: Indices,
    weights: Weights,
    *,
    specificity: float,
    sensitivity: float,
) -> RocAt:
    """Read the curve of every resample, from one sort.

    Args:
        score: (n,).
        reference: (n,), both classes occur.
        group: (n,), row of ``weights`` of each case's patient.
        weights: (patients, 1 + B).
        specificity: at which the sensitivity is read, and to which the area reaches.
        sensitivity: at which the specificity is read.
    """
    order = np.argsort(-score, kind="stable")
    positive = reference[order]
    start = _corners(score[order], positive)
    columns = weights.shape[1]
    found = RocAt(*(np.full(columns, np.nan) for _ in range(3)))
    hits, patient = positive.astype(np.float64), group[order]
    for block, drawn in columns_of(weights, score.size):
        weight = drawn[:, patient].astype(np.float64)
        true = np.cumsum(np.add.reduceat(weight * hits, start, axis=1), axis=1)
        false = np.cumsum(np.add.reduceat(weight, start, axis=1), axis=1) - true
        fine = (false[:, -1] > 0) & (true[:, -1] > 0)
        x = _from_origin(false[fine] / false[fine, -1:])
        y = _from_origin(true[fine] / true[fine, -1:])
        places = block.start + np.flatnonzero(fine)
        reach = 1 - specificity
        height, before = _along(x, y, reach)
        found.sensitivity[places] = height
        found.area[places] = _area(x, y, reach, height, before)
        # the same curve from the other side: specificity over the share that is missed
        missed, cleared = 1 - y[:, ::-1], 1 - x[:, ::-1]
        found.specificity[places] = _along(missed, cleared, 1 - sensitivity)[0]
    return found


def standardised(area: Floats, specificity: float) -> Floats:
    """A partial area on the scale on which 0.5 is chance and 1 is perfect (McClish 1989)."""
    reach = 1 - specificity
    lowest = reach**2 / 2
    return np.asarray((1 + (area - lowest) / (reach - lowest)) / 2, np.float64)


def _corners(score: Floats, positive: Flags) -> Indices:
    """Where the steps of the curve begin: ties go together, and so do runs of one class."""
    new = np.flatnonzero(np.append(True, score[1:] != score[:-1]))
    size = np.diff(np.append(new, score.size))
    hits = np.add.reduceat(positive.astype(np.intp), new)
    kind = np.where(hits == size, 1, np.where(hits == 0, 0, 2))  # 2: both classes tie
    kept = np.append(True, (kind[1:] != kind[:-1]) | (kind[1:] == 2))
    return new[kept]


def _from_origin(share: Floats) -> Floats:
    return np.concatenate([np.zeros((len(share), 1)), share], axis=1)


def _along(x: Floats, y: Floats, at: float) -> tuple[Floats, Indices]:
    """The highest y at a given x, row by row, and the corner before it."""
    rows = np.arange(len(x))
    before = (x <= at + 1e-12).sum(axis=1) - 1  # 1 - 0.9 is a little more than 0.1
    after = np.minimum(before + 1, x.shape[1] - 1)
    x0, y0 = x[rows, before], y[rows, before]
    rise, run = y[rows, after] - y0, x[rows, after] - x0
    steps = np.divide(rise * (at - x0), run, out=np.zeros_like(run), where=run > 0)
    return y0 + np.maximum(steps, 0), before


def _area(x: Floats, y: Floats, reach: float, height: Floats, before: Indices) -> Floats:
    """Trapezoids up to ``reach``, of which the last is cut."""
    rows = np.arange(len(x))
    last = int(before.max(initial=0))
    strips = np.diff(x[:, : last + 1], axis=1) * (y[:, 1 : last + 1] + y[:, :last]) / 2
    inside = np.arange(1, last + 1) <= before[:, None]
    whole = np.where(inside, strips, 0).sum(axis=1)
    return whole + (reach - x[rows, before]) * (y[rows, before] + height) / 2
