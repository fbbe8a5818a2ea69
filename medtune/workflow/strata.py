"""What a split is balanced by: each finding, each class or grade, each fifth of an amount."""

from __future__ import annotations

import numpy as np
import pandas as pd

from medtune.config.data import XrayData

PARTS = 5  # of an amount, each with as many films


def strata(cases: pd.DataFrame, data: XrayData) -> dict[str, pd.Series]:
    """Columns of 1, 0 or empty, one a finding, a class or grade, or a part of an amount.

    Args:
        cases: as ``read_cases`` gives them.
        data: the run's data section.

    Returns:
        By name: 'effusion', 'grade=2', 'age from 36'.
    """
    if data.kind == "binary":
        return {finding: cases[finding] for finding in data.findings}
    found: dict[str, pd.Series] = {}
    for name, target in data.targets.items():
        value = cases[name]
        if target.classes is not None:
            inside = {f"{name}={each}": value == each for each in target.classes}
        else:
            inside = _parts(value, name)
        found |= {part: flag.astype("Int8").mask(value.isna()) for part, flag in inside.items()}
    return found


def _parts(amount: pd.Series, name: str) -> dict[str, pd.Series]:
    known = amount.dropna().to_numpy(float)
    if not known.size:
        return {}
    edges = np.unique(np.quantile(known, np.arange(1, PARTS) / PARTS))
    part = pd.Series(np.searchsorted(edges, amount.to_numpy(float), side="right"), amount.index)
    starts = [known.min(), *edges]
    return {f"{name} from {start:g}": part == place for place, start in enumerate(starts)}
