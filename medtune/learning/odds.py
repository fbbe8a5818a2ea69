"""How often each case is drawn for training, where that is not once an epoch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Odds = NDArray[np.float64]  # (N,), mean 1: how often an epoch of N draws is expected to draw a case


def class_balanced(targets: NDArray[np.floating], known: NDArray[np.bool_]) -> Odds:
    """Every finding, and no finding, is drawn for equally often.

    Class-aware sampling (Shen, Lin and Huang 2016, arXiv 1512.05830): first a class is drawn, each
    alike, then one of its cases, each alike. The classes are the findings, of which a
    case may have several, and one for the cases in which no finding is known to be present. So each
    of C classes has at least 1 / C of the draws, and more only by what its cases share with others.
    A case of which nothing is known is not drawn, since it teaches nothing.

    Args:
        targets: (N, F) in [0, 1]; above 0.5 is present; anything where unknown.
        known: (N, F), not all False.

    Raises:
        ValueError: nothing is known of any case.
    """
    if not known.any():
        raise ValueError("no case has a known target: there is nothing to balance")
    present = known & (np.where(known, targets, 0.0) > 0.5)
    none = known.any(axis=1) & ~present.any(axis=1)
    members = np.column_stack([present, none])
    sizes = members.sum(axis=0)
    members, sizes = members[:, sizes > 0], sizes[sizes > 0]
    return np.asarray(len(members) * (members / sizes).mean(axis=1))


def patient_balanced(groups: NDArray[np.str_]) -> Odds:
    """Every patient is drawn equally often, however many films there are of each.

    Args:
        groups: (N,) patients.
    """
    _, patient, films = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(len(groups) / (len(films) * films[patient]))
