"""Films of a run decoded and scored: the way from cases to rows of predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.films.store import Decoded
from medtune.tables.cases import ATTRIBUTES, UNCERTAIN
from medtune.tables.predictions import declare_predictions
from medtune.vision.samples import Change, Films
from medtune.vision.tasks import Column, Policy, XrayFindings, XrayTargets, ignored


def films(
    decoded: Decoded,
    cases: pd.DataFrame,
    task: XrayFindings | XrayTargets,
    *,
    policy: Policy = ignored,
    change: Change | None = None,
) -> Films:
    """Cases as samples; without a policy, uncertain labels are unknown."""
    values, known = task.targets_of(cases, policy)
    return Films(decoded, cases, values, known, change)


def rows(
    cases: pd.DataFrame,
    splits: pd.DataFrame,
    model: str,
    columns: Sequence[Column],
    scores: NDArray[np.float64],
    refused: pd.Series,
) -> pd.DataFrame:
    """Predictions of one model: a row a case and finding, a case and class, or a case and amount.

    The reference is 1 or 0 of a finding or class, and the label itself of an amount.

    Args:
        cases: N cases.
        splits: their splits.
        model: its name in the closed list.
        columns: C pairs of target and class that it scores.
        scores: (N, C); NaN where it could not.
        refused: (N,) why it could not; empty where it could.
    """
    split_of = cases[["case_id"]].merge(splits, on="case_id", how="left")["split"].to_numpy()
    kept = ["study_id", *(name for name in ATTRIBUTES if name in cases), UNCERTAIN]
    parts = []
    for c, (target, of_class) in enumerate(columns):
        label = cases[target]
        reference = label if not of_class else (label == of_class).where(label.notna())
        part = cases[["case_id", "group_id", "site"]].assign(
            split=split_of,
            model=model,
            target=target,
            score=np.where(np.isfinite(scores[:, c]), scores[:, c], np.nan),
            reference=reference.astype("Float64").to_numpy(float, na_value=np.nan),
            refused=refused.to_numpy(),
        )
        part["class"] = of_class
        parts.append(part.join(cases[kept]))
    return declare_predictions(pd.concat(parts, ignore_index=True))
