"""Classes, grades and amounts from the command line: check, train, predict."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from medtune.cli import app
from medtune.config.load import load_run
from medtune.errors import ConfigError, DataError, RunError
from medtune.learning.weights import read_card
from medtune.phantom import SOUTH
from medtune.phantom.truth import write_truth
from medtune.tables.cases import read_cases_table
from medtune.tables.predictions import read_predictions
from medtune.workflow.audit import audit
from medtune.workflow.cases import read_cases
from medtune.workflow.compare import compare
from medtune.workflow.evaluate_table import evaluate_table
from medtune.workflow.export import export
from medtune.workflow.train import train
from tests.workflow.target_runs import TARGETS, write_run

slow = pytest.mark.slow
every = pytest.mark.parametrize(
    "name", ["burden", pytest.param("diagnosis", marks=slow), pytest.param("heart", marks=slow)]
)


def medtune(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="session")
def begun(hospitals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run files of every kind; nothing is trained."""
    home = tmp_path_factory.mktemp("targets")
    write_truth(home, SOUTH, patients=150, seed=2)
    for name in TARGETS:
        write_run(home, name, hospitals / "south/dicom")
    return home


@pytest.fixture(scope="session")
def finished(begun: Path) -> Callable[[str], Path]:
    """The folder with a finished run of a kind, trained once; do not write there."""

    def trained(name: str) -> Path:
        if not (begun / "runs" / name / "model.safetensors").exists():
            medtune("train", begun / f"{name}.yaml")
        return begun

    return trained


@every
def test_check_tells_classes_grades_and_amounts(finished, name: str):
    home = finished(name)
    said = pd.DataFrame(json.loads(medtune("check", home / f"{name}.yaml", "--json"))["targets"])
    cases = read_cases_table(home / f"runs/{name}/cases.parquet")
    assert said["unknown"].sum() == cases[name].isna().sum()
    if name == "heart":
        spread = said.set_index("split").loc["train", "spread"]
        assert spread["0.0"] < spread["0.5"] < spread["1.0"]
        page = medtune("check", home / "heart.yaml")
        assert "heart, train: " in page
        assert " %, median " in page
    else:
        counted = pd.DataFrame(said["classes"].tolist()).sum()
        assert counted.to_dict() == cases[name].value_counts().to_dict()


@every
def test_splits_are_balanced_by_class_and_by_amount(finished, name: str):
    home = finished(name)
    cases = read_cases_table(home / f"runs/{name}/cases.parquet")
    splits = pd.read_parquet(home / f"runs/{name}/splits.parquet")
    of_split = cases.merge(splits, on="case_id").groupby("split")[name]
    if name == "heart":
        assert np.ptp(of_split.mean()) < 0.35 * cases[name].std()
    else:
        shares = pd.DataFrame({s: v.value_counts(normalize=True) for s, v in of_split})
        assert (shares.max(axis=1) - shares.min(axis=1)).max() < 0.08


@every
def test_training_is_selected_and_told_by_the_kind(finished, name: str):
    home = finished(name)
    selects = {"diagnosis": "tune_auroc", "burden": "tune_kappa", "heart": "tune_mae"}[name]
    columns = set(pd.read_csv(home / f"runs/{name}/metrics.csv"))
    assert {selects, f"{selects}:{name}"} <= columns
    assert (f"{selects}:{name}=nodule" in columns) == (name == "diagnosis")
    assert selects in json.loads((home / f"runs/{name}/environment.json").read_text())


@every
def test_the_card_says_what_its_outputs_mean(finished, name: str):
    home = finished(name)
    card = read_card(home / f"runs/{name}/model.safetensors")
    assert card["findings"] == []
    assert card["thresholds"] == {}
    assert set(card["targets"]) == {name}
    if name == "burden":
        assert card["targets"]["burden"]["classes"] == ["none", "one", "several"]
    if name == "heart":
        assert card["targets"]["heart"]["unit"] == "%"
        cases = read_cases_table(home / "runs/heart/cases.parquet")
        splits = pd.read_parquet(home / "runs/heart/splits.parquet")
        train = cases[cases["case_id"].isin(splits.loc[splits["split"] == "train", "case_id"])]
        of_train = [train["heart"].mean(), train["heart"].std(ddof=0)]
        assert card["scale"]["heart"] == pytest.approx(of_train)


