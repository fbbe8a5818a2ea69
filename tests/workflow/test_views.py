"""A study with its views as one case, from the folder to the report."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pandas as pd
import pytest
import torch

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.errors import ConfigError, RunError, WeightsError
from medtune.learning.batches import Batches
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.predictions import read_predictions
from medtune.tables.splits import read_splits
from medtune.vision.card import card_of
from medtune.vision.export import run_onnx, run_torch
from medtune.vision.export_card import card_in, schema
from medtune.vision.probes import TOLERANCE
from medtune.vision.trained import load
from medtune.workflow import fine_tuning
from medtune.workflow.check import check
from medtune.workflow.evaluate import evaluate
from medtune.workflow.export import export
from medtune.workflow.monitor import monitor
from medtune.workflow.predict import predict
from medtune.workflow.teaching import drawn, prepared, teaching
from medtune.workflow.train import train
from tests.workflow.two_views import write_two_views

STUDIES = 130
GENERIC = """
name: north
site: north
data:
  images: north/dicom
  labels: north/labels.csv
  findings: [effusion]
  split: {train: 0.7, tune: 0.15, calibration: 0.15, test: 0}
model:
  backbone: timm/test_resnet
  weights: none
  adapt: full
  batch_norm: train
  image_size: 64
training: {epochs: 1, batch_size: 16, learning_rate: 3e-3, head_learning_rate: 3e-3}
"""
LOCAL = """
name: south
site: south
data:
  images: south/dicom
  labels: south/labels.csv
  findings: [effusion]
  include: {view: [PA, LATERAL]}
  split: {train: 0.45, tune: 0.15, calibration: 0.15, test: 0.25}
model:
  backbone: timm/test_resnet
  weights: runs/north
  adapt: full
  batch_norm: train
  image_size: 64
  views: max
  most_views: 2
training: {epochs: 5, batch_size: 8, learning_rate: 3e-3, head_learning_rate: 3e-3}
evaluation:
  compare_with: [{shipped: runs/north}, frozen_backbone]
  primary: {compared_with: "shipped:north"}
  resamples: 200
"""


def south(home: Path, *settings: str) -> Run:
    return load_run(home / "south.yaml", settings)


@pytest.fixture(scope="module")
def two_views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both runs trained, the pooled one evaluated; do not write here."""
    home = tmp_path_factory.mktemp("two_views")
    write_two_views(home / "north", "N", 60, seed=1)
    write_two_views(home / "south", "S", STUDIES, seed=2)
    (home / "north.yaml").write_text(GENERIC)
    (home / "south.yaml").write_text(LOCAL)
    train(load_run(home / "north.yaml"), show=False)
    train(south(home), show=False)
    evaluate(south(home), show=False)
    return home


