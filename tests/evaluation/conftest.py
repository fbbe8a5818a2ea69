"""Simulated predictions, plainly simulated: for tests of the judge only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation, Shipped
from medtune.tables.results import Result

STRENGTH = {
    "fine_tuned": 2.2,
    "shipped:elsewhere": 1.0,
    "frozen_backbone": 1.5,
    "thumbnail": 0.4,
    "random_weights": 0.1,
}


def simulate(
    *,
    test: int = 300,
    calibration: int = 200,
    per_patient: int = 1,
    targets: tuple[str, ...] = ("opacity",),
    strength: dict[str, float] = STRENGTH,
    prevalence: float = 0.35,
    seed: int = 0,
) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    parts = []
    for split, n in (("calibration", calibration), ("test", test)):
        patient = np.arange(n) // per_patient
        of_patient = random.normal(size=n)[patient]
        for target in targets:
            reference = (random.random(n) < prevalence).astype(float)
            shared = 0.7 * random.normal(size=n) + 0.5 * of_patient
            for model, d in strength.items():
                odds = d * (reference - prevalence) * 1.2 + shared + 0.6 * random.normal(size=n)
                parts.append(
                    pd.DataFrame(
                        {
                            "case_id": [f"{split}-{i:05d}" for i in range(n)],
                            "group_id": [f"{split}-P{p:05d}" for p in patient],
                            "site": "here",
                            "split": split,
                            "model": model,
                            "target": target,
                            "class": "",
                            "score": 1 / (1 + np.exp(-odds)),
                            "reference": reference,
                            "sex": np.where(patient % 3 == 0, "F", "M"),
                            "uncertain": "",
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def predictions() -> Callable[..., pd.DataFrame]:
    return simulate


Simulate = Callable[..., pd.DataFrame]
GENERIC = "shipped:elsewhere"
SETTINGS = Evaluation(compare_with=[Shipped(shipped=Path("runs/elsewhere"))], resamples=200)
SHIPPED = {(GENERIC, "opacity"): 0.5}


def one(
    result: Result, measure: str, rule: str = "", model: str = "fine_tuned", **more: str
) -> pd.Series:
    wanted = {"measure": measure, "rule": rule, "model": model, "subgroup": "all", **more}
    table = result.differences if "compared_with" in more else result.measures
    for column, value in wanted.items():
        table = table[table[column] == value]
    assert len(table) == 1, wanted
    return table.iloc[0]


def with_(settings: Evaluation, **changes: object) -> Evaluation:
    return settings.model_copy(update=changes)
