"""Every closed form of the judge against R, on the stored sets: pROC, Hmisc, PropCIs, geepack.

Agreement is 1e-9 but where another tolerance is given, each with its reason.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation
from medtune.evaluation import calibration, evaluate
from medtune.evaluation.compare import (
    mcnemar_exact,
    mcnemar_midp,
    paired_auroc,
    paired_proportion,
    tango,
)
from medtune.evaluation.intervals import auroc_interval, proportion
from medtune.evaluation.operating_point import two_by_two
from medtune.evaluation.ranking import auroc_covariance, average_precision
from medtune.evaluation.resampling import patient_weights, ranking_draws
from medtune.evaluation.study_size import positive_cases_for_one_auroc

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

    def right(self, model: str) -> np.ndarray:
        called = self.score[model] >= self.r[f"threshold_{model}"]
        return called == self.reference


@pytest.fixture(scope="module", params=SETS)
def vectors(request: pytest.FixtureRequest, real_data: Path) -> Vectors:
    return Vectors(real_data / "stats_vectors", request.param)


@pytest.fixture(scope="module")
def clustered(real_data: Path) -> Vectors:
    return Vectors(real_data / "stats_vectors", "d4_cluster1500")


def close(found: Any, expected: Any, tolerance: float = TIGHT) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_auroc_and_delong_are_proc(vectors: Vectors) -> None:
    r, reference = vectors.r, vectors.reference
    score = np.stack([vectors.score["b"], vectors.score["a"]])
    area, covariance = auroc_covariance(score, reference, vectors.case)
    close(covariance[0, 1], r["delong_cov"])
    for index, model in enumerate("ba"):
        expected = r[f"auc_{model}"]
        close(area[index], expected["auc"])
        close(covariance[index, index], expected["delong_var"])
        for level, key in ((0.95, "delong_ci95"), (0.90, "delong_ci90")):
            found = auroc_interval(
                area[index], covariance[index, index], reference, vectors.case, level
            )
            if expected["auc"] == 1:  # DeLong gives [1, 1], which is no interval
                assert found.low < 0.8 < found.high == 1
                continue
            close([found.low, found.high], expected[key])
    paired = paired_auroc(area, covariance, 0.95, clustered=False)
    expected = r["delong_paired"]
    close(paired.value, expected["diff"])
    close(paired.value / paired.se, expected["z"])
    close(paired.p_value, expected["p_two_sided"])
    close([paired.low, paired.high], expected["ci95_diff_b_minus_a"])
    assert vectors.r["n_patients"] == np.unique(vectors.patient).size


def test_average_precision_and_brier(vectors: Vectors) -> None:
    for model in "ab":
        score = vectors.score[model]
        close(
            average_precision(score, vectors.reference),
            vectors.r["average_precision_step"][model],
        )
        close(calibration.brier(score, vectors.reference), vectors.r["brier"][model])


def test_two_by_two_and_wilson_are_hmisc(vectors: Vectors) -> None:
    for model in "ab":
        expected = vectors.r[f"op_{model}"]
        called = vectors.score[model] >= vectors.r[f"threshold_{model}"]
        reference, right = vectors.reference, vectors.right(model)
        table = two_by_two(called, reference)
        assert (
            table.true_positive,
            table.false_positive,
            table.false_negative,
            table.true_negative,
        ) == tuple(expected[key] for key in ("TP", "FP", "FN", "TN"))
        inside = {
            "sens": reference,
            "spec": ~reference,
            "accuracy": np.ones_like(reference),
            "ppv": called,
            "npv": ~called,
        }
        for key, chosen in inside.items():
            found = proportion(right[chosen], vectors.case[chosen], 0.95, clustered=False)
            close(found.value, expected[key]["x"] / expected[key]["n"])
            close([found.low, found.high], expected[key]["binconf_wilson"])
            close([found.low, found.high], expected[key]["prop_test_wilson_nocc"])


def test_paired_proportions_are_mcnemar_and_tango(vectors: Vectors) -> None:
    reference = vectors.reference
    right, other = vectors.right("b"), vectors.right("a")
    for chosen, key, part in (
        (reference, "among_diseased_sens", "sens"),
        (~reference, "among_healthy_spec", "spec"),
        (np.ones_like(reference), "all", "accuracy"),
    ):
        expected = vectors.r["mcnemar"][key]
        gained, lost = expected["b_right_a_wrong"], expected["a_right_b_wrong"]
        close(mcnemar_exact(gained, lost), expected["exact_p"])
        close(mcnemar_midp(gained, lost), expected["midp"])
        found = paired_proportion(right[chosen], other[chosen], 0.95, test=True)
        propcis = vectors.r["PropCIs_paired_diff"][part]
        close(found.value, propcis["diff_b_minus_a"])
        close(found.p_value, expected["midp"])
        # PropCIs' search stops within 1e-7 (its interval of 6 against 6 is not symmetric)
        close([found.low, found.high], propcis["tango_score_ci"], 2e-7)
        close(tango(gained, lost, propcis["n"], 0.95), (found.low, found.high))


def test_calibration_is_glm(vectors: Vectors) -> None:
    for model in "ab":
        expected = vectors.r[f"calibration_{model}"]
        args = vectors.score[model], vectors.reference, vectors.case, 0.95
        slope, intercept = calibration.slope(*args), calibration.intercept(*args)
        if vectors.r[f"auc_{model}"]["auc"] == 1:  # R's numbers have a standard error of thousands
            assert slope.reason == intercept.reason == calibration.SEPARATED
            continue
        # R stops its iterations at a relative change of the deviance of 1e-8, and its standard
        # error is that of the weights one iteration earlier
        close(slope.value, expected["slope"], 1e-6)
        assert slope.se == pytest.approx(expected["slope_se"], rel=2e-4)
        close([slope.low, slope.high], expected["slope_wald_ci95"], 1e-4)
        close(intercept.value, expected["intercept_in_the_large"], 1e-6)
        assert intercept.se == pytest.approx(expected["intercept_in_the_large_se"], rel=2e-4)


def test_subgroups_are_proc(vectors: Vectors) -> None:
    for attribute, levels in vectors.r["subgroup_auc"].items():
        for level, expected in levels.items():
            part = vectors.rows[attribute].to_numpy() == level
            reference, case = vectors.reference[part], vectors.case[part]
            assert (part.sum(), reference.sum()) == (expected["n"], expected["n_pos"])
            if "auc_b" not in expected:
                continue
            score = np.stack([vectors.score["b"][part], vectors.score["a"][part]])
            area, covariance = auroc_covariance(score, reference, case)
            close(area, [expected["auc_b"], expected["auc_a"]])
            found = auroc_interval(area[0], covariance[0, 0], reference, case, 0.95)
            if area[0] == 1:  # pROC's [1, 1]
                assert found.low < 1
            else:
                close([found.low, found.high], expected["ci_b"])
            paired = paired_auroc(area, covariance, 0.95, clustered=False)
            if covariance.any():
                close(paired.p_value, expected["p"])
            else:  # both perfect: pROC says p = 1, here it is not estimable
                assert paired.reason


def test_clustered_auroc_is_obuchowski(clustered: Vectors) -> None:
    expected = clustered.expected["cluster_d4"]["obuchowski1997"]
    score = np.stack([clustered.score["b"], clustered.score["a"]])
    area, covariance = auroc_covariance(score, clustered.reference, clustered.patient)
    close(area, [expected["auc_b"], expected["auc_a"]])
    close(covariance[0], [expected["var_b"], expected["cov"]])
    close(covariance[1], [expected["cov"], expected["var_a"]])
    paired = paired_auroc(area, covariance, 0.95, clustered=True)
    close(paired.se, expected["se_diff"])
    close(paired.value / paired.se, expected["z"])
    close(paired.p_value, expected["p"])
    naive = clustered.expected["cluster_d4"]["naive_delong"]
    assert paired.se > naive["se_diff"]


def test_clustered_sensitivity_is_geepack(clustered: Vectors) -> None:
    expected = clustered.expected["cluster_d4"]["gee_sens_b"]
    chosen = clustered.reference
    found = proportion(
        clustered.right("b")[chosen], clustered.patient[chosen], 0.95, clustered=True
    )
    close(found.value, expected["est"])
    close([found.low, found.high], expected["ci95"])


def test_the_bootstrap_is_within_ten_percent_of_rs(clustered: Vectors) -> None:
    expected = clustered.expected["cluster_d4"]["cluster_bootstrap_2000_seed42"]
    weights = patient_weights(500, 2000, seed=0)
    draws = {
        model: ranking_draws(score, clustered.reference, clustered.patient, weights)[0][1:]
        for model, score in clustered.score.items()
    }
    gain = draws["b"] - draws["a"]
    for found, key in ((draws["a"], "se_a"), (draws["b"], "se_b"), (gain, "se_diff")):
        assert found.std() == pytest.approx(expected[key], rel=0.1)
    low, high = np.quantile(gain, [0.025, 0.975])
    close([low, high], expected["ci95_pct_diff"], 0.1 * 2 * 1.96 * expected["se_diff"])


def test_study_size_is_proc(real_data: Path) -> None:
    power = json.loads((real_data / "stats_vectors" / "reference_R.json").read_text())["power"]
    close(positive_cases_for_one_auroc(0.8, power=0.9), power["one_auc"]["r"]["ncases"])
    found = positive_cases_for_one_auroc(0.75, power=0.8, negatives_per_positive=4)
    close(found, power["one_auc_k4"]["r"]["ncases"])


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
    measures = result.measures.set_index(["model", "measure", "rule"])
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


def test_a_score_written_as_029999_reaches_030(real_data: Path) -> None:
    """The trap of pandas' old float parser: 34 of 148 positives of d2 were lost."""
    vectors = Vectors(real_data / "stats_vectors", "d2_ties200")
    read = pd.read_csv(real_data / "stats_vectors" / "d2_ties200.csv")
    assert int((vectors.score["a"] >= 0.30).sum()) == 148
    if pd.__version__ >= "3":
        np.testing.assert_array_equal(read["score_a"], vectors.score["a"])
