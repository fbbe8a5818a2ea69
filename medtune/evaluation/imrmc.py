"""The scores as a file for iMRMC, the FDA's program for studies of several readers and modalities.

A model is a modality. Who read is the column 'reader' where the predictions have one; else each
training of the fine-tuned model (its seeds) is a reader of that modality, and any other model has
one. iMRMC takes designs that are not fully crossed (Gallas & Brown 2008); with one reader it has
no variance between readers, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from medtune.errors import DataError
from medtune.evaluation.pooling import pool_studies

READER = "reader"
SEED = ":seed="
ALONE = "alone"


@dataclass(frozen=True)
class Reads:
    """One finding for iMRMC.

    Attributes:
        text: the file.
        cases: columns number (in the file) and study_id.
    """

    text: str
    cases: pd.DataFrame


def imrmc(
    predictions: pd.DataFrame,
    target: str,
    *,
    pool: Literal["mean", "max"] = "mean",
    judged_split: str = "test",
) -> Reads:
    """Write one finding as iMRMC reads it (DIDSR/iMRMC, files '.imrmc').

    Free text, the numbers of readers, cases without and with the finding and modalities, then a
    line a score: reader, case, modality, score. Lines of reader -1 and modality 0 are the truth.

    Args:
        predictions: table of ``medtune.tables.predictions``; 'reader' may follow.
        target: a finding.
        pool: how the scores of a study's films become one.
        judged_split: the split whose cases are written.

    Raises:
        DataError: no case of the split has this finding's reference, or one class only.
    """
    rows = predictions[
        (predictions["target"] == target) & (predictions["split"] == judged_split)
    ].copy()
    if READER in rows:
        rows["who"] = rows[READER].astype("string").fillna(ALONE)
    else:
        rows["who"] = rows["model"].str.partition(SEED)[2].replace("", ALONE)
        rows["model"] = rows["model"].str.partition(SEED)[0]
    if rows.empty:
        raise DataError(f"{target}: the {judged_split} split has no case of it.")
    parts = [_of(reader, part, pool, judged_split) for reader, part in rows.groupby("who")]
    reads = pd.concat(parts, ignore_index=True)
    reads = reads[np.isfinite(reads["reference"].astype(float))]
    truth = reads.groupby("study_id")["reference"].first().sort_index()
    present = int((truth == 1).sum())
    if present in (0, len(truth)):
        raise DataError(f"{target}: {len(truth)} judged studies, {present} of them with it: "
                        "iMRMC needs both.")  # fmt: skip
    number = {study: place for place, study in enumerate(truth.index, start=1)}
    modality = _numbers(reads["model"])
    reader = _numbers(reads["who"])
    lines = [
        f"medtune: {target}, {judged_split} split, one score a study",
        *(f"modality {n}: {name}" for name, n in modality.items()),
        *(f"reader {n}: {name}" for name, n in reader.items()),
        f"NR: {len(reader)}",
        f"N0: {len(truth) - present}",
        f"N1: {present}",
        f"NM: {len(modality)}",
        "",
        "BEGIN DATA:",
        *(f"-1,{number[study]},0,{int(value)}" for study, value in truth.items()),
    ]
    scored = reads[np.isfinite(reads["score"].astype(float))]
    scored = scored.sort_values(["who", "study_id", "model"], kind="stable")
    for row in scored.to_dict("records"):
        who, model = reader[row["who"]], modality[row["model"]]
        lines.append(f"{who},{number[row['study_id']]},{model},{float(row['score'])!r}")
    cases = pd.DataFrame({"number": list(number.values()), "study_id": list(number)})
    return Reads("\n".join(lines) + "\n", cases)


def _of(
    reader: object, part: pd.DataFrame, pool: Literal["mean", "max"], split: str
) -> pd.DataFrame:
    """One reader's studies."""
    scores = pool_studies(part.drop(columns="who"), pool, split).scores
    return scores[["study_id", "model", "score", "reference"]].assign(who=str(reader))


def _numbers(names: pd.Series) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(sorted(set(map(str, names))), start=1)}
