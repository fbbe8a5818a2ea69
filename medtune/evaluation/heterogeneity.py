"""Whether groups of patients differ: one test of all, and how far the best is from the worst."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from medtune.evaluation.arrays import Flags, Floats, Indices
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.ranking import placements

DRAWS = 10_000
NO_SPREAD = "the groups' values have no variance: no interval can be given"


def auroc_influence(score: Floats, reference: Flags, patient: Indices, patients: int) -> Floats:
    """How much each patient moves an AUROC: (patients,), summing to 0.

    Args:
        score: (n,).
        reference: (n,), both classes occur.
        patient: (n,), index of each case's patient.
        patients: how many there are.
    """
    placed = placements(score, reference)
    size = np.where(reference, reference.sum(), (~reference).sum())
    moved = np.bincount(patient, (placed - placed[reference].mean()) / size, patients)
    return moved.astype(np.float64)


def mean_influence(value: Floats, patient: Indices, patients: int) -> Floats:
    """How much each patient moves a mean over cases: (patients,), summing to 0."""
    moved = np.bincount(patient, (value - value.mean()) / value.size, patients)
    return moved.astype(np.float64)


def gap(names: list[str], value: Floats, influence: Floats, level: float, seed: int) -> Estimate:
    """The highest value minus the lowest, and a test that all are the same.

    Args:
        names: (k,), of the groups.
        value: (k,), each group's value.
        influence: (k, patients), each patient's influence on each; patients in several groups
            make them depend on one another.
        level: confidence level.
        seed: of the draws.

    Returns:
        The gap. Its interval is that of gaps drawn from the normal approximation to the values;
        a gap is never below 0, so it lies above 0 where nothing but chance makes it. The p value
        is that of Wald's test of equality (k - 1 degrees of freedom).
    """
    if len(names) < 2:
        return not_estimable("fewer than two groups are estimable")
    covariance = influence @ influence.T
    contrast = np.eye(len(names))[1:] - np.eye(len(names))[0]
    spread = contrast @ covariance @ contrast.T
    if np.linalg.matrix_rank(spread, hermitian=True) < len(spread):
        return not_estimable(NO_SPREAD)
    apart = contrast @ value
    statistic = float(apart @ np.linalg.solve(spread, apart))
    drawn = np.random.default_rng(seed).multivariate_normal(value, covariance, DRAWS, method="eigh")
    tail = (1 - level) / 2
    low, high = np.quantile(np.ptp(drawn, axis=1), [tail, 1 - tail])
    highest, lowest = names[int(np.argmax(value))], names[int(np.argmin(value))]
    return Estimate(
        float(np.ptp(value)),
        float(low),
        float(high),
        p_value=float(chi2.sf(statistic, len(names) - 1)),
        method=f"highest in {highest}, lowest in {lowest}; normal approximation; Wald's test",
    )
