"""The whole road: films in, a report out, and everything beside it as the design says."""

from __future__ import annotations

import json
import os
import platform
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.errors import DataError, InputError, LeakError, RunError, WeightsError
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.predictions import COLUMNS, read_predictions
from medtune.tables.results import DIFFERENCE_COLUMNS, MEASURE_COLUMNS
from medtune.tables.splits import read_splits, write_splits
from medtune.vision.card import card_of
from medtune.vision.licences import Origin
from medtune.vision.trained import load, save
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.splitting import split_folder
from medtune.workflow.train import train
from tests.report.page import Page


def test_the_folders_hold_what_they_must(judged: Path):
    run = judged / "runs/south"
    for name in (
        "run.yaml", "environment.json", "cases.parquet", "splits.parquet", "metrics.csv",
        "checkpoints", "model.safetensors", "predictions.parquet", "measures.csv",
        "differences.csv", "result.json", "report.html",
    ):  # fmt: skip
        assert (run / name).exists(), name
    work = judged / "work"
    assert (work / "index.parquet").exists()
    assert oct((work / "private/locations.parquet").stat().st_mode)[-3:] == "600"
    folder = split_folder(load_run(judged / "south.yaml"))
    assert {"splits.parquet", "seal.json", "looks.jsonl"} <= set(os.listdir(folder))
    assert not [p for p in judged.rglob("*") if "partial" in p.name]


def test_the_tables_have_their_columns_and_models(judged: Path):
    run = judged / "runs/south"
    predictions = read_predictions(run / "predictions.parquet")
    assert list(predictions.columns)[: len(COLUMNS)] == list(COLUMNS)
    assert set(predictions["model"]) == {
        "fine_tuned", "shipped:north", "frozen_backbone", "thumbnail", "random_weights",
    }  # fmt: skip
    assert set(predictions["split"]) == {"calibration", "test"}
    only_north = predictions[predictions["model"] == "shipped:north"]
    assert set(only_north["target"]) == {"effusion"}
    assert list(pd.read_csv(run / "measures.csv")) == list(MEASURE_COLUMNS)
    columns = list(pd.read_csv(run / "differences.csv"))
    assert columns == [*DIFFERENCE_COLUMNS, "p_holm", "p_bh"]
    result = json.loads((run / "result.json").read_text())
    assert result["verdict"] in {"gain", "no_gain_shown", "worse", "not_estimable"}
    for key in ("schema_version", "question", "primary", "answer", "control_passed", "measures"):
        assert key in result
    rows = [r for r in result["differences"] if r["compared_with"] == "shipped:north"]
    claimed = {(r["measure"], r["rule"]) for r in rows}
    for measure in ("accuracy", "accuracy_relative"):
        assert {(measure, "shipped"), (measure, "site")} <= claimed
    assert "auroc_error_relative" in {measure for measure, _ in claimed}


def test_a_finished_run_is_left_as_it_is_and_another_one_refused(judged: Path):
    weights = judged / "runs/south/model.safetensors"
    before = weights.read_bytes()
    assert train(load_run(judged / "south.yaml"), show=False) == judged / "runs/south"
    assert weights.read_bytes() == before
    with pytest.raises(RunError, match=r"training\.epochs"):
        train(load_run(judged / "south.yaml", ["training.epochs=9"]), show=False)


def test_a_run_that_is_not_finished_cannot_be_judged_or_used(hospitals: Path, tmp_path: Path):
    with pytest.raises(RunError, match="no run folder"):
        evaluate(load_run(hospitals / "north.yaml"), show=False)
    with pytest.raises(RunError, match="no run folder"):
        predict(tmp_path, hospitals / "north/dicom")


def test_predict_scores_decides_and_refuses(judged: Path, tmp_path: Path):
    films = tmp_path / "films"
    shutil.copytree(judged / "north/dicom", films)
    every = sorted(films.rglob("*.dcm"))
    for film in every[12:]:
        film.unlink()
    every[0].write_bytes(every[0].read_bytes()[:-2000])
    table = predict(judged / "runs/south", films, tmp_path / "out.csv", show=False)
    assert list(table) == [
        "case_id", "target", "score", "threshold", "decision", "refused", "reason",
    ]  # fmt: skip
    assert len(table) == 12 * 2
    refused = table[table["refused"]]
    assert len(refused) == 2
    assert refused["reason"].notna().all()
    assert refused["score"].isna().all()
    scored = table[~table["refused"]]
    present = scored["score"] >= scored["threshold"]
    assert (scored["decision"] == present.map({True: "present", False: "absent"})).all()
    places = pd.read_parquet(tmp_path / "private/locations.parquet")
    assert set(places["case_id"]) == set(table["case_id"])


