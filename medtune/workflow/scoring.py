"""Films of a run decoded and scored: the way from cases to rows of predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.evaluation.unusual import DISTANCE
from medtune.films.store import Decoded
from medtune.tables.cases import ATTRIBUTES, UNCERTAIN
from medtune.tables.predictions import declare_predictions
from medtune.vision.samples import BatchChange, Change, Films
from medtune.vision.studies import Studies
from medtune.vision.tasks import Column, Policy, XrayFindings, XrayTargets, ignored
from medtune.workflow.studies import Grouping


def films(
    decoded: Decoded,
    cases: pd.DataFrame,
    task: XrayFindings | XrayTargets,
    *,
    policy: Policy = ignored,
    change: Change | None = None,
    on_device: BatchChange | None = None,
) -> Films:
    """Cases that are films as samples; without a policy, uncertain labels are unknown."""
    values, known = task.targets_of(cases, policy)
    return Films(decoded, cases, values, known, change, on_device)


def samples(
    decoded: Decoded,
    cases: pd.DataFrame,
    task: XrayFindings | XrayTargets,
    grouping: Grouping | None,
    *,
    policy: Policy = ignored,
    change: Change | None = None,
    on_device: BatchChange | None = None,
) -> Films | Studies:
    """Cases as samples: films, or studies with their films where there is a grouping.

    Those of studies are changed as they are read, whatever the device.
    """
    if grouping is None:
        return films(decoded, cases, task, policy=policy, change=change, on_device=on_device)
    values, known = task.targets_of(cases, policy)
    return Studies(decoded, cases, grouping.seen(decoded, cases), values, known, change)


def unlabelled(
    decoded: Decoded, cases: pd.DataFrame, outputs: int, grouping: Grouping | None = None
) -> Films | Studies:
    """Cases of which nothing is known, for a model of so many outputs."""
    nothing = np.zeros((len(cases), outputs), np.float32), np.zeros((len(cases), outputs), bool)
    if grouping is None:
        return Films(decoded, cases, *nothing)
    return Studies(decoded, cases, grouping.seen(decoded, cases), *nothing)


def rows(
    cases: pd.DataFrame,
    splits: pd.DataFrame,
    model: str,
    columns: Sequence[Column],
    scores: NDArray[np.float64],
    refused: pd.Series,
    distance: NDArray[np.float64] | None = None,
    attributes: Sequence[str] = ATTRIBUTES,
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
        distance: (N,) how far each is from what taught the model; None where that is not known.
        attributes: columns of the cases that go with them.
    """
    split_of = cases[["case_id"]].merge(splits, on="case_id", how="left")["split"].to_numpy()
    kept = ["study_id", *(name for name in attributes if name in cases), UNCERTAIN]
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
        if distance is not None:
            part[DISTANCE] = distance
        parts.append(part.join(cases[kept]))
    return declare_predictions(pd.concat(parts, ignore_index=True))
