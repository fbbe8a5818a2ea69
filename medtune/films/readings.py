"""The reading list: which studies two radiologists read anew, and the sheets they read on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.errors import DataError
from medtune.tables.schema import TEXT, declare, write_whole
from medtune.tables.splits import stable_order

READERS = ("reader_1", "reader_2")
ALL, PRESENT, REST = "all", "labelled present", "not labelled present"
LIST_COLUMNS = {
    "reading": TEXT,  # number of the study on every sheet; tells nothing about it
    "study_id": TEXT,
    "group_id": TEXT,
    "key": TEXT,  # what the reader finds the film by
    "found_by": TEXT,  # the name of that: accession_number, or what the run joins on
    "study_date": TEXT,
    "stratum": TEXT,
    "weight": "float64",  # 1 / chance of being drawn
}
# Columns of the sheets and of what is made of them: no finding can be called so.
NOT_FINDINGS = frozenset({
    "reading", "reader", "quality", "remark", "study_date", "finding", "adjudicated", "adjudicator",
    "reader_1", "reader_2", "blinded_to", "stratum", "weight", "sop_instance_uid", "study_uid",
    "accession_number", "patient_id", "file_name",
})  # fmt: skip


def draw_reading_list(
    studies: pd.DataFrame,
    number: int,
    *,
    seed: int,
    present: pd.Series | None = None,
    of_present: int = 0,
) -> pd.DataFrame:
    """Draw studies at random, blind to every score: one of each patient first.

    A longer list of the same seed contains the shorter one. Nothing depends on the order of the
    studies or on which others are drawn.

    Args:
        studies: one row a study: study_id, group_id, and ``patient`` and ``study``, texts that
            name both alike wherever they are read.
        number: how many studies.
        seed: another seed draws others.
        present: for a list enriched with a rare finding: whether each study is labelled present,
            indexed as the studies.
        of_present: how many of these are drawn; the others come from the rest.

    Returns:
        study_id, group_id, stratum and weight (1 / chance of being drawn) of the studies drawn.

    Raises:
        DataError: more studies are wanted than there are.
    """
    if present is None:
        return _draw(studies, number, seed, ALL)
    if of_present > number:
        raise DataError(f"{of_present} studies labelled present do not fit in a list of {number}.")
    return pd.concat(
        [
            _draw(studies[present], of_present, seed, PRESENT),
            _draw(studies[~present], number - of_present, seed, REST),
        ],
        ignore_index=True,
    )


def _draw(studies: pd.DataFrame, number: int, seed: int, stratum: str) -> pd.DataFrame:
    """The first studies by (round, patient's place): a patient's studies are of different rounds.

    In round r stand the patients with more than r studies, so a study of a patient with k is
    drawn with the chance of the sum over r < k of (share of round r that is drawn) / k.
    """
    which = "" if stratum == ALL else f" {stratum}"
    if number > len(studies):
        raise DataError(
            f"The test split has {len(studies)} studies{which}, and {number} were asked for."
        )
    placed = studies[["study_id", "group_id"]].assign(
        own=stable_order(studies["study"], seed), place=stable_order(studies["patient"], seed)
    )
    by_patient = placed.sort_values("own", kind="stable").groupby("group_id")
    placed["round"] = by_patient.cumcount()
    placed["of"] = by_patient["study_id"].transform("size")
    placed = placed.sort_values(["round", "place", "own"], kind="stable", ignore_index=True)
    sizes = np.bincount(placed["round"], minlength=1)
    before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    taken = np.clip(number - before, 0, sizes)
    share = np.cumsum(taken / np.maximum(sizes, 1))
    drawn = placed.head(number)
    chance = share[drawn["of"].to_numpy() - 1] / drawn["of"].to_numpy()
    return drawn[["study_id", "group_id"]].assign(stratum=stratum, weight=1 / chance)


def numbered(drawn: pd.DataFrame, facts: pd.DataFrame, *, key: str, seed: int) -> pd.DataFrame:
    """The list with a reading number for each study, in an order that tells nothing.

    Args:
        drawn: as ``draw_reading_list`` gives it.
        facts: of these and other studies, indexed by study_id: study, key and study_date.
        key: the name of what stands in ``facts.key``.
        seed: as the list's.

    Returns:
        The table of ``LIST_COLUMNS``.
    """
    rows = drawn.join(facts[["study", "key", "study_date"]], on="study_id")
    rows["order"] = _order(rows["study"], seed, "number")
    rows = rows.sort_values("order", ignore_index=True)
    name = list_name(rows["study"], rows["stratum"], seed)
    rows["found_by"] = key
    rows["reading"] = [f"{name}-{place:03d}" for place in range(1, len(rows) + 1)]
    return declare(rows, LIST_COLUMNS, "reading list")[list(LIST_COLUMNS)]


def list_name(studies: pd.Series, strata: pd.Series, seed: int) -> str:
    """Six letters and digits that name one list: its studies, its strata and its seed."""
    content = sorted(f"{study}|{stratum}" for study, stratum in zip(studies, strata, strict=True))
    return hashlib.sha256("\n".join([str(seed), *content]).encode()).hexdigest()[:6]


def sheet(listed: pd.DataFrame, findings: list[str], reader: str) -> pd.DataFrame:
    """The empty sheet of one reader, in an order of its own: nothing but where the films are.

    Args:
        listed: the numbered list.
        findings: a column to fill each: 1, 0, -1 (uncertain) or empty.
        reader: reader_1 or reader_2.
    """
    key = str(listed["found_by"].iloc[0])
    seed = int(hashlib.sha256(reader.encode()).hexdigest()[:8], 16)
    rows = listed.assign(order=_order(listed["reading"], seed, "sheet")).sort_values("order")
    rows = rows.rename(columns={"key": key})[["reading", key, "study_date"]]
    empty = dict.fromkeys(["reader", *findings, "quality", "remark"], "")
    return rows.assign(**empty).reset_index(drop=True)


def write_private(frame: pd.DataFrame, path: Path) -> None:
    """Write a table that leads to patients: whole or not at all, for its owner's eyes only."""

    def write(partial: Path) -> None:
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
        if path.suffix == ".csv":
            frame.to_csv(partial, index=False)
        else:
            frame.to_parquet(partial, index=False)

    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, write)


def _order(names: pd.Series, seed: int, purpose: str) -> NDArray[np.uint64]:
    return stable_order(names.astype(str) + f":{purpose}", seed)
