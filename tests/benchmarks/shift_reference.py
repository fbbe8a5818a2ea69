"""What there was to win at a hospital of ``scripts/shifts``: a model that learnt from thousands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.evaluation.estimate import from_draws
from medtune.evaluation.resampling import patient_weights, ranking_draws
from medtune.workflow.cases import gather
from medtune.workflow.splitting import split
from tests.benchmarks.shift_desk import Desk, medtune, timed
from tests.benchmarks.shift_sites import Site

REFERENCE_SEED = 5000  # of the patients who teach the reference models: no hospital's own


def with_reference(desk: Desk, site: Site, found: dict[str, Any]) -> dict[str, Any]:
    """What came out at a hospital, and what there was to win.

    Raises:
        SystemExit: the films are not those on which the ladder's rung was judged.
    """
    seconds = dict(found["seconds"])
    reference = train_reference(desk, site, seconds)
    run = load_run(desk.local(site))
    scores = desk.home / "scores" / site.name / "scores.csv"
    with timed(seconds, "reference scores"):
        medtune("predict", reference, str(run.data.images), "--out", str(scores))
    test = _test_studies(run, scores, desk.finding)
    judged = {name: found["test"][name] for name in ("n_cases", "n_groups", "n_positive")}
    counted = {
        "n_cases": len(test),
        "n_groups": int(test["group"].nunique()),
        "n_positive": int(test["present"].sum()),
    }
    if counted != judged:
        raise SystemExit(f"{site.name}: the test studies are {counted}, and were {judged}.")
    return {**found, "reference_auroc": _auroc(test), "seconds": seconds}


def train_reference(desk: Desk, site: Site, seconds: dict[str, float]) -> Path:
    """The model that learns from all the films that there could be of a kind of shift."""
    name = f"{site.kind}-reference"
    folder = desk.home / "runs" / name
    if not (folder / "model.safetensors").exists():
        with timed(seconds, "reference films"):
            films = desk.films(name, desk.size.reference_patients, REFERENCE_SEED, site.shift)
        split = "{train: 0.8, tune: 0.1, calibration: 0.1, test: 0}"
        whole = {"weights": desk.home / "runs/generic", "adapt": "full", "batch_norm": "train"}
        often = {"epochs": desk.size.reference_epochs, "patience": desk.size.reference_epochs}
        run = desk.run(name, films, split, REFERENCE_SEED, **whole, **often, rate="3e-4")
        with timed(seconds, "reference"):
            medtune("train", run)
        desk.clear(name)
    return folder


def _test_studies(run: Run, scores: Path, finding: str) -> pd.DataFrame:
    """Score, label and patient of each, by their films' instances: pseudonyms differ."""
    key = "sop_instance_uid"
    theirs = pd.read_parquet(scores.parent / "private/locations.parquet")
    table = pd.read_csv(scores).merge(theirs[["case_id", key]], on="case_id")
    films = gather(run).cases
    films = films.merge(split(run, films, store=False), on="case_id")
    ours = pd.read_parquet(run.data.work / "private/locations.parquet")
    films = films.merge(ours[["case_id", key]], on="case_id")
    films = films[(films["split"] == "test") & films[finding].notna()]
    both = films.merge(table[[key, "score"]].dropna(), on=key)
    return both.groupby("study_id").agg(
        score=("score", "mean"), present=(finding, "max"), group=("group_id", "first")
    )


def _auroc(studies: pd.DataFrame) -> dict[str, float]:
    """Of studies, with the interval of resampled patients."""
    group = np.unique(studies["group"].astype(str), return_inverse=True)[1]
    weights = patient_weights(int(group.max()) + 1, 2000, 0)
    present = (studies["present"] == 1).to_numpy(bool)
    draws, _ = ranking_draws(studies["score"].to_numpy(float), present, group, weights)
    found = from_draws(draws, 0.95)
    return {"value": found.value, "low": found.low, "high": found.high}
