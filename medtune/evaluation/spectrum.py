"""How many studies of each split have a finding (STARD 2015, item 20)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.estimate import not_estimable
from medtune.evaluation.intervals import is_clustered, proportion
from medtune.evaluation.subgroups import suppressed

JUDGED = "test"  # its 2 x 2 table stands in every report: its counts are not hidden
PRESENT, ABSENT = "present", "absent"
COLUMNS = ["group_id", "study_id", "split", "target", "label"]


def labels_of_cases(cases: pd.DataFrame, findings: Sequence[str]) -> pd.DataFrame:
    """The labels of a table of cases with their split: a row a case and finding."""
    keys = ["group_id", "study_id", "split"]
    long = cases.melt(keys, list(findings), var_name="target", value_name="label")
    return long[COLUMNS]


def labels_of_predictions(predictions: pd.DataFrame, findings: Sequence[str]) -> pd.DataFrame:
    """The same from one model's predictions; a case without a study is its own."""
    rows = predictions[predictions["target"].isin(findings)]
    study = rows["case_id"]
    if "study_id" in rows:
        study = rows["study_id"].fillna(study)
    return rows.assign(study_id=study).rename(columns={"reference": "label"})[COLUMNS]


def prevalence_rows(
    labels: pd.DataFrame, *, level: float, min_cell: int, exact: bool = False
) -> list[dict[str, Any]]:
    """The share of studies with a finding, with its interval, in every split.

    A study counts once. What rests on fewer than ``min_cell`` patients on either side is not
    shown, but of the test, whose 2 x 2 table is printed anyway.

    Args:
        labels: group_id, study_id, split, target and label (1 present, 0 absent, empty unknown);
            of the films of a study all say the same.
        level: confidence level.
        min_cell: the least number of patients that is shown.
        exact: whether independent studies get the exact interval and not Wilson's.

    Returns:
        Rows with split, finding, studies (labelled ones), patients, positive (studies), value, low,
        high, method and reason, in the order of the labels; None where there is no number.
    """
    value = pd.to_numeric(labels["label"], errors="coerce")
    known = labels.assign(label=value)[value.isin([0, 1])]
    known = known.drop_duplicates(["split", "target", "study_id"])
    rows = []
    splits = labels["split"].unique()  # once: a row at a time takes seconds of a large table
    for finding in labels["target"].unique():
        for split in splits:
            part = known[(known["target"] == finding) & (known["split"] == split)]
            rows.append(_row(str(split), str(finding), part, level, min_cell, exact=exact))
    return rows


def _row(
    split: str, finding: str, part: pd.DataFrame, level: float, min_cell: int, *, exact: bool
) -> dict[str, Any]:
    present = part["label"].to_numpy() == 1
    _, group = np.unique(part["group_id"].to_numpy(str), return_inverse=True)
    patients = {PRESENT: np.unique(group[present]).size, ABSENT: np.unique(group[~present]).size}
    hidden = {} if split == JUDGED else suppressed(patients, min_cell)
    counts: dict[str, int | None] = {
        "studies": present.size,
        "patients": np.unique(group).size,
        "positive": int(present.sum()),
    }
    if hidden:
        found, counts = not_estimable(next(iter(hidden.values()))), dict.fromkeys(counts)
    else:
        found = proportion(present, group, level, clustered=is_clustered(group), exact=exact)
    return {
        "split": split,
        "finding": finding,
        **counts,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "method": found.method,
        "reason": found.reason,
    }