@every
def test_predict_writes_a_row_a_class_and_a_row_an_amount(
    finished, name: str, hospitals: Path, tmp_path: Path
):
    home, out = finished(name), tmp_path / "scores.csv"
    medtune("predict", home / "runs" / name, hospitals / "south/dicom/P000001", "--out", out)
    table = pd.read_csv(out, keep_default_na=False)
    table["score"] = table["score"].astype(float)
    if name == "heart":
        assert set(table["class"]) == {""}
        assert set(table["unit"]) == {"%"}
        assert table["score"].between(20, 80).all()
        return
    assert len(table) == {"diagnosis": 4, "burden": 3}[name] * table["case_id"].nunique()
    np.testing.assert_allclose(table.groupby("case_id")["score"].sum(), 1, rtol=1e-6)
    assert table.groupby("case_id")["decision"].nunique().eq(1).all()
    assert set(table["decision"]) <= set(table["class"])
    if name == "diagnosis":
        most = table.loc[table.groupby("case_id")["score"].idxmax()]
        assert (most["class"] == most["decision"]).all()


def test_what_knows_findings_only_says_so(finished):
    home = finished("burden")
    with pytest.raises(RunError, match="only findings are exported"):
        export(home / "runs/burden", show=False)
    with pytest.raises(DataError, match="The label audit is for findings"):
        audit(load_run(home / "burden.yaml"), show=False)
    medtune("evaluate", home / "runs/burden")
    with pytest.raises(DataError, match=r"Comparing runs \(burden\) is for findings"):
        compare([home / "runs/burden", home / "runs/burden"])
    with pytest.raises(ConfigError, match=r"Say which .* --set targets\.burden\.kind=multiclass"):
        evaluate_table(home / "runs/burden/predictions.parquet", out=home / "out")


def test_a_grade_outside_its_levels_and_text_for_a_number_are_told_by_line(
    begun: Path, hospitals: Path, tmp_path: Path
):
    truth = pd.read_csv(begun / "truth.csv", dtype=str, keep_default_na=False)
    truth.loc[3, "burden"] = "many"
    truth.loc[[5, 6], "heart"] = ["about 50", "500"]
    truth.to_csv(tmp_path / "truth.csv", index=False)
    grades = load_run(write_run(tmp_path, "burden", hospitals / "south/dicom"))
    with pytest.raises(DataError, match=r"truth\.csv, line 5: the column 'burden' holds 'many'\."):
        read_cases(grades)
    amounts = load_run(write_run(tmp_path, "heart", hospitals / "south/dicom"))
    said = (
        r"line 7: the column 'heart' holds 'about 50' \(2 cells of the column cannot be read\)\. "
        r"'heart' is from 30 to 70 %, or empty"
    )
    with pytest.raises(DataError, match=said):
        read_cases(amounts)


def test_uncertain_and_unknown_are_neither_learnt_nor_a_mistake(
    begun: Path, hospitals: Path, tmp_path: Path
):
    truth = pd.read_csv(begun / "truth.csv", dtype=str, keep_default_na=False)
    key = truth["accession_number"]
    truth.loc[0, "burden"], truth.loc[1, "burden"], truth.loc[2, "burden"] = "-1", "n/a", " ONE "
    truth.to_csv(tmp_path / "truth.csv", index=False)
    run = load_run(write_run(tmp_path, "burden", hospitals / "south/dicom"))
    cases = read_cases(run)
    places = pd.read_parquet(tmp_path / "work-burden/private/locations.parquet")
    cases = cases.merge(places[["case_id", "accession_number"]], on="case_id")
    of = cases.drop_duplicates("accession_number").set_index("accession_number")
    assert of.loc[key[0], "uncertain"] == "burden"
    assert pd.isna(of.loc[key[0], "burden"])
    assert pd.isna(of.loc[key[1], "burden"])
    assert of.loc[key[1], "uncertain"] == ""
    assert of.loc[key[2], "burden"] == "one"


