"""A run that brings its films' greys to those its weights know: taught, judged and used so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from medtune.config.load import load_run
from medtune.errors import DataError, RunError
from medtune.tables.predictions import read_predictions
from medtune.vision.card import card_of
from medtune.workflow.decoding import spec_of
from medtune.workflow.evaluate import evaluate
from medtune.workflow.predict import predict
from medtune.workflow.train import train

QUICK = (
    "name=greys",
    "model.adapt=fast_probe",
    "model.harmonise=response",
    "ladder={}",
    "evaluation.compare_with=[{shipped: runs/north}, frozen_backbone]",
)


@pytest.fixture(scope="module")
def taught(blobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of hospitals with a harmonised run, trained."""
    home = tmp_path_factory.mktemp("taught") / "home"
    shutil.copytree(blobs, home)
    train(load_run(home / "south.yaml", QUICK), show=False)
    return home


@pytest.fixture(scope="module")
def greys(taught: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, judged."""
    home = tmp_path_factory.mktemp("greys") / "home"
    shutil.copytree(taught, home)
    evaluate(load_run(home / "south.yaml", QUICK), show=False)
    return home


def test_a_card_says_what_greys_taught_it(blobs: Path):
    home = card_of(blobs / "runs/north").home
    assert home is not None
    assert 0.2 < home.scores["effusion"].prevalence < 0.6
    assert len(home.scores["effusion"].present) == len(home.scores["effusion"].absent) == 65
    assert len(home.greys) == 33
    assert (np.diff(home.greys) >= 0).all()
    assert 0 < home.greys[0] < home.greys[-1] <= 1


def test_films_are_brought_to_what_the_weights_know(taught: Path):
    north, own = card_of(taught / "runs/north"), card_of(taught / "runs/greys")
    rule = own.preprocessing.harmonise
    assert rule is not None
    assert rule.method == "response"
    assert rule.wanted == north.home.greys
    assert own.home is not None
    before = np.abs(np.subtract(rule.seen, rule.wanted)).mean()
    after = np.abs(np.subtract(own.home.greys, rule.wanted)).mean()
    assert before > 0.05
    assert after < 0.25 * before


@pytest.mark.slow
def test_service_scores_films_as_the_judgement_did(greys: Path, tmp_path: Path):
    scored = read_predictions(greys / "runs/greys/predictions.parquet")
    own = scored[(scored["model"] == "fine_tuned") & (scored["target"] == "effusion")]
    moved = tmp_path / "greys"  # only the run's own folder goes where it is used
    shutil.copytree(greys / "runs/greys", moved)
    table = predict(moved, greys / "south/dicom", tmp_path / "out/scores.csv", show=False)
    found = np.sort(table.loc[table["target"] == "effusion", "score"].dropna().to_numpy(float))
    wanted = own["score"].dropna().to_numpy(float)
    nearest = np.clip(np.searchsorted(found, wanted), 1, found.size - 1)
    distance = np.minimum(abs(found[nearest] - wanted), abs(found[nearest - 1] - wanted))
    assert distance.max() < 1e-5  # other films stood beside them: other sums, rounded otherwise


def test_a_run_without_its_whole_rule_is_refused(taught: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(taught, home)
    run = load_run(home / "south.yaml", QUICK)
    rule = home / "runs/greys/harmonise.json"
    rule.write_text(json.dumps({"method": "percentile", "wanted": [0.1] * 33}))
    with pytest.raises(RunError, match=r"no whole harmonise\.json with 'model\.harmonise: resp"):
        spec_of(run)
    rule.write_text(json.dumps({"method": "response", "wanted": [0.1] * 33, "seen": [0.2] * 33}))
    with pytest.raises(RunError, match=r"response .* not response to greys of 0\.1 to"):
        evaluate(run, show=False)


def test_weights_that_say_no_greys_cannot_be_aimed_at(blobs: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(blobs, home, ignore=shutil.ignore_patterns("runs"))
    run = load_run(home / "north.yaml", ("model.harmonise=response",))
    with pytest.raises(DataError, match="take percentile or histogram"):
        train(run, show=False)
    assert not (home / "runs/north/run.yaml").exists()
