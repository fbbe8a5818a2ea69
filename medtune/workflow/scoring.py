"""Films of a run decoded and scored: the way from cases to rows of predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.films.store import Decoded
from medtune.tables.cases import ATTRIBUTES, UNCERTAIN
from medtune.tables.predictions import declare_predictions
from medtune.vision.card import Card
from medtune.vision.samples import Change, Films, targets_of
from medtune.vision.studies import Studies
from medtune.workflow.studies import Grouping


def films(
    decoded: Decoded,
    cases: pd.DataFrame,
    findings: list[str],
    *,
    policy: object = None,
    change: Change | None = None,
) -> Films:
    """Cases that are films as samples; without a policy, uncertain labels are unknown."""
    return Films(decoded, cases, *_targets(cases, findings, policy), change)


def samples(
    decoded: Decoded,
    cases: pd.DataFrame,
    findings: list[str],
    grouping: Grouping | None,
    *,
    policy: object = None,
    change: Change | None = None,
) -> Films | Studies:
    """Cases as samples: films, or studies with their films where there is a grouping."""
    if grouping is None:
        return films(decoded, cases, findings, policy=policy, change=change)
    seen = grouping.seen(decoded, cases)
    return Studies(decoded, cases, seen, *_targets(cases, findings, policy), change)


def unlabelled(
    decoded: Decoded, cases: pd.DataFrame, card: Card, grouping: Grouping | None = None
) -> Films | Studies:
    """Cases of which nothing is known, as a trained model looks at them."""
    shape = len(cases), len(card.findings)
    nothing = np.zeros(shape, np.float32), np.zeros(shape, bool)
    if grouping is None:
        return Films(decoded, cases, *nothing)
    return Studies(decoded, cases, grouping.seen(decoded, cases), *nothing)


def _targets(
    cases: pd.DataFrame, findings: list[str], policy: object
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    lookup = policy if callable(policy) else (lambda finding: "ignore")
    return targets_of(cases, findings, lookup)


def rows(
    cases: pd.DataFrame,
    splits: pd.DataFrame,
    model: str,
    findings: list[str],
    scores: NDArray[np.float64],
    refused: pd.Series,
) -> pd.DataFrame:
    """Predictions of one model: a row a case and finding.

    Args:
        cases: N cases.
        splits: their splits.
        model: its name in the closed list.
        findings: F findings that it scores.
        scores: (N, F); NaN where it could not.
        refused: (N,) why it could not; empty where it could.
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
        parts.append(part.join(cases[kept]))
    return declare_predictions(pd.concat(parts, ignore_index=True))
