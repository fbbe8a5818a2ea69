"""The time of intervals: DeLong against scikit-learn's bare AUROC, the bootstrap against its loop.

And the whole evaluation of a large test set: how long, and how much memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from medtune.evaluation.intervals import auroc_interval
from medtune.evaluation.ranking import auroc_and_variance
from medtune.evaluation.resampling import patient_weights, ranking_draws
from medtune.tables.schema import write_text
from tests.benchmarks.rig import RESULTS, circumstances

PACKAGES = ("scikit-learn", "numpy", "scipy", "statsmodels")


def cases(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, reference (a tenth positive) and patients, of whom some have several cases."""
    random = np.random.default_rng(n)
    reference = random.random(n) < 0.1
    patient = np.unique(random.integers(0, int(0.7 * n), n), return_inverse=True)[1]
    return random.normal(size=n) + reference, reference, patient


@pytest.mark.bench
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("n", [10_000, 100_000, 1_000_000])
def test_an_auroc_with_delongs_interval_takes_half_of_scikit_learns_auroc(n: int, ratio):
    score, reference, _ = cases(n)
    alone = np.arange(n)

    def ours() -> float:
        area, variance = auroc_and_variance(score, reference)
        return auroc_interval(area, variance, reference, alone, 0.95).value

    assert ours() == pytest.approx(roc_auc_score(reference, score), abs=1e-12)
    ratio(
        f"auroc-{n}",
        f"AUROC with DeLong's interval, {n:,} cases, against the AUROC alone",
        {"medtune": ours, "scikit-learn": lambda: roc_auc_score(reference, score)},
        {"scikit-learn": 0.5},
        packages=PACKAGES,
        repetitions=15 if n < 1_000_000 else 5,
        clock="cpu",
    )


@pytest.mark.bench
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("n", "resamples", "goal", "repetitions"),
    [(1_000, 2_000, 0.03, 3), (1_000_000, 50, 0.15, 2)],
)
def test_the_bootstrap_by_patient_takes_a_fraction_of_the_loop(
    n: int, resamples: int, goal: float, repetitions: int, ratio
):
    """AUROC and average precision of each resample, against the AUROC alone of the loop.

    A million cases with fewer resamples: each takes the loop a third of a second, and the one sort
    weighs more with fewer.
    """
    score, reference, patient = cases(n)
    patients = int(patient.max()) + 1

    def ours() -> np.ndarray:
        weights = patient_weights(patients, resamples, seed=0)
        return ranking_draws(score, reference, patient, weights)[0][1:]

    def loop() -> np.ndarray:
        random = np.random.default_rng(0)
        areas = np.empty(resamples)
        for number in range(resamples):
            drawn = np.bincount(random.integers(0, patients, patients), minlength=patients)
            areas[number] = roc_auc_score(reference, score, sample_weight=drawn[patient])
        return areas

    np.testing.assert_allclose(ours()[:3], loop()[:3], atol=1e-9)
    ratio(
        f"bootstrap-{n}",
        f"{resamples:,} resamples by patient of {n:,} cases",
        {"medtune": ours, "scikit-learn": loop},
        {"scikit-learn": goal},
        packages=PACKAGES,
        repetitions=repetitions,
        clock="cpu",
    )


TABLE = """
import sys
import numpy as np, pandas as pd

studies, findings = 20_000, 14
random = np.random.default_rng(0)
strength = {"fine_tuned": 2.0, "shipped:elsewhere": 1.4, "thumbnail": 0.4, "random_weights": 0.1}
patient = np.sort(random.integers(0, int(0.7 * studies), studies))
parts = []
for split, n in (("calibration", studies // 4), ("test", studies)):
    whose = patient[:n]
    same = {
        "case_id": pd.Series([f"{split}-{i:05d}" for i in range(n)], dtype="category"),
        "group_id": pd.Series([f"{split}-P{p:05d}" for p in whose], dtype="category"),
        "site": "here", "split": split, "class": "",
        **{f"group_{k}": np.array(list("ab"))[random.integers(0, 2, studies)][whose]
           for k in range(4)},
    }
    for finding in range(findings):
        reference = (random.random(n) < 0.01 + 0.03 * finding).astype(float)
        shared = random.normal(size=n)
        for model, d in strength.items():
            odds = d * reference + 0.5 * shared + random.normal(size=n) - 2
            parts.append(pd.DataFrame({
                **same, "model": model, "target": f"finding_{finding:02d}",
                "score": 1 / (1 + np.exp(-odds)), "reference": reference,
            }))
pd.concat(parts, ignore_index=True).to_parquet(sys.argv[1])
"""
WHOLE = """
import json, resource, sys, time
wall, cpu = time.perf_counter(), time.process_time()
from medtune.config import Evaluation
from medtune.workflow.evaluate_table import evaluate_table

settings = Evaluation(subgroups=[f"group_{k}" for k in range(4)])
result = evaluate_table(sys.argv[1], out=sys.argv[2], settings=settings)
print(json.dumps({
    "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu,
    "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
    "rows": len(result.measures) + len(result.differences),
}))
"""
WRITTEN = {"report.html", "result.json", "measures.csv", "differences.csv", "model_card.md"}
PAGE = """\
# The whole report of 20,000 studies

`medtune evaluate TABLE`: 20,000 test and 5,000 calibration studies of patients who may have \
several, 14 findings, 4 models, 8 groups of patients, 2,000 resamples; from reading the table to \
the report, the model card and the files for iMRMC. Goal: 300 s and 2 GB.

| processor time | on the wall | most memory | rows | date |
|---|---|---|---|---|
| {cpu:.0f} s | {wall:.0f} s | {gb:.2f} GB | {rows} | {date} |
"""


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_the_report_of_a_large_test_set_takes_five_minutes_and_two_gigabytes(
    record_property, tmp_path: Path
):
    """From the table to all files, in a process of its own; the processor's time."""
    table, out = str(tmp_path / "predictions.parquet"), tmp_path / "out"
    subprocess.run([sys.executable, "-c", TABLE, table], check=True)
    done = subprocess.run(
        [sys.executable, "-c", WHOLE, table, str(out)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    print(f"\n{done.stdout}")
    for name, value in found.items():
        record_property(name, value)
    assert {path.name for path in out.iterdir()} == {*WRITTEN, "imrmc"}
    assert len(list((out / "imrmc").glob("*.imrmc"))) == 14
    write_text(PAGE.format(**found, date=circumstances(())["date"]), RESULTS / "whole_report.md")
    assert found["cpu"] <= 300
    assert found["gb"] <= 2.0
