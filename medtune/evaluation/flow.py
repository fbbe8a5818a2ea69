"""How the studies of the judged split became the judged ones, finding by finding."""

from __future__ import annotations

import numpy as np
import pandas as pd

from medtune.evaluation.arrays import Flags
from medtune.evaluation.measures import Row
from medtune.evaluation.pooling import Roll

COLUMNS = ("step", "split", "reason", "studies", "films", "patients")


def flow_rows(judged: Roll, split: str) -> list[Row]:
    """Count the studies that are left out of the judgement of one finding, and why.

    The steps exclude one another: 'in the split' is the sum of the others.

    Args:
        judged: the judged split's roll.
        split: its name.
    """
    known = np.isfinite(judged.reference)
    scored = np.isfinite(judged.score).all(axis=0)
    everything = np.ones_like(known)
    steps: list[tuple[str, Flags]] = [
        ("in the split", everything),
        ("label uncertain", ~known & judged.uncertain),
        ("label unknown", ~known & ~judged.uncertain),
        ("not scored by every model", known & ~scored),
        ("judged", known & scored),
    ]
    return [
        {
            "step": step,
            "split": split,
            "reason": judged.target,
            "studies": int(chosen.sum()),
            "films": int(judged.films[chosen].sum()),
            "patients": int(np.unique(judged.group[chosen]).size),
        }
        for step, chosen in steps
    ]


def with_steps(flow: pd.DataFrame | None, steps: list[Row]) -> pd.DataFrame:
    """The flow so far, and the steps of the judgement."""
    added = pd.DataFrame(steps, columns=list(COLUMNS))
    return added if flow is None or flow.empty else pd.concat([flow, added], ignore_index=True)
