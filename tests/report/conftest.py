"""Simulated results, plainly simulated: judged by the project's own judge, for the report only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation, Primary, Shipped
from medtune.evaluation import evaluate
from medtune.evaluation.baseline import baseline_rows
from medtune.tables.results import Result

STRENGTH = {
    "fine_tuned": 2.2,
    "shipped:elsewhere": 1.0,
    "frozen_backbone": 1.5,
    "thumbnail": 0.4,
    "random_weights": 0.0,
}
SETTINGS = {
    "compare_with": [Shipped(shipped=Path("elsewhere")), "frozen_backbone"],
    "resamples": 200,
}
RUN: dict[str, Any] = {
    "name": "st-anna-chest",
    "site": "st-anna",
    "simulated": True,
    "data": {
        "images": "/secret/images",
        "labels": "/secret/labels.csv",
        "work": "/secret/work",
        "sampling": "consecutive",
        "train_studies": 200,
        "findings": {"opacity": {"present": ["infiltration"], "absent": ["no_finding"]}},
        "include": {"modality": ["CR", "DX"], "view": ["PA"], "body_part": None},
        "split": {"train": 0.65, "tune": 0.1, "calibration": 0.1, "test": 0.15, "by": "patient",
                  "file": None, "seed": 0},
    },
    "model": {"backbone": "timm/resnet18", "weights": "/secret/weights/start.safetensors",
              "adapt": "lp_ft", "image_size": 128},
    "training": {"epochs": 3, "learning_rate": 1e-4, "seed": 7},
    "evaluation": {"compare_with": [{"shipped": "/secret/runs/elsewhere"}]},
    "runs": "/secret/runs",
}  # fmt: skip
ENVIRONMENT: dict[str, Any] = {
    "medtune": "0.1.0",
    "torch": "2.6.0",
    "hardware": {"device": "cpu", "precision": "32"},
    "tune_auroc": 0.9,
    "model_sha256": "ab" * 32,
}


def predictions(
    strength: dict[str, float],
    *,
    targets: tuple[str, ...] = ("opacity",),
    prevalence: tuple[float, ...] = (0.35,),
    test: int = 240,
    per_patient: int = 1,
    unknown: float = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    parts = []
    for split, n in (("calibration", 160), ("test", test)):
        patient = np.arange(n) // per_patient
        for target, share in zip(targets, prevalence, strict=True):
            reference = (random.random(n) < share).astype(float)
            shared = random.normal(size=n)
            missing = random.random(n) < unknown
            for model, d in strength.items():
                odds = 1.3 * d * (reference - share) + shared + 0.6 * random.normal(size=n)
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
                            "reference": np.where(missing, np.nan, reference),
                            "sex": np.where(patient % 3 == 0, "F", "M"),
                            "scanner": np.where(patient < 4, "rare", "common"),
                            "uncertain": "",
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True)


def gathered() -> pd.DataFrame:
    """The flow before the judgement, as the workflow counts it."""
    rows = [
        ("read", None, "no image in it", 3, None, None),
        ("read", None, None, 900, 880, 800),
        ("included", None, "modality CT", 40, 40, 40),
        ("included", None, "view unknown", 10, 10, 10),
        ("included", None, None, 850, 830, 760),
        ("labelled", None, "no row in the label table", 50, 50, 50),
        ("labelled", None, None, 800, 780, 715),
        ("split", "calibration", None, 160, 160, 160),
        ("split", "test", None, 240, 240, 240),
        ("split", "train", None, 200, 190, 170),
        ("split", "tune", None, 100, 95, 80),
        ("split", "train", "left out by 'data.train_studies'", 100, 95, 65),
    ]
    columns = ["step", "split", "reason", "films", "studies", "patients"]
    return pd.DataFrame(rows, columns=columns)


def look(number: int, departures: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "look": number,
        "time": f"2025-03-0{number}T10:00:00+00:00",
        "run": "st-anna-chest",
        "verb": "evaluate",
        "departures": list(departures),
        "sha256": f"{number}" * 64,
    }


SEALED: dict[str, Any] = {
    "version": 1,
    "sealed": "2025-02-01T09:00:00+00:00",
    "cases": 240,
    "looks": [look(1), look(2)],
    "plan": {"declared": "2025-02-02T09:00:00+00:00", "changed_before_first_look": 0},
    "departures": [],
    "earlier_versions": [],
    "other_test_splits": [],
}


@pytest.fixture(scope="session")
def gain() -> Result:
    """One study a patient, a generic model with a threshold of its own, subgroups."""
    table = predictions(STRENGTH)
    result = evaluate(
        table,
        Evaluation(**SETTINGS, subgroups=["sex", "scanner"]),
        shipped_thresholds={("shipped:elsewhere", "opacity"): 0.5},
        flow=gathered(),
    )
    labelled = {"train": 190, "tune": 95, "calibration": 160, "test": 240}
    more = {"sealed_test": SEALED, "labelled_studies": labelled, "baseline": patients(table)}
    return replace(result, settings=result.settings | more)


def patients(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The baseline of some predictions, with as many taught as judged."""
    cases = table[table["model"] == "fine_tuned"]
    test = cases[cases["split"] == "test"]
    taught = test.assign(split="train", group_id="t" + test["group_id"], sex="M")
    return baseline_rows(
        pd.concat([taught, cases]).rename(columns={"reference": "opacity"}),
        attributes=["sex", "scanner"],
        finding="opacity",
        min_cell=10,
    )


@pytest.fixture(scope="session")
def no_gain() -> Result:
    """Several studies a patient, no gain over a local head, and a thumbnail that is as good."""
    strength = {"fine_tuned": 1.0, "frozen_backbone": 1.0, "thumbnail": 1.0, "random_weights": 0.0}
    return evaluate(
        predictions(strength, per_patient=2, unknown=0.2, seed=3), Evaluation(resamples=200)
    )


FINDINGS = tuple(f"finding_{letter}" for letter in "abcdefghijklmn")
RARE = 4  # the first four have too few positive patients


@pytest.fixture(scope="session")
def findings() -> Result:
    """Fourteen findings, the first four not estimable; the verdict is about the mean."""
    shares = (0.01,) * RARE + (0.3,) * (len(FINDINGS) - RARE)
    return evaluate(
        predictions(STRENGTH, targets=FINDINGS, prevalence=shares), Evaluation(**SETTINGS)
    )


@pytest.fixture(scope="session")
def not_estimable() -> Result:
    """One finding that is too rare to be judged."""
    return evaluate(
        predictions(STRENGTH, prevalence=(0.02,)),
        Evaluation(**SETTINGS, primary=Primary(reason="agreed with the physicists")),
    )
