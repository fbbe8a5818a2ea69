"""Balance: bundles of groups go to the split that lacks them most, then some change places.

What is made small is the sum, over the columns k of a tally and the splits s, of
(N_sk - w_s T_k)^2 / (w_s V_k). N is what a split has, w its share, T the column's total and V its
sum of squares over single groups: dealt by chance, each column would add as much as any other, so
that a rare finding counts as much as a common one. Groups count twice as much as their cases,
since it is groups that measures are resampled by.

All sums of products are of whole numbers, below 2^63 in int64 and below 2^53 in float64: they are
exact in whatever order a machine adds them, and the same deal comes out everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medtune.tables.tally import tally

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]
Tallies = NDArray[np.int64]

CHANGING = 400, 1000  # how many groups may change places: at least, at most
GROUPS = 2  # what a column of groups counts, where one of cases counts 1
SWEEPS = 10  # how often each pair of splits is looked at
NOTHING = 1e-9  # of the sum: not worth a change


def balance(
    counts: NDArray[np.int32], new: Numbers, sizes: Numbers, kept: Sequence[Numbers], shares: Floats
) -> Numbers:
    """Deal groups to splits.

    Args:
        counts: (G, L) how many of a group's cases have each label.
        new: (M,) the groups to deal, in the order in which they are dealt.
        sizes: (B,) how many of them go together.
        kept: (S,) the groups that each split has already.
        shares: (S,) the splits' shares, positive, sum 1.

    Returns:
        (M,) number of the split that each goes to.
    """
    bundles = tally(counts, new, sizes)
    start = np.concatenate([tally(counts, groups, np.array([len(groups)])) for groups in kept])
    total = start.sum(axis=0) + bundles.sum(axis=0)
    chance = _squares(counts)
    labels = counts.shape[1]
    chance[: 1 + labels] /= GROUPS
    # a label that nobody has says nothing, nor that all have some
    telling = total > 0
    telling[1 : 1 + labels] &= total[1 : 1 + labels] < total[0]
    bundles, start = bundles[:, telling], start[:, telling]
    chance = chance[telling]

    dealt, has = lacking_first(bundles, start, shares, chance)
    split = np.repeat(dealt, sizes)
    few = np.arange(len(new))
    many = int(np.clip(3 * isqrt(len(few)), *CHANGING))
    if len(few) > many:  # those with the rarest labels, and some of every kind
        half = many // 2
        few = np.concatenate([few[:half], half + few[:half] * (len(few) - half) // half])
    members = tally(counts, new[few], np.ones_like(few))[:, telling]
    split[few] = change_places(members, split[few], has, shares, chance)
    return split


def lacking_first(
    bundles: Tallies, start: Tallies, shares: Floats, chance: Floats
) -> tuple[Numbers, Tallies]:
    """Give each bundle, one after the other, to the split where it makes the sum smallest.

    With single groups and one label this is the rule of iterative stratification (Sechidis et al.
    2011): to the split that lacks most of it.

    Args:
        bundles: (B, K) what each holds of each column.
        start: (S, K) what the splits have before.
        shares: (S,) positive, sum 1.
        chance: (K,) V of the sum.

    Returns:
        (B,) number of the split of each, and (S, K) what the splits have then.
    """
    step = np.rint(_unit(bundles, shares, bits=60) / chance).astype(np.int64)
    pull, own = 2 * bundles * step, (bundles * bundles) @ step
    has = start.T.copy()
    chosen = np.empty(len(bundles), dtype=np.intp)
    for i, bundle in enumerate(bundles):
        chosen[i] = split = int(((pull[i] @ has + own[i]) / shares).argmin())
        has[:, split] += bundle
    return chosen, has.T


def change_places(
    members: Tallies, split: Numbers, has: Tallies, shares: Floats, chance: Floats
) -> Numbers:
    """Let two groups change places, or one move, as long as that makes the sum smaller.

    Args:
        members: (M, K) what each group holds of each column.
        split: (M,) where it is.
        has: (S, K) what the splits have of all groups.
        shares: (S,) positive, sum 1.
        chance: (K,) V of the sum.

    Returns:
        (M,) where each is in the end.
    """
    nobody = len(members)  # who changes places with nobody moves
    holds = np.concatenate([members, np.zeros_like(members[:1])]).astype(np.float64)
    unit = _unit(holds, shares, bits=50)
    scaled = holds * np.rint(unit / chance)
    alike = scaled @ holds.T
    filled = has.astype(np.float64) @ scaled.T
    split, own = np.append(split, -1), alike.diagonal()
    for _ in range(SWEEPS):
        changed = False
        for a, b in combinations(range(len(shares)), 2):
            both = 1 / shares[a] + 1 / shares[b]
            pull = 2 * (filled[b] / shares[b] - filled[a] / shares[a])
            from_a = np.append(np.flatnonzero(split == a), nobody)
            from_b = np.append(np.flatnonzero(split == b), nobody)
            change = alike[from_a][:, from_b]
            change *= -2 * both
            change += (own * both + pull)[from_a][:, None]
            change += (own * both - pull)[from_b]
            best = int(change.argmin())
            if change.flat[best] >= -NOTHING * unit:
                continue
            one, other = from_a[best // len(from_b)], from_b[best % len(from_b)]
            filled[a] += alike[other] - alike[one]
            filled[b] += alike[one] - alike[other]
            split[one], split[other], split[nobody] = b, a, -1
            changed = True
        if not changed:
            break
    return split[:nobody]


def _squares(counts: NDArray[np.int32]) -> Floats:
    """(1 + 2 L,) sums of squares of a tally's columns, each group taken alone."""
    having = np.count_nonzero(counts, axis=0)
    squares = np.einsum("gl,gl->l", counts, counts, dtype=np.int64)
    return np.concatenate([[len(counts)], having, squares]).astype(np.float64)


def _unit(tallies: NDArray[Any], shares: Floats, bits: int) -> float:
    """The power of 2 that stands for 1: as fine as can be while sums stay below 2^(bits + 3)."""
    largest = int(tallies.sum(axis=1).max() / shares.min())
    return float(2.0 ** (bits - largest.bit_length()))
