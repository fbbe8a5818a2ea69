"""Splits: which case teaches, tunes, calibrates or is judged. A group is never in two of them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.errors import LeakError
from medtune.tables.balance import balance
from medtune.tables.schema import TEXT, declare, read_table, write_table
from medtune.tables.tally import rarest_label, taper

COLUMNS = {"case_id": TEXT, "split": TEXT}

NAMES = ("train", "tune", "calibration", "test")
HELD_OUT = "held_out"  # new studies of sealed patients: neither taught nor judged


def stable_order(keys: pd.Series, seed: int) -> NDArray[np.uint64]:
    """A seeded order that depends on each key alone, so that it repeats on the same patients.

    Args:
        keys: (G,) one text a group, the same wherever and whenever the group is read.
        seed: another seed is another order.

    Returns:
        (G,) numbers to sort by: the first 8 bytes of SHA-256, which no library will change.
    """
    digests = b"".join([sha256(f"{seed}:{key}".encode()).digest() for key in keys.tolist()])
    return np.frombuffer(digests, dtype=">u8")[::4].astype(np.uint64)


def deal(
    counts: NDArray[Any],
    order: NDArray[np.uint64],
    shares: Mapping[str, float],
    given: NDArray[np.str_] | None = None,
) -> NDArray[np.str_]:
    """Deal groups to splits so that each split has its share of groups, of cases and of labels.

    Groups with the rarest label are dealt first, each to the split that lacks most of what it
    has, and in the end some change places (``medtune.tables.balance``). Where many groups have
    the same rarest label they go in bundles that taper to single ones, so that there are some
    thousand decisions for a million cases.

    Args:
        counts: (G, L) how many cases of a group have a label, or whether any has; for a finding
            that is two columns, present and absent, since either may be the rare one.
        order: (G,) the order in which groups with the same rarest label are dealt.
        shares: split name to its share; shares are relative to their sum.
        given: (G,) the split of each group that has one and keeps it, '' for those to be dealt:
            they go where the splits fell short. Names without a share stay out of account.

    Returns:
        (G,) split names.
    """
    names = np.array([name for name, share in shares.items() if share > 0])
    weights = np.array([shares[name] for name in names], dtype=np.float64)
    weights /= weights.sum()
    counts = np.asfortranarray(counts, dtype=np.int32)
    dealt = np.full(len(counts), "") if given is None else np.asarray(given, dtype=np.str_)
    new = np.flatnonzero(dealt == "")
    if not len(new):
        return dealt
    rank = rarest_label(counts, new)
    new = new[np.lexsort((order[new], rank))]
    kept = [np.flatnonzero(dealt == name) for name in names]
    split = balance(counts, new, taper(np.bincount(rank)), kept, weights)
    dealt = dealt.astype(np.result_type(dealt, names))
    dealt[new] = names[split]
    return dealt


def check_groups(splits: pd.DataFrame) -> None:
    """Refuse a split in which a group is on two sides.

    Args:
        splits: columns case_id, group_id and split.

    Raises:
        LeakError: with the number of such groups.
    """
    sides = splits.loc[splits["split"] != HELD_OUT, ["group_id", "split"]].drop_duplicates()
    leaking = sides.loc[sides["group_id"].duplicated(), "group_id"].nunique()
    if leaking:
        raise LeakError(
            f"{leaking} of {sides['group_id'].nunique()} patients are in two splits at once. A "
            "patient must be in one split only, with all films."
        )


def read_splits(path: Path) -> pd.DataFrame:
    """Read ``splits.parquet``."""
    return declare(read_table(path), COLUMNS, "splits")


def write_splits(frame: pd.DataFrame, path: Path) -> None:
    """Write ``splits.parquet``."""
    write_table(declare(frame, COLUMNS, "splits"), path)
