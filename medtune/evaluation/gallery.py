"""Which judged cases are looked at closely: by a fixed rule, and never by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

GROUPS = ("false negative", "false positive", "true positive", "true negative")


def chosen(
    predictions: pd.DataFrame,
    target: str,
    threshold: float,
    *,
    model: str = "fine_tuned",
    each: int = 4,
    seed: int = 0,
    judged_split: str = "test",
) -> pd.DataFrame:
    """The worst errors and some right decisions, at most one case a patient in each group.

    False negatives with the lowest scores, false positives with the highest; true ones at random.
    What is drawn hangs on the seed and the cases, not on the order of the rows.

    Args:
        predictions: table of ``medtune.tables.predictions``.
        target: a finding.
        threshold: positive is score >= threshold.
        model: whose decisions.
        each: cases of each group.
        seed: of the draw among the true ones.
        judged_split: where they are taken from.

    Returns:
        Columns case_id, group, score, reference, in the order of ``GROUPS``, worst first.
    """
    rows = predictions[
        (predictions["model"] == model)
        & (predictions["target"] == target)
        & (predictions["split"] == judged_split)
        & predictions["score"].notna()
        & predictions["reference"].notna()
    ].sort_values(["case_id"], kind="stable")
    positive, called = rows["reference"] == 1, rows["score"] >= threshold
    order = pd.Series(np.random.default_rng(seed).random(len(rows)), index=rows.index)
    kinds: dict[str, tuple[pd.Series, pd.Series]] = {
        "false negative": (positive & ~called, rows["score"]),
        "false positive": (~positive & called, -rows["score"]),
        "true positive": (positive & called, order),
        "true negative": (~positive & ~called, order),
    }
    parts = []
    for name in GROUPS:
        which, key = kinds[name]
        part = rows.assign(group=name, key=key)[which].sort_values("key", kind="stable")
        parts.append(part.drop_duplicates("group_id").head(each))
    found = pd.concat(parts, ignore_index=True)
    return found[["case_id", "group", "score", "reference"]]
