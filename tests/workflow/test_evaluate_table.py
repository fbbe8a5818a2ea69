"""Any products, judged by a table of their scores; no torch is needed for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from medtune.config import Evaluation, Primary
from medtune.config.report import Report
from medtune.errors import ConfigError, InputError, RunError
from medtune.evaluation import evaluate as judge
from medtune.tables.predictions import COLUMNS
from medtune.workflow.evaluate_table import evaluate_table
from tests.evaluation.test_contests import TARGETS, predictions

FAST = Evaluation(resamples=200)
NO_TORCH = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torchvision", "lightning", "timm", "monai", "peft"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
from medtune.cli import main
main()
"""


def wide(n: int = 400, *, seed: int = 0, per_patient: int = 1) -> pd.DataFrame:
    """Simulated scores: b ranks better than a, and its scores are no probabilities."""
    random = np.random.default_rng(seed)
    y = (random.random(n) < 0.35).astype(int)
    shared = random.normal(size=n)
    odds = {"a": 1.0 * y + shared, "b": 2.5 * y + shared}
    return pd.DataFrame(
        {
            "patient": [f"P{number:04d}" for number in np.arange(n) // per_patient],
            "truth": y,
            "a": 1 / (1 + np.exp(-odds["a"] - 0.5 * random.normal(size=n))),
            "b": 10 * odds["b"] + 5 * random.normal(size=n),
            "sex": np.where(random.random(n) < 0.4, "F", "M"),
            "part": np.where(np.arange(n) // per_patient % 4 == 0, "calibration", "test"),
        }
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    wide().to_csv(path, index=False)
    return path


WORDS = {"reference": "truth", "scores": ["a", "b"], "group": "patient"}


def test_the_second_is_judged_against_the_first(table: Path) -> None:
    result = evaluate_table(table, out=table.parent / "out", settings=FAST, **WORDS)
    assert (result.primary["model"], result.primary["compared_with"]) == ("b", "a")
    assert result.verdict == "gain"
    assert result.question == "Is b better than a on this site's patients (AUROC, truth)?"
    turned = evaluate_table(
        table, out=table.parent / "out", settings=FAST, **WORDS | {"scores": ["b", "a"]}
    )
    assert turned.verdict == "worse"
    assert turned.primary["difference"] == pytest.approx(-result.primary["difference"], abs=1e-15)
    assert "thumbnail" not in result.answer + turned.answer


def test_what_is_written_is_what_a_run_has(table: Path) -> None:
    out = table.parent / "out"
    result = evaluate_table(table, out=out, settings=FAST, **WORDS)
    assert sorted(path.name for path in out.iterdir()) == [
        "differences.csv",
        "imrmc",
        "measures.csv",
        "model_card.md",
        "report.html",
        "result.json",
    ]
    told = json.loads((out / "result.json").read_text())
    assert (told["verdict"], told["answer"]) == (result.verdict, result.answer)
    measures = pd.read_csv(out / "measures.csv")
    pd.testing.assert_frame_equal(
        measures[["model", "value"]], result.measures[["model", "value"]], check_dtype=False
    )
    page = (out / "report.html").read_text()
    assert "Judged from a table of scores (scores.csv)" in page
    assert "What b reaches" in page
    assert "fine-tuned" not in page.lower()
    assert "P0001" not in page + json.dumps(told)


def test_each_split_of_the_table_has_its_prevalence(table: Path) -> None:
    result = evaluate_table(table, out=table.parent / "out", settings=FAST, split="part", **WORDS)
    data = wide()
    told = {row["split"]: row for row in result.settings["prevalence"]}
    assert set(told) == {"calibration", "test"}
    for split, row in told.items():
        truth = data.loc[data["part"] == split, "truth"]
        assert (row["finding"], row["method"]) == ("truth", "Wilson")
        assert (row["positive"], row["studies"]) == (truth.sum(), len(truth))
        assert row["low"] < row["value"] == truth.mean() < row["high"]
    page = (table.parent / "out/report.html").read_text()
    assert "Share of the labelled studies with each finding" in page


def test_files_for_imrmc_are_of_this_judgement_and_of_one_finding_each(table: Path) -> None:
    out = table.parent / "out"
    data = wide()
    random = np.random.default_rng(1)
    long = pd.concat(
        [
            pd.DataFrame(
                {
                    "case_id": [f"c{n}" for n in range(len(data))],
                    "group_id": data["patient"],
                    "site": "here",
                    "split": "test",
                    "model": model,
                    "target": target,
                    "class": "",
                    "score": random.random(len(data)),
                    "reference": reference,
                }
            )
            for target, reference in (("a b", data["truth"]), ("a_b", 1 - data["truth"]))
            for model in ("one", "two")
        ]
    )
    path = table.parent / "long.csv"
    long.to_csv(path, index=False)
    evaluate_table(path, out=out, settings=FAST, scores=["one", "two"])
    files = sorted(file.name for file in (out / "imrmc").iterdir())
    assert files == ["a_b.cases.csv", "a_b.imrmc", "a_b_2.cases.csv", "a_b_2.imrmc"]
    assert "medtune: a b," in (out / "imrmc" / "a_b.imrmc").read_text()
    assert "medtune: a_b," in (out / "imrmc" / "a_b_2.imrmc").read_text()
    evaluate_table(table, out=out, settings=FAST, **WORDS)
    assert {file.name for file in (out / "imrmc").iterdir()} == {"truth.cases.csv", "truth.imrmc"}


def test_what_people_say_stands_in_the_report_and_the_card(table: Path) -> None:
    out = table.parent / "out"
    said = Report(statements={"funding": "Paid by nobody", "contact": "Dr. A. Nonym"})
    evaluate_table(table, out=out, settings=FAST, report=said, **WORDS)
    page, card = ((out / name).read_text() for name in ("report.html", "model_card.md"))
    assert '<h3 id="stated-funding">Funding</h3>' in page
    assert "Paid by nobody" in page
    assert "Paid by nobody" in card
    assert "Dr. A. Nonym" in card


def test_a_failed_print_loses_nothing_but_the_print(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = table.parent / "out"
    out.mkdir()
    (out / "report.pdf").write_text("of an earlier judgement")

    def fails(html: str, to: Path) -> None:
        raise InputError("The browser could not print the report.")

    monkeypatch.setattr("medtune.workflow.judgement.printer", lambda: fails)
    with pytest.raises(InputError, match="could not print"):
        evaluate_table(table, out=out, settings=FAST, report=Report(pdf=True), **WORDS)
    assert json.loads((out / "result.json").read_text())["verdict"] == "gain"
    assert "What b reaches" in (out / "report.html").read_text()
    assert not (out / "report.pdf").exists()


def test_without_calibration_rows_there_is_no_threshold(table: Path) -> None:
    result = evaluate_table(table, out=table.parent / "out", settings=FAST, **WORDS)
    at = result.measures[result.measures["rule"] == "site"]
    assert set(at["reason"]) == {"no calibration cases"}
    assert at["value"].isna().all()
    assert not (result.measures["rule"] == "shipped").any()


def test_scores_that_are_no_probabilities_get_ranking_measures_only(table: Path) -> None:
    result = evaluate_table(table, out=table.parent / "out", settings=FAST, **WORDS)
    whole = result.measures[result.measures["subgroup"] == "all"]
    rows = whole[whole["rule"] == ""].set_index(["model", "measure"])
    assert "ranking measures only" in rows.loc[("b", "brier"), "reason"]
    assert "ranking measures only" in rows.loc[("b", "calibration_slope"), "reason"]
    assert rows.loc[("b", "auroc"), "reason"] == ""
    assert rows.loc[("a", "brier"), "value"] > 0


def test_thresholds_come_with_the_products_or_from_calibration_rows(table: Path) -> None:
    result = evaluate_table(
        table,
        out=table.parent / "out",
        settings=FAST,
        split="part",
        thresholds={"a": 0.5},
        **WORDS,
    )
    data = wide()
    chosen = data[(data["part"] == "calibration") & (data["truth"] == 1)]
    test = data[data["part"] == "test"]
    row = result.measures.set_index(["model", "measure", "rule"]).loc[("b", "sensitivity", "site")]
    assert np.mean(chosen["b"] >= row["threshold"]) >= 0.9
    positive = test[test["truth"] == 1]
    assert row["value"] == pytest.approx(np.mean(positive["b"] >= row["threshold"]))
    shipped = result.measures[result.measures["rule"] == "shipped"]
    assert set(shipped["model"]) == {"a"}
    assert set(shipped["threshold"]) == {0.5}
    assert row["n_cases"] == len(test)


def test_rows_in_another_order_give_the_same_numbers(table: Path) -> None:
    data = wide(per_patient=3)
    found = []
    for order in (data, data.sample(frac=1, random_state=1)):
        order.to_csv(table, index=False)
        found.append(evaluate_table(table, out=table.parent / "out", settings=FAST, **WORDS))
    for name in ("measures", "differences"):
        pd.testing.assert_frame_equal(
            getattr(found[0], name), getattr(found[1], name), rtol=1e-12, atol=1e-12
        )
    assert found[0].answer == found[1].answer


def test_several_rows_a_study_are_pooled(table: Path) -> None:
    data = wide(per_patient=2)
    data["truth"] = data.groupby("patient")["truth"].transform("max")
    data["study"] = data["patient"] + "/1"
    data.to_csv(table, index=False)
    result = evaluate_table(table, out=table.parent / "out", settings=FAST, study="study", **WORDS)
    assert result.primary["n_cases"] == 200


def test_a_long_table_is_a_run_s_predictions(table: Path) -> None:
    data = wide()
    parts = [
        pd.DataFrame(
            {
                "case_id": data.index.astype(str),
                "group_id": data["patient"],
                "site": "here",
                "split": "test",
                "model": model,
                "target": "truth",
                "class": "",
                "score": data[name],
                "reference": data["truth"].astype(float),
                "sex": data["sex"],
            }
        )
        for model, name in (("fine_tuned", "b"), ("shipped:nih", "a"))
    ]
    long = table.with_name("predictions.parquet")
    pd.concat(parts).to_parquet(long)
    out = table.parent / "out"
    own = evaluate_table(long, out=out, settings=FAST)
    assert own.primary["compared_with"] == "shipped:nih"
    named = evaluate_table(
        long, out=out, settings=FAST, scores=["fine_tuned", "shipped:nih"],
        thresholds={"shipped:nih": 0.5},
    )  # fmt: skip
    assert named.primary["difference"] == pytest.approx(-own.primary["difference"], abs=1e-15)
    with pytest.raises(ConfigError, match="there is no model 'shipped:nhi'"):
        evaluate_table(long, out=out, scores=["fine_tuned", "shipped:nhi"])
    with pytest.raises(ConfigError, match="--group is for wide tables"):
        evaluate_table(long, out=out, group="group_id")


@pytest.mark.parametrize("kind", ["multiclass", "ordinal", "continuous"])
def test_a_long_table_of_classes_grades_or_amounts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "predictions.parquet"
    table = predictions(kind)
    table.to_parquet(path)
    target = TARGETS[kind]
    found = evaluate_table(path, out=tmp_path / "out", settings=FAST, targets={"sought": target})
    whole = judge(table, FAST, targets={"sought": target})
    assert found.verdict == whole.verdict == "gain"
    assert found.primary == whole.primary
    page = (tmp_path / "out" / "report.html").read_text()
    assert "sought" in page
    assert not (tmp_path / "out" / "imrmc").exists()


@pytest.mark.parametrize(
    ("targets", "more", "said"),
    [
        ({}, {}, r"'sought' has rows of several classes.*--set targets.sought.kind=multiclass"),
        ({"sougt": "ordinal"}, {}, r"no target 'sougt' \(targets\). Did you mean 'sought'"),
        ({"sought": "ordinal"}, {"thresholds": {"thumbnail": 0.5}}, "--threshold is for findings"),
        (
            {"sought": "ordinal"},
            {"settings": Evaluation(primary=Primary(measure="auroc"))},
            "ordinal targets are judged by quadratic_weighted_kappa or accuracy",
        ),
    ],
)
def test_targets_that_do_not_fit_a_table(
    tmp_path: Path, targets: dict[str, str], more: dict[str, Any], said: str
) -> None:
    path = tmp_path / "predictions.parquet"
    predictions("ordinal").to_parquet(path)
    declared = {name: TARGETS[kind] for name, kind in targets.items()}
    with pytest.raises(ConfigError, match=said):
        evaluate_table(path, out=tmp_path / "out", targets=declared, **more)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["multiclass", "ordinal", "continuous"])
def test_a_wide_table_is_of_findings_only(table: Path, kind: str) -> None:
    grades = wide()
    grades["truth"] = np.arange(len(grades)) % 3
    grades.to_csv(table, index=False)
    out, declared = table.parent / "out", {"truth": TARGETS[kind]}
    with pytest.raises(ConfigError) as caught:
        evaluate_table(table, out=out, settings=FAST, targets=declared, **WORDS)
    (said,) = caught.value.problems
    assert said.startswith(f"scores.csv: 'targets' says that 'truth' is {kind}, and targets are ")
    assert ", ".join(COLUMNS) in said
    assert not out.exists()


def test_a_long_table_that_is_called_a_wide_one_keeps_its_targets(tmp_path: Path) -> None:
    path = tmp_path / "predictions.parquet"
    predictions("ordinal").to_parquet(path)
    with pytest.raises(ConfigError, match="leave --reference, --group, --study and --split out"):
        evaluate_table(
            path,
            out=tmp_path / "out",
            targets={"sought": TARGETS["ordinal"]},
            reference="reference",
            scores=["score", "split"],
            group="group_id",
        )


def test_what_is_missing_is_told_at_once(table: Path) -> None:
    with pytest.raises(ConfigError) as error:
        evaluate_table(table, out=table.parent / "out", scores=["a"])
    assert [problem.split(" ")[1] for problem in error.value.problems] == [
        "--reference",
        "--scores",
        "--group",
    ]
    with pytest.raises(ConfigError, match=r"'a1', which is none of the scores\. They are: a, b"):
        evaluate_table(table, out=table.parent / "out", thresholds={"a1": 0.5}, **WORDS)
    assert not (table.parent / "out").exists()


def test_a_run_is_not_written_over(table: Path) -> None:
    run = table.parent / "runs" / "chest"
    run.mkdir(parents=True)
    (run / "run.yaml").write_text("name: chest\n")
    with pytest.raises(RunError, match="chest is the folder of a run"):
        evaluate_table(table, out=run, **WORDS)


def test_no_torch_is_needed(table: Path) -> None:
    """From the command line, in a process in which torch cannot be imported."""
    words = ["--reference", "truth", "--scores", "a,b", "--group", "patient", "--split", "part"]
    words += ["--out", "out", "--set", "evaluation.subgroups=[sex]", "--threshold", "a=0.5"]
    done = subprocess.run(
        [sys.executable, "-c", NO_TORCH, "evaluate", "scores.csv", *words, "--json"],
        cwd=table.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"] == "gain"
    assert {row["subgroup"] for row in told["measures"]} >= {"all", "sex=F", "sex=M"}
    assert (table.parent / "out" / "report.html").exists()
