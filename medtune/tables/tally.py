"""Tallies: how many groups, groups with any case of a label, and such cases a bundle holds."""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SINGLES = 300  # how many groups go one by one, at least


def count_labels(groups: NDArray[np.intp], labels: Iterable[pd.Series]) -> NDArray[np.int32]:
    """How many cases of each group have each label present, and how many have it absent.

    Args:
        groups: (N,) each case's group, numbered from 0.
        labels: (N,) each: 1 present, 0 absent, empty unknown.

    Returns:
        (G, 2 F): of each label present and absent.
    """
    many = int(groups.max(initial=-1)) + 1
    first = 3 * groups
    counts = []
    for label in labels:
        value = label.astype("Int8").to_numpy(dtype=np.int8, na_value=2)
        cells = np.bincount(first + value, minlength=3 * many)
        counts += [cells[1::3], cells[0::3]]
    return np.array(counts, dtype=np.int32).T


def rarest_label(counts: NDArray[np.int32], groups: NDArray[np.intp]) -> NDArray[np.uint16]:
    """The rank of each group's rarest label: 0 for the rarest, L for a group that has none.

    Args:
        counts: (G, L) how many of a group's cases have each label.
        groups: (M,) numbers of groups.

    Returns:
        (M,) ranks.
    """
    has = [counts[:, label].take(groups) > 0 for label in range(counts.shape[1])]
    rarest_first = np.argsort([np.count_nonzero(label) for label in has], kind="stable")
    rank = np.full(len(groups), len(has), dtype=np.uint16)
    for place in reversed(range(len(has))):
        rank = np.where(has[rarest_first[place]], np.uint16(place), rank)
    return rank


def taper(ranked: NDArray[np.intp]) -> NDArray[np.int64]:
    """Sizes of bundles: of the groups of each rank many at once at first, in the end one.

    Args:
        ranked: (R,) how many groups there are of each rank.

    Returns:
        (B,) sizes, rank after rank.
    """
    singles = max(SINGLES // np.count_nonzero(ranked), isqrt(int(ranked.sum())) // 4)
    sizes = []
    for left in ranked.tolist():
        while left:
            sizes.append(max(1, left // singles))
            left -= sizes[-1]
    return np.array(sizes)


def tally(
    counts: NDArray[np.int32], groups: NDArray[np.intp], sizes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """What bundles of groups hold.

    Args:
        counts: (G, L) how many of a group's cases have each label.
        groups: (M,) numbers of groups, bundle after bundle.
        sizes: (B,) how many of them each bundle has, at least one unless there is none at all.

    Returns:
        (B, 1 + 2 L): groups; for each label groups that have any; for each label cases.
    """
    labels = counts.shape[1]
    table = np.zeros((len(sizes), 1 + 2 * labels), dtype=np.int64)
    if not len(groups):
        return table
    table[:, 0] = sizes
    starts = np.cumsum(sizes) - sizes
    for label in range(labels):
        column = counts[:, label].take(groups)
        table[:, 1 + label] = np.add.reduceat(column > 0, starts, dtype=np.int64)
        table[:, 1 + labels + label] = np.add.reduceat(column, starts, dtype=np.int64)
    return table
