"""Points of the ROC curve that no threshold is chosen for, in every resample.

Sensitivity at a given specificity, specificity at a given sensitivity, and the area over the
highest specificities, each interpolated linearly between the corners of the curve, as pROC does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from medtune.evaluation.arrays import Flags, Floats, Indices, Weights
from medtune.evaluation.resampling import blocks, ratio


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
    for block in blocks(score.size, columns):
        weight = weights[group[order], block].astype(np.float64)
        true, false = (
            np.cumsum(np.add.reduceat(weight * own[:, None], start, axis=0), axis=0)
            for own in (positive, ~positive)
        )
        x = ratio(false, np.broadcast_to(false[-1], false.shape))
        y = ratio(true, np.broadcast_to(true[-1], true.shape))
        origin = np.zeros((1, x.shape[1]))
        x, y = np.concatenate([origin, x]), np.concatenate([origin, y])
        fine = (false[-1] > 0) & (true[-1] > 0)
        at = np.flatnonzero(fine)
        x, y, places = x[:, fine], y[:, fine], block.start + at
        reach = 1 - specificity
        height, before = _along(x, y, reach)
        found.sensitivity[places] = height
        found.area[places] = _area(x, y, reach, height, before)
        # the same curve from the other side: specificity over the share that is missed
        found.specificity[places] = _along(1 - y[::-1], 1 - x[::-1], 1 - sensitivity)[0]
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


def _along(x: Floats, y: Floats, at: float) -> tuple[Floats, Indices]:
    """The highest y at a given x, column by column, and the corner before it."""
    columns = np.arange(x.shape[1])
    before = (x <= at + 1e-12).sum(axis=0) - 1  # 1 - 0.9 is a little more than 0.1
    after = np.minimum(before + 1, len(x) - 1)
    x0, y0 = x[before, columns], y[before, columns]
    rise, run = y[after, columns] - y0, x[after, columns] - x0
    steps = np.divide(rise * (at - x0), run, out=np.zeros_like(run), where=run > 0)
    return y0 + np.maximum(steps, 0), before


def _area(x: Floats, y: Floats, reach: float, height: Floats, before: Indices) -> Floats:
    """Trapezoids up to ``reach``, of which the last is cut."""
    columns = np.arange(x.shape[1])
    strips = np.diff(x, axis=0) * (y[1:] + y[:-1]) / 2
    inside = np.arange(1, len(x))[:, None] <= before
    whole = np.where(inside, strips, 0).sum(axis=0)
    return whole + (reach - x[before, columns]) * (y[before, columns] + height) / 2
