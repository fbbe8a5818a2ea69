"""Who the patients are, split by split and by reference result (STARD 2015, items 20 and 21)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.subgroups import suppressed_together

JUDGED, TAUGHT = "test", "train"
PRESENT, ABSENT = "present", "absent"  # columns beside the splits: the judged patients by result
LINKED = (JUDGED, PRESENT, ABSENT)  # one of them could be had from the other two
AGE = "age"
MISSING = "not recorded"


def baseline_rows(
    cases: pd.DataFrame,
    *,
    attributes: Iterable[str],
    finding: str | None,
    min_cell: int,
    reference: str | None = None,
) -> list[dict[str, Any]]:
    """Count patients by attribute, in every split and in the test split by reference result.

    A patient counts once in each level that any of its films has; one with and without the finding
    in different studies counts in both columns. What rests on fewer than ``min_cell`` patients is
    not shown, nor what would give it away.

    Args:
        cases: a row a film or study: group_id, split, the attributes, and the finding (1 present,
            0 absent, empty unknown); 'age' in years where there is one.
        attributes: columns of it that are counted; those that are not there are passed over.
        finding: by whose reference the test is counted; None where there is none of two values.
        min_cell: the least number of patients that is shown.
        reference: column of it; None where it is called as the finding.

    Returns:
        Rows with column (a split, 'present' or 'absent'), finding ('' where the column is of all),
        attribute ('' for all patients), level, patients, share of the column's patients; of age
        the median in ``value`` and the quartiles in ``low`` and ``high``; ``difference``,
        standardised, between test and train (Austin 2009), on the row of the test; ``reason``
        where nothing is shown.
    """
    columns = _columns(cases, finding if reference is None else reference)
    rows = [
        _row(name, "", "", patients=part["group_id"].nunique()) for name, part in columns.items()
    ]
    for attribute in dict.fromkeys(attributes):
        if attribute in cases and attribute != AGE:
            rows += _levels(columns, attribute, min_cell)
    if AGE in cases and pd.to_numeric(cases[AGE], errors="coerce").notna().any():
        rows += _ages(columns, min_cell)
    for row in rows:
        row["finding"] = finding if row["column"] in (PRESENT, ABSENT) else ""
    return rows


def _columns(cases: pd.DataFrame, finding: str | None) -> dict[str, pd.DataFrame]:
    splits = [str(name) for name in dict.fromkeys(cases["split"].dropna())]
    columns = {name: cases[cases["split"] == name] for name in splits}
    if finding is not None and JUDGED in columns:
        judged = columns[JUDGED]
        result = pd.to_numeric(judged[finding], errors="coerce")
        columns |= {PRESENT: judged[result == 1], ABSENT: judged[result == 0]}
    return columns


def _levels(
    columns: dict[str, pd.DataFrame], attribute: str, min_cell: int
) -> list[dict[str, Any]]:
    counts = {}
    for name, part in columns.items():
        value = part[attribute].astype("string").fillna(MISSING)
        counts[name] = part["group_id"].groupby(value).nunique()
    levels = sorted({str(level) for found in counts.values() for level in found.index})
    patients = {
        name: {level: int(found.get(level, 0)) for level in levels}
        for name, found in counts.items()
    }
    hidden = {name: suppressed_together([of], min_cell) for name, of in patients.items()}
    linked = [name for name in LINKED if name in patients]
    if linked:
        together = suppressed_together([patients[name] for name in linked], min_cell)
        hidden |= dict.fromkeys(linked, together)
    rows = []
    for level in levels:
        for name, part in columns.items():
            total = part["group_id"].nunique()
            reason = hidden[name].get(level, "")
            if reason:
                rows.append(_row(name, attribute, level, reason=reason))
                continue
            n = patients[name][level]
            difference = math.nan
            if name == JUDGED and TAUGHT in columns and level not in hidden[TAUGHT]:
                taught = columns[TAUGHT]["group_id"].nunique()
                difference = _apart(_of(n, total), _of(patients[TAUGHT][level], taught))
            rows.append(
                _row(name, attribute, level, patients=n, share=_of(n, total), difference=difference)
            )
    return rows


def _ages(columns: dict[str, pd.DataFrame], min_cell: int) -> list[dict[str, Any]]:
    years = {
        name: pd.to_numeric(part[AGE], errors="coerce").groupby(part["group_id"]).first().dropna()
        for name, part in columns.items()
    }
    few = {name for name, found in years.items() if found.size < min_cell}
    if few & {PRESENT, ABSENT}:
        few |= {PRESENT, ABSENT}
    ageless = {
        name: part["group_id"].nunique() - years[name].size for name, part in columns.items()
    }
    told_by_count = {name for name, n in ageless.items() if 0 < n < min_cell}
    if told_by_count & set(LINKED):
        told_by_count |= set(LINKED)
    rows = []
    for name, found in years.items():
        if name in few:
            reason = f"not shown: fewer than {min_cell} patients"
            rows.append(_row(name, AGE, "", reason=reason))
            continue
        low, middle, high = np.quantile(found.to_numpy(float), [0.25, 0.5, 0.75])
        difference = math.nan
        if name == JUDGED and TAUGHT in years and TAUGHT not in few:
            taught = years[TAUGHT]
            spread = math.sqrt((found.var() + taught.var()) / 2)
            difference = (found.mean() - taught.mean()) / spread if spread else math.nan
        rows.append(
            _row(name, AGE, "", patients=None if name in told_by_count else int(found.size),
                 value=float(middle), low=float(low), high=float(high),
                 difference=float(difference))
        )  # fmt: skip
    return rows


def _of(n: int, total: int) -> float:
    return n / total if total else math.nan


def _apart(one: float, other: float) -> float:
    """Standardised difference of two shares (Austin 2009, equation 2)."""
    spread = math.sqrt((one * (1 - one) + other * (1 - other)) / 2)
    return (one - other) / spread if spread else (0.0 if one == other else math.nan)


def _row(
    column: str,
    attribute: str,
    level: str,
    *,
    patients: int | None = None,
    share: float = math.nan,
    value: float = math.nan,
    low: float = math.nan,
    high: float = math.nan,
    difference: float = math.nan,
    reason: str = "",
) -> dict[str, Any]:
    return {
        "column": column,
        "attribute": attribute,
        "level": level,
        "patients": patients,
        "share": share,
        "value": value,
        "low": low,
        "high": high,
        "difference": difference,
        "reason": reason,
    }