@pytest.fixture
def home(two_views: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    shutil.copytree(two_views, tmp_path / "home")
    return tmp_path / "home"


def test_a_case_is_a_study_and_the_films_stand_beside_it(two_views: Path):
    folder = RunFolder(two_views / "runs/south")
    cases, films = read_cases_table(folder.cases), read_cases_table(folder.films)
    assert len(cases) == STUDIES
    assert (cases["case_id"] == cases["study_id"]).all()
    assert len(films) == STUDIES * 2
    assert cases["films"].sum() == len(films)
    assert cases["view"].value_counts().to_dict() == {"LATERAL+PA": 117, "PA": 13}
    assert cases["effusion"].notna().all()
    splits = read_splits(folder.splits)
    assert set(splits["case_id"]) == set(cases["case_id"])
    assert not RunFolder(two_views / "runs/north").films.exists()
    counts = card_of(folder.path).taught_with.counts["train"]
    train = cases[cases["case_id"].isin(splits.loc[splits["split"] == "train", "case_id"])]
    assert counts["studies"] == len(train)
    assert counts["films"] == train["films"].clip(upper=2).sum()


def test_the_splits_of_the_work_folder_stay_film_by_film(two_views: Path):
    stored = next((two_views / "work/splits").glob("*/seal.json")).parent / "splits.parquet"
    films = read_cases_table(RunFolder(two_views / "runs/south").films)
    assert set(read_splits(stored)["case_id"]) == set(films["case_id"])


def test_every_model_has_one_row_a_study_on_the_same_studies(two_views: Path):
    folder = RunFolder(two_views / "runs/south")
    predictions = read_predictions(folder.predictions)
    splits = read_splits(folder.splits)
    judged = set(splits.loc[splits["split"].isin(["calibration", "test"]), "case_id"])
    assert set(predictions["model"]) == {
        "fine_tuned", "shipped:north", "frozen_backbone", "thumbnail", "random_weights",
    }  # fmt: skip
    for _, rows in predictions.groupby("model"):
        assert set(rows["case_id"]) == judged
        assert not rows["case_id"].duplicated().any()
        assert rows["score"].notna().all()
        assert (rows["case_id"] == rows["study_id"]).all()
    result = json.loads(folder.result.read_text())
    difference = next(
        row for row in result["differences"]
        if row["measure"] == "auroc" and row["compared_with"] == "shipped:north"
    )  # fmt: skip
    test = int((splits["split"] == "test").sum())
    assert difference["n_cases"] == test
    again = result["settings"]["read_again"]  # of a study all films that were seen
    assert (again["cases"], again["pictures"], again["targets"][0]["changed"]) == (20, 0, 0)
    assert again["films"] > 20
    assert again["targets"][0]["difference"] < 1e-5
    assert "max" in folder.report.read_text()


@pytest.mark.slow
def test_a_generic_model_of_single_films_is_scored_film_by_film_and_pooled(two_views: Path):
    folder = RunFolder(two_views / "runs/south")
    predictions = read_predictions(folder.predictions)
    ours = predictions[predictions["model"] == "shipped:north"].set_index("case_id")["score"]
    table = predict(
        two_views / "runs/north", two_views / "south/dicom", two_views / "scores/n.csv", show=False
    )
    films = read_cases_table(folder.films)
    private = pd.read_parquet(two_views / "scores/private/locations.parquet")
    places = pd.read_parquet(two_views / "work/private/locations.parquet")
    same = private.merge(places, on="sop_instance_uid", suffixes=("_new", ""))
    scores = same.merge(table, left_on="case_id_new", right_on="case_id", suffixes=("", "_r"))
    by_study = films.merge(scores[["case_id", "score"]], on="case_id").groupby("study_id")["score"]
    expected = by_study.mean().loc[ours.index]
    np.testing.assert_allclose(ours.to_numpy(float), expected.to_numpy(float), atol=1e-5)


def test_predict_scores_studies_and_says_which_films_were_seen(home: Path, tmp_path: Path):
    films = tmp_path / "films"
    for number in (1, 2, 5, 10, 20):
        shutil.copytree(home / f"south/dicom/S{number:04d}", films / f"S{number:04d}")
    for place, number in ((1, 1), (0, 20)):  # its lateral film is cut off; another's only film
        film = films / f"S{number:04d}" / f"{place}.dcm"
        film.write_bytes(film.read_bytes()[:-3000])
    table = predict(home / "runs/south", films, tmp_path / "out.csv", show=False)
    seen = pd.read_csv(tmp_path / "out-films.csv")
    places = pd.read_parquet(tmp_path / "private/locations.parquet").set_index("case_id")
    study = seen.groupby("case_id")["film"].first().map(places["accession_number"])
    assert sorted(study) == ["S0001", "S0002", "S0005", "S0010", "S0020"]
    table = table.set_index(table["case_id"].map(study))
    assert len(table) == 5
    assert table["refused"].to_dict() == {
        "S0001": False, "S0002": False, "S0005": False, "S0010": False, "S0020": True,
    }  # fmt: skip
    assert table.loc["S0001", "reason"].startswith("1 of 2 films left out: ")
    assert table.loc["S0020", "score"] is None or np.isnan(table.loc["S0020", "score"])
    assert table.loc[["S0002", "S0005", "S0010"], "reason"].isna().all()
    assert table.loc[["S0001", "S0002"], "score"].notna().all()
    beyond = seen[seen["case_id"].map(study) == "S0005"]
    assert beyond["seen"].sum() == 2
    assert set(beyond.loc[beyond["seen"], "view"]) == {"LATERAL", "PA"}
    assert beyond.loc[~beyond["seen"], "reason"].item() == "beyond the 2 films of a study"


@pytest.mark.slow
def test_what_predict_says_of_a_study_is_what_evaluate_says(two_views: Path, tmp_path: Path):
    table = predict(two_views / "runs/south", two_views / "south/dicom", tmp_path / "o.csv",
                    show=False)  # fmt: skip
    folder = RunFolder(two_views / "runs/south")
    predictions = read_predictions(folder.predictions)
    own = predictions[predictions["model"] == "fine_tuned"]
    private = pd.read_parquet(tmp_path / "private/locations.parquet").set_index("case_id")
    seen = pd.read_csv(tmp_path / "o-films.csv").drop_duplicates("case_id").set_index("case_id")
    accession = table["case_id"].map(seen["film"]).map(private["accession_number"])
    films = read_cases_table(folder.films).drop_duplicates("study_id").set_index("study_id")
    places = pd.read_parquet(two_views / "work/private/locations.parquet").set_index("case_id")
    theirs = own["study_id"].map(films["case_id"]).map(places["accession_number"])
    by_accession = pd.Series(table["score"].to_numpy(float), index=accession)
    np.testing.assert_allclose(
        by_accession[theirs.to_numpy()].to_numpy(), own["score"].to_numpy(float), atol=1e-5
    )
    assert own["score"].std() > 0.01


@pytest.mark.slow
def test_a_pooled_generic_model_gives_its_studys_score_to_each_film(home: Path):
    (home / "each.yaml").write_text(
        LOCAL.replace("name: south", "name: each")
        .replace("views: max\n  most_views: 2", "views: each")
        .replace("adapt: full", "adapt: linear_probe")
        .replace("{shipped: runs/north}", "{shipped: runs/pooled}")
        .replace("shipped:north", "shipped:pooled")
    )
    pooled = load_run(home / "north.yaml", ["name=pooled", "model.views=mean",
                                            "data.include.view=[PA, LATERAL]"])  # fmt: skip
    train(pooled, show=False)
    run = load_run(home / "each.yaml")
    train(run, show=False)
    evaluate(run, show=False)
    predictions = read_predictions(RunFolder(home / "runs/each").predictions)
    theirs = predictions[predictions["model"] == "shipped:pooled"]
    own = predictions[predictions["model"] == "fine_tuned"]
    assert set(theirs["case_id"]) == set(own["case_id"])
    assert (theirs["case_id"] != theirs["study_id"]).all()
    assert (theirs.groupby("study_id")["score"].nunique() == 1).all()
    assert (own.groupby("study_id")["score"].nunique() > 1).any()
    with pytest.raises(WeightsError, match=r"views mean, not each \('model\.views'\)"):
        train(load_run(home / "each.yaml", ["name=other", "model.weights=runs/pooled"]))


def test_check_counts_studies_by_their_views(two_views: Path):
    report = check(south(two_views), headers_only=True, show=False)
    assert report.views == {"LATERAL+PA": 117, "PA": 13}
    assert "  117 studies with LATERAL+PA" in report.lines()
    assert report.as_dict()["studies_by_views"] == report.views


class Stop(Exception):
    pass


@pytest.mark.slow
def test_what_look_shows_of_a_film_is_what_training_draws(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    run = south(home, "name=again")
    taught = teaching(run, show=False)
    caught = SimpleNamespace()

    def stop(lesson):
        caught.lesson = lesson
        raise Stop

    monkeypatch.setattr(fine_tuning, "fit", stop)
    with pytest.raises(Stop):
        train(run, show=False)
    lesson = caught.lesson
    assert set(lesson.train.case_id) == set(taught.films["study_id"])
    batches = Batches(lesson.train, lesson.tune, batch_size=8, seed=run.training.seed,
                      stage=taught.stage)  # fmt: skip
    batches.sampler.set_epoch(2)
    theirs = {
        case_id: views[there]
        for batch in batches.train_dataloader()
        for case_id, views, there in zip(batch.case_id, batch.inputs, batch.there, strict=True)
    }
    numbers = list(range(0, len(taught.films), 7))
    ours = drawn(run, taught, numbers, 2)
    for number, film in zip(numbers, ours, strict=True):
        study, place = taught.films["study_id"][number], taught.places[number, 1]
        np.testing.assert_array_equal(film, theirs[study][place, 0])
    rows = taught.decoded.rows.loc[taught.films["case_id"].iloc[numbers], "row"].astype(int)
    held = taught.decoded.pixels[rows.to_numpy()].astype(np.float32) / 65535
    np.testing.assert_array_equal(prepared(taught, numbers), held)


@pytest.mark.slow
def test_a_run_that_was_begun_goes_on_with_the_same_studies(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    run = south(home, "name=again")
    real = fine_tuning.save

    def killed(*_):
        raise Stop

    monkeypatch.setattr(fine_tuning, "save", killed)
    with pytest.raises(Stop):
        train(run, show=False)
    monkeypatch.setattr(fine_tuning, "save", real)
    train(run, show=False)
    once, again = load(home / "runs/south"), load(home / "runs/again")
    for name, value in once.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name
    assert once.card.thresholds == again.card.thresholds


@pytest.mark.slow
def test_pooled_views_find_what_one_view_does_not_show(home: Path):
    pooled = json.loads((home / "runs/south/result.json").read_text())
    frontal = south(home, "name=frontal", "data.include.view=[PA]", "data.work=other")
    train(frontal, show=False)
    alone = json.loads(json.dumps(evaluate(frontal, show=False).measures.to_dict("records")))

    def auroc(measures) -> float:
        return next(
            row["value"] for row in measures
            if (row["model"], row["measure"], row["subgroup"]) == ("fine_tuned", "auroc", "all")
        )  # fmt: skip

    assert auroc(pooled["measures"]) > auroc(alone) + 0.2


def test_another_way_of_pooling_is_not_this_runs(home: Path):
    with pytest.raises(RunError, match=r"other settings: model\.views"):
        train(south(home, "model.views=mean"), show=False)
    run = home / "runs/south/run.yaml"
    run.write_text(run.read_text().replace("views: max", "views: mean"))
    with pytest.raises(RunError, match="views max, not mean"):
        evaluate(home / "runs/south", show=False)


@pytest.mark.slow
def test_a_program_scores_studies_as_predict_does(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    done = export(home / "runs/south", show=False)
    assert max(done.differences.values()) <= TOLERANCE
    run = south(home)
    taught = teaching(run, show=False)
    batch = taught.samples.__getitems__([0, 1, 2, 3])
    films = batch.inputs.numpy().copy()
    films[~batch.there.numpy()] = np.nan
    with torch.inference_mode():
        wanted = load(home / "runs/south").network(*batch.seen).sigmoid().numpy()
    for scorer in (run_onnx(done.files["onnx"].read_bytes()),
                   run_torch(done.files["torch"].read_bytes())):  # fmt: skip
        np.testing.assert_allclose(scorer(films), wanted, rtol=0, atol=1e-5)
    card = card_in(done.files["onnx"])
    jsonschema.validate(card, json.loads(schema()))
    assert card["input"]["shape"] == ["batch", "views", 1, 64, 64]
    page = (done.folder / "README.md").read_text(encoding="utf-8")
    assert "up to 2 of them and one of each view first" in page
    np.save(done.folder / "film.npy", prepared(taught, [0])[0])
    monkeypatch.chdir(done.folder)
    capsys.readouterr()
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(code, {})
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [finding for finding, _, _ in said] == ["effusion", "effusion"]
    assert float(said[0][1]) == pytest.approx(float(said[1][1]), abs=1e-5)


def test_monitoring_is_for_single_films_and_says_so(two_views: Path):
    with pytest.raises(RunError, match="compares single films"):
        monitor(two_views / "runs/south", two_views / "south/dicom", show=False)


def test_films_are_not_mixed_with_those_of_another_view(two_views: Path):
    for name in ("mixup", "cutmix"):
        with pytest.raises(ConfigError, match=f"{name} would mix a frontal film with a lateral"):
            south(two_views, f"training.{name}=0.2")
    with pytest.raises(ConfigError, match="attention has to be learnt"):
        south(two_views, "model.views=attention", "model.adapt=fast_probe")
