"""Splits: which case teaches, tunes, calibrates or is judged. A group is never in two of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.errors import LeakError
from medtune.tables.schema import TEXT, declare, read_table, write_table

COLUMNS = {"case_id": TEXT, "split": TEXT}

NAMES = ("train", "tune", "calibration", "test")
HELD_OUT = "held_out"  # new studies of sealed patients: neither taught nor judged


def stable_order(keys: pd.Series, seed: int) -> NDArray[np.uint64]:
    """A seeded order that depends on each key alone, so that it repeats on the same patients.

    Args:
        keys: (G,) one text a group, the same wherever and whenever the group is read.
        seed: another seed is another order.

    Returns:
        (G,) numbers to sort by.
    """
    digests = [hashlib.sha256(f"{seed}:{key}".encode()).digest()[:8] for key in keys]
    return np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)


def deal(
    labels: NDArray[np.bool_], order: NDArray[np.uint64], shares: Mapping[str, float]
) -> NDArray[np.str_]:
    """Deal groups to splits so that each split has its share of every label.

    Iterative stratification (Sechidis et al. 2011) over groups: the rarest label is dealt first,
    each of its groups to the split that lacks most of it.

    Args:
        labels: (G, L) whether any case of the group has the label; for a finding that is two
            columns, present and absent, since either may be the rare one.
        order: (G,) the order in which groups of one label are dealt.
        shares: split name to its share; shares are relative to their sum.

    Returns:
        (G,) split names.
    """
    names = [name for name, share in shares.items() if share > 0]
    weights = np.array([shares[name] for name in names], dtype=np.float64)
    weights /= weights.sum()
    groups, _ = labels.shape
    wanted = weights * groups
    wanted_of = labels.sum(axis=0)[:, None] * weights[None, :]
    assigned = np.full(groups, -1)
    by_order = np.argsort(order, kind="stable")
    rarest_first = np.argsort(labels.sum(axis=0), kind="stable")
    for label in [*rarest_first.tolist(), None]:
        for group in by_order:
            if assigned[group] >= 0 or (label is not None and not labels[group, label]):
                continue
            lacking = wanted if label is None else wanted_of[label]
            most = np.flatnonzero(np.isclose(lacking, lacking.max(), atol=1e-9))
            choice = int(most[np.argmax(wanted[most])])
            assigned[group] = choice
            wanted[choice] -= 1
            wanted_of[labels[group], choice] -= 1
    return np.array(names)[assigned]


def check_groups(splits: pd.DataFrame) -> None:
    """Refuse a split in which a group is on two sides.

    Args:
        splits: columns case_id, group_id and split.

    Raises:
        LeakError: with the number of such groups.
    """
    sides = splits[splits["split"] != HELD_OUT].groupby("group_id")["split"].nunique()
    leaking = int((sides > 1).sum())
    if leaking:
        raise LeakError(
            f"{leaking} of {len(sides)} patients are in two splits at once. A patient must be in "
            "one split only, with all films."
        )


def read_splits(path: Path) -> pd.DataFrame:
    """Read ``splits.parquet``."""
    return declare(read_table(path), COLUMNS, "splits")


def write_splits(frame: pd.DataFrame, path: Path) -> None:
    """Write ``splits.parquet``."""
    write_table(declare(frame, COLUMNS, "splits"), path)
