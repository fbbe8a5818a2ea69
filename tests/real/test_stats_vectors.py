"""The whole judgement on the stored sets against R: through the front door, from a table."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.evaluation import evaluate
from tests.workflow.test_evaluate_table import NO_TORCH

SETS = ("d1_small40", "d2_ties200", "d4_cluster1500", "d6_perfect60")
TIGHT = 1e-9


class Vectors:
    """One set: scores of model a (generic) and b (fine-tuned), reference, and R's numbers."""

    def __init__(self, folder: Path, name: str) -> None:
        with (folder / f"{name}.csv").open() as handle:
            rows = list(csv.DictReader(handle))  # float() is right to the last bit
        self.rows = pd.DataFrame(rows)
        self.reference = np.array([row["y"] == "1" for row in rows])
        self.score = {m: np.array([float(row[f"score_{m}"]) for row in rows]) for m in "ab"}
        self.patient = np.unique([row["patient_id"] for row in rows], return_inverse=True)[1]
        self.case = np.arange(len(rows))
        self.expected: dict[str, Any] = json.loads((folder / "reference_R.json").read_text())
        self.r: dict[str, Any] = self.expected[name]


@pytest.fixture(scope="module", params=SETS)
def vectors(request: pytest.FixtureRequest, real_data: Path) -> Vectors:
    return Vectors(real_data / "stats_vectors", request.param)


def close(found: Any, expected: Any, tolerance: float = TIGHT) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_the_whole_judgement_gives_these_numbers(vectors: Vectors) -> None:
    """Through the front door, from a table of predictions with thresholds that came with it."""
    table = pd.concat(
        pd.DataFrame(
            {
                "case_id": [f"case{index}" for index in vectors.case],
                "group_id": vectors.rows["patient_id"],
                "site": "",
                "split": "test",
                "model": f"score_{model}",
                "target": "y",
                "class": "",
                "score": vectors.score[model],
                "reference": vectors.reference.astype(float),
            }
        )
        for model in "ab"
    )
    result = evaluate(
        table,
        Evaluation(resamples=200),
        fine_tuned="score_b",
        shipped_thresholds={
            (f"score_{model}", "y"): vectors.r[f"threshold_{model}"] for model in "ab"
        },
    )
    whole = result.measures[result.measures["subgroup"] == "all"]
    measures = whole.set_index(["model", "measure", "rule"])
    for model in "ab":
        table_of = vectors.r[f"op_{model}"]
        row = measures.loc[(f"score_{model}", "sensitivity", "shipped")]
        close(row["value"], table_of["TP"] / (table_of["TP"] + table_of["FN"]))
        area = measures.loc[(f"score_{model}", "auroc", "")]
        close(area["value"], vectors.r[f"auc_{model}"]["auc"])
        site = measures.loc[(f"score_{model}", "sensitivity", "site")]
        assert np.isnan(site["value"])
        assert site["reason"] == "no calibration cases"
    close(result.primary["difference"], vectors.r["delong_paired"]["diff"])
    if vectors.r["n_patients"] == vectors.r["n"]:
        close(result.primary["p_value"], vectors.r["delong_paired"]["p_two_sided"])
    else:
        expected = vectors.expected["cluster_d4"]["obuchowski1997"]["p"]
        close(result.primary["p_value"], expected)
    wanted = {"d1_small40": "no_gain_shown"}
    name = next(key for key in SETS if vectors.expected[key] is vectors.r)
    assert result.verdict == wanted.get(name, "gain")


def test_two_columns_of_d4_give_the_whole_report_where_torch_cannot_be_imported(
    real_data: Path, tmp_path: Path
) -> None:
    """From the command line; the numbers are Obuchowski's, by R."""
    words = ["--reference", "y", "--scores", "score_a,score_b", "--group", "patient_id"]
    words += ["--set", "evaluation.subgroups=[sex,vendor]", "--out", str(tmp_path / "out")]
    table = real_data / "stats_vectors" / "d4_cluster1500.csv"
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH, "evaluate", str(table), *words, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    r = json.loads((real_data / "stats_vectors" / "reference_R.json").read_text())
    expected = r["cluster_d4"]["obuchowski1997"]
    close(told["primary"]["difference"], expected["diff"])
    close(told["primary"]["p_value"], expected["p"])
    assert (told["verdict"], told["primary"]["n_groups"]) == ("gain", 500)
    written = {path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.rglob("*.*")}
    assert written == {
        *("report.html", "result.json", "measures.csv", "differences.csv", "model_card.md"),
        *("imrmc/y.imrmc", "imrmc/y.cases.csv"),
    }
    page = (tmp_path / "out" / "report.html").read_text()
    for section in ("numbers", "frequencies", "curves", "differences", "subgroups", "checklists"):
        assert f'id="{section}"' in page, section


def test_a_score_written_as_029999_reaches_030(real_data: Path) -> None:
    """The trap of pandas' old float parser: 34 of 148 positives of d2 were lost."""
    vectors = Vectors(real_data / "stats_vectors", "d2_ties200")
    read = pd.read_csv(real_data / "stats_vectors" / "d2_ties200.csv")
    assert int((vectors.score["a"] >= 0.30).sum()) == 148
    if pd.__version__ >= "3":
        np.testing.assert_array_equal(read["score_a"], vectors.score["a"])