def test_predict_refuses_films_that_the_model_is_not_for(judged: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    settings = ["name=only-pa", "data.include.view=[PA]", "model.adapt=linear_probe"]
    folder = train(load_run(home / "south.yaml", settings), show=False)
    table = predict(folder, home / "south/dicom", tmp_path / "out.csv", show=False)
    said = table["reason"].dropna().unique().tolist()
    assert "view AP" in said
    assert table.loc[table["reason"] == "view AP", "score"].isna().all()
    assert (~table["refused"]).any()


def test_a_test_patient_whom_the_shipped_model_learnt_from_stops_the_run(
    hospitals: Path, tmp_path: Path
):
    home = tmp_path / "home"
    shutil.copytree(hospitals, home)
    train(load_run(home / "north.yaml"), show=False)
    seed = RunFolder(home / "runs/north").of_seed(1)  # a further seed learnt from the same
    seed.path.mkdir(parents=True)
    shutil.copy(home / "runs/north/model.safetensors", seed.model)
    settings = ["name=again", "data.split.test=0.3", "data.split.train=0.3"]
    for weights in ("runs/north", "runs/north/seeds/1"):
        again = load_run(home / "north.yaml", [*settings, f"model.weights={weights}"])
        with pytest.raises(LeakError, match="taught the run north"):
            train(again, show=False)


def test_the_card_says_what_taught_and_under_which_licence(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    run = judged / "runs/south"
    card = card_of(run)
    assert card.origin.weights == "random weights"
    assert card.origin.through == ("north",)
    taught = card.taught_with
    assert taught is not None
    assert taught.cases_sha256 == sha256_of(run / "cases.parquet")
    assert taught.splits_sha256 == sha256_of(run / "splits.parquet")
    cases = read_cases_table(run / "cases.parquet").merge(read_splits(run / "splits.parquet"))
    labelled = cases[cases[card.findings].notna().any(axis=1)]
    for name in ("train", "tune", "calibration"):
        part = labelled[labelled["split"] == name]
        assert taught.counts[name] == {
            "films": len(part),
            "studies": part["study_id"].nunique(),
            "patients": part["group_id"].nunique(),
        }
    page = (run / "report.html").read_text()
    assert taught.cases_sha256[:12] in page
    assert "none is needed" in page
    film = next((judged / "south/dicom").rglob("*.dcm"))
    predict(run, film, tmp_path / "out.csv")
    said = capsys.readouterr().err
    assert "random weights, then taught by north" in said
    assert taught.words in said


def test_a_licence_that_limits_the_use_is_a_warning_wherever_the_model_goes(
    judged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    run = home / "runs/south"
    model = load(run)
    origin = Origin("convnextv2-tiny", "CC-BY-NC-4.0", "non-commercial")
    save(model.network, replace(model.card, origin=origin), run / "model.safetensors")
    result = evaluate(load_run(home / "south.yaml"), show=False)
    assert origin.warning in result.warnings
    page = Page((run / "report.html").read_text())
    assert origin.warning in page.text
    assert origin.warning in json.loads((run / "result.json").read_text())["warnings"]
    predict(run, next((home / "south/dicom").rglob("*.dcm")), tmp_path / "out.csv")
    assert f"WARNING: {origin.warning}" in capsys.readouterr().err


def test_a_test_split_that_was_changed_after_training_is_not_judged(judged: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    folder = split_folder(load_run(home / "south.yaml"))
    looks = (folder / "looks.jsonl").read_text()
    path = home / "runs/south/splits.parquet"
    splits = read_splits(path)
    splits.loc[splits["split"] == "train", "split"] = "test"
    write_splits(splits, path)
    with pytest.raises(RunError, match=r"other tables .*: splits\.parquet changed since"):
        evaluate(load_run(home / "south.yaml"), show=False)
    assert (folder / "looks.jsonl").read_text() == looks


def test_films_prepared_otherwise_than_the_generic_models_stop_the_run_before_it_begins(
    judged: Path, tmp_path: Path
):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    settings = ["name=larger", "model.image_size=96", "data.pixels.fit=crop"]
    larger = load_run(home / "south.yaml", settings)
    said = r"image_size 64, not 96 \('model.image_size'\); fit pad, not crop"
    with pytest.raises(WeightsError, match=said):
        train(larger, show=False)
    assert not (home / "runs/larger").exists()
    report = check(larger, headers_only=True, show=False)
    assert report.stops
    assert any("image_size 64, not 96" in problem for problem in report.problems)


def test_any_products_scores_are_judged_beside(judged: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    labels = pd.read_csv(home / "south/labels.csv", dtype=str)
    scores = labels["effusion"].map({"1": 0.8, "0": 0.2}).fillna(0.5)
    scores += [0.3 * (i % 3 - 1) for i in range(len(scores))]
    table = pd.DataFrame({"accession_number": labels["accession_number"], "ai_score": scores})
    table.iloc[5:].to_csv(home / "vendor.csv", index=False)
    run = load_run(
        home / "south.yaml",
        [
            "evaluation.compare_with=[{scores: vendor.csv, column: ai_score, finding: effusion, "
            "threshold: 0.5}]",
            "evaluation.primary.compared_with=shipped:vendor",
        ],
    )
    result = evaluate(run, show=False)
    vendor = result.measures[result.measures["model"] == "shipped:vendor"]
    assert set(vendor["rule"]) >= {"shipped", "site"}
    assert result.primary["compared_with"] == "shipped:vendor"


def test_a_failed_start_does_not_claim_the_name(hospitals: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(hospitals, home)
    wrong = load_run(home / "north.yaml", ["model.backbone=timm/mobilenetv3_smal_050"])
    with pytest.raises(InputError, match="Did you mean"):
        train(wrong, show=False)
    right = load_run(home / "north.yaml", ["training.epochs=1", "name=north"])
    assert (train(right, show=False) / "model.safetensors").exists()


def test_what_is_wrong_with_another_model_is_said_before_the_test_is_opened(
    judged: Path, tmp_path: Path
):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    folder = split_folder(load_run(home / "south.yaml"))
    before = (folder / "looks.jsonl").read_text()
    (home / "vendor.csv").write_text("patient_id,ai\nnobody,0.4\n")
    other = "evaluation.compare_with=[{scores: vendor.csv, id: patient_id, column: ai, "
    run = load_run(
        home / "south.yaml",
        [other + "finding: effusion}]", "evaluation.primary.compared_with=shipped:vendor"],
    )
    with pytest.raises(DataError, match="none of its 1 row "):
        evaluate(run, show=False)
    assert (folder / "looks.jsonl").read_text() == before


def test_logs_do_not_name_the_machine(judged: Path):
    files = [p.name for p in (judged / "runs/south/tensorboard").rglob("*tfevents*")]
    assert files
    assert not [name for name in files if platform.node() in name.split(".")]


def test_a_fast_probe_is_a_finished_run_and_the_local_head_itself(judged: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    shutil.rmtree(home / "work/features")
    settings = ["name=fast", "model.adapt=fast_probe"]
    run = load_run(home / "south.yaml", settings)
    folder = train(run, show=False)
    files = {path: path.stat().st_mtime_ns for path in (home / "work/features").rglob("*.*")}
    assert files
    evaluate(run, show=False)
    for path, modified in files.items():
        assert path.stat().st_mtime_ns == modified  # read, not made again
    scores = read_predictions(folder / "predictions.parquet").pivot_table(
        index=["case_id", "target"], columns="model", values="score"
    )
    apart = (scores["fine_tuned"] - scores["frozen_backbone"]).abs()
    assert len(apart) > 50
    assert apart.max() < 1e-4
    table = predict(folder, home / "south/dicom", tmp_path / "out.csv", show=False)
    assert table.loc[~table["refused"], "score"].between(0, 1).all()
    own = pd.read_csv(folder / "metrics.csv")
    assert own["stage"].tolist() == ["fast_probe"]
    before = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").unlink()
    train(run, show=False)
    assert (folder / "model.safetensors").read_bytes() == before
