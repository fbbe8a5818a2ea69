"""Films of a run decoded and scored: the way from cases to rows of predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.evaluation.unusual import DISTANCE
from medtune.films.store import Decoded
from medtune.tables.cases import ATTRIBUTES, UNCERTAIN
from medtune.tables.predictions import declare_predictions
from medtune.vision.samples import Change, Films, targets_of


def films(
    decoded: Decoded,
    cases: pd.DataFrame,
    findings: list[str],
    *,
    policy: object = None,
    change: Change | None = None,
) -> Films:
    """Cases as samples; without a policy, uncertain labels are unknown."""
    lookup = policy if callable(policy) else (lambda finding: "ignore")
    values, known = targets_of(cases, findings, lookup)
    return Films(decoded, cases, values, known, change)


def rows(
    cases: pd.DataFrame,
    splits: pd.DataFrame,
    model: str,
    findings: list[str],
    scores: NDArray[np.float64],
    refused: pd.Series,
    distance: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Predictions of one model: a row a case and finding.

    Args:
        cases: N cases.
        splits: their splits.
        model: its name in the closed list.
        findings: F findings that it scores.
        scores: (N, F); NaN where it could not.
        refused: (N,) why it could not; empty where it could.
        distance: (N,) how far each is from what taught the model; None where that is not known.
    """
    split_of = cases[["case_id"]].merge(splits, on="case_id", how="left")["split"].to_numpy()
    kept = ["study_id", *(name for name in ATTRIBUTES if name in cases), UNCERTAIN]
    parts = []
    for f, finding in enumerate(findings):
        part = cases[["case_id", "group_id", "site"]].assign(
            split=split_of,
            model=model,
            target=finding,
            score=np.where(np.isfinite(scores[:, f]), scores[:, f], np.nan),
            reference=cases[finding].astype("Float64").to_numpy(float, na_value=np.nan),
            refused=refused.to_numpy(),
        )
        part["class"] = ""
        if distance is not None:
            part[DISTANCE] = distance
        parts.append(part.join(cases[kept]))
    return declare_predictions(pd.concat(parts, ignore_index=True))