def test_a_class_that_nobody_has_is_refused(begun: Path, hospitals: Path, tmp_path: Path):
    shutil.copy(begun / "truth.csv", tmp_path)
    targets = "{burden: {kind: ordinal, classes: [none, one, several, grave]}}"
    path = write_run(tmp_path, "burden", hospitals / "south/dicom", targets=targets)
    with pytest.raises(DataError, match="No film of the train split is labelled grave"):
        train(load_run(path), show=False)


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("heart", "training.loss=focal", "of amounts the smooth L1 loss is minimised"),
        ("burden", "training.positive_weights=balanced", "weights of present findings are for"),
        ("heart", "training.sampler=class_balanced", "amounts have no classes to balance"),
        ("heart", "training.cutmix=1", "a box of another film has no share of an amount"),
        ("burden", "training.label_smoothing=0.1", "labels of grades are not smoothed"),
        ("burden", "data.uncertain=soft", "is never learnt"),
        ("heart", "evaluation.primary.measure=auroc", "continuous targets are judged by mae"),
        ("burden", "evaluation.primary={margin: 2, reason: x}", "it must be below 1"),
        ("burden", "evaluation.act_at={burden: 0.2}", "it is for findings, not for grades"),
        ("burden", "evaluation.pool=max", "of grades films are averaged"),
        ("burden", "evaluation.operating_point={sensitivity: 0.8}", "grades have no threshold"),
        (
            "burden",
            "evaluation.compare_with=[{scores: truth.csv, column: burden, threshold: 1}]",
            "grades have no threshold",
        ),
        ("burden", "model.adapt=fast_probe", "'adapt: fast_probe' is for findings"),
        ("burden", "evaluation.primary.finding=heart", "heart is none of the targets: burden"),
        ("heart", "data.findings=[a]", "a run learns either findings or targets"),
        ("heart", "data.targets.x={kind: ordinal, classes: [a, b]}", "targets are of one kind"),
        ("burden", "data.targets.burden.unit=cm", "a target of kind ordinal has no 'unit'"),
        ("heart", "data.targets.heart.range=[70, 30]", "the lowest amount must be below"),
        ("burden", "data.targets.burden.classes=[a, A]", "the class a is listed twice"),
        ("burden", "data.targets.burden.column=burdn", "'data.targets' reads 'burdn', and truth"),
    ],
)
def test_settings_that_do_not_fit_a_kind_are_refused(
    begun: Path, name: str, settings: str, said: str
):
    with pytest.raises(ConfigError) as caught:
        load_run(begun / f"{name}.yaml", [settings])
    assert said in str(caught.value)


@pytest.mark.slow
def test_several_grades_are_learnt_side_by_side(begun: Path, hospitals: Path, tmp_path: Path):
    shutil.copy(begun / "truth.csv", tmp_path)
    ordinal = TARGETS["burden"].removesuffix("}")
    targets = (
        f"{ordinal}, again: {{kind: ordinal, column: burden, classes: [none, one, several]}}}}"
    )
    path = write_run(tmp_path, "both", hospitals / "south/dicom", targets=targets)
    medtune(
        "train", path, "--set", "training.sampler=class_balanced", "--set", "training.mixup=0.2"
    )
    history = pd.read_csv(tmp_path / "runs/both/metrics.csv")
    parts = history[["tune_kappa:burden", "tune_kappa:again"]].mean(axis=1)
    np.testing.assert_allclose(history["tune_kappa"], parts)


@every
def test_evaluate_judges_by_the_kind_and_writes_a_report(finished, name: str):
    home = finished(name)
    oracle = f"{{scores: truth.csv, column: {name}, name: oracle}}"
    compared = f"evaluation.compare_with=[frozen_backbone, {oracle}]"
    medtune("evaluate", home / f"{name}.yaml", "--set", compared)
    run = home / "runs" / name
    result = json.loads((run / "result.json").read_text())
    measure = {
        "diagnosis": "macro_auroc",
        "burden": "quadratic_weighted_kappa",
        "heart": "mae",
    }[name]
    assert result["primary"]["measure"] == measure
    assert result["verdict"] in {"gain", "no_gain_shown", "worse", "not_estimable"}
    assert result["primary"]["n_positive"] is None
    predictions = read_predictions(run / "predictions.parquet")
    models = {"fine_tuned", "frozen_backbone", "thumbnail", "random_weights", "shipped:oracle"}
    assert set(predictions["model"]) == models
    classes = load_run(home / f"{name}.yaml").data.targets[name].classes
    assert sorted(set(predictions["class"])) == sorted(classes or [""])
    test = predictions[predictions["split"] == "test"]
    if classes:
        # the oracle is silent where the truth is unknown
        by_case = test[test["score"].notna()].groupby(["model", "case_id"])
        np.testing.assert_allclose(by_case["score"].sum(), 1, rtol=1e-6)
        assert set(by_case["reference"].sum()) <= {0.0, 1.0}
    else:
        sure = test[(test["model"] == "shipped:oracle") & test["reference"].notna()]
        assert (sure["score"] == sure["reference"]).all()
    judged = {row["model"]: row for row in result["measures"] if row["measure"] == measure}
    assert set(judged) == models
    right = [
        row["value"]
        for row in result["measures"]
        if (row["model"], row["measure"], row["subgroup"]) == ("shipped:oracle", "accuracy", "all")
    ]
    assert right == ([1.0] if classes else [])
    (again,) = result["settings"]["read_again"]["targets"]
    assert (again["target"], again["changed"]) == (name, 0 if classes else None)
    html = (run / "report.html").read_text()
    assert "Simulated" in html
    assert 'id="outcomes"' in html
