"""A network prepared differently refuses to load, and says in what."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import save_file

from medtune.config import Model
from medtune.config.load import load_run
from medtune.errors import RunError, WeightsError
from medtune.films.harmonise import Harmonisation
from medtune.films.preprocessing import Preprocessing
from medtune.learning.weights import read_state
from medtune.vision.card import card_of, origin_of
from medtune.vision.fitting import SETTINGS, must_be_of, must_prepare_alike
from medtune.vision.trained import load, start
from tests.vision.exported import FINDINGS, finished

BACKBONE, SIZE = "timm/test_efficientnet", 64
OTHERWISE = {
    "image_size": 96,
    "fit": "crop",
    "window": 2,
    "prefer_lut": False,
    "without_window": "full_range",
    "collimation": "crop",
    "depth": 8,
    "version": 2,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("runs") / "small", BACKBONE, SIZE)


def model(run: Path, **changed) -> Model:
    return Model(**{"backbone": BACKBONE, "weights": str(run), "image_size": SIZE, **changed})


def with_card(run: Path, tmp_path: Path, **changed) -> Path:
    """The run's weights under a card that says something else; None takes a word out."""
    with safe_open(run / "model.safetensors", "pt") as handle:
        card = json.loads(handle.metadata()["medtune"])
    card = {key: value for key, value in {**card, **changed}.items() if value is not None}
    path = tmp_path / "changed.safetensors"
    save_file(read_state(run / "model.safetensors"), path, metadata={"medtune": json.dumps(card)})
    return path


def test_weights_that_know_such_films_are_started_from(run: Path):
    network = start(model(run), 3, Preprocessing(SIZE))
    assert network.head.out_features == 3
    theirs = load(run).network.backbone.state_dict()
    for name, value in network.backbone.state_dict().items():
        assert value.equal(theirs[name]), name


def test_the_changes_of_the_test_are_all_that_a_specification_has():
    assert {*OTHERWISE, "harmonise"} == {one.name for one in dataclasses.fields(Preprocessing)}
    assert set(SETTINGS) == {*OTHERWISE, "harmonise"} - {"version"}


@pytest.mark.parametrize("name", OTHERWISE)
def test_each_way_of_preparing_films_otherwise_is_named(run: Path, name: str):
    spec = dataclasses.replace(Preprocessing(SIZE), **{name: OTHERWISE[name]})
    theirs = getattr(Preprocessing(SIZE), name)
    setting = rf" \('{SETTINGS[name]}'\)" if name in SETTINGS else ""
    with pytest.raises(WeightsError, match=rf"{name} {theirs}, not {OTHERWISE[name]}{setting}"):
        start(model(run), len(FINDINGS), spec)


def test_a_run_may_harmonise_towards_weights_that_did_not_but_not_the_other_way(
    run: Path, tmp_path: Path
):
    rule = Harmonisation("percentile", tuple(np.linspace(0.1, 0.9, 33)))
    spec = Preprocessing(SIZE, harmonise=rule)
    start(model(run, harmonise="percentile"), len(FINDINGS), spec)
    theirs = with_card(run, tmp_path, preprocessing=dataclasses.asdict(spec))
    card = card_of(theirs)
    assert card.preprocessing == spec
    must_prepare_alike(card, model(run, harmonise="histogram"), spec)
    with pytest.raises(WeightsError, match=r"percentile to greys of 0\.1 to 0\.9, not none"):
        must_prepare_alike(card, model(run), Preprocessing(SIZE))
    mine = load_run(run / "run.yaml", files_must_exist=False)
    with pytest.raises(RunError, match="harmonise percentile to greys"):
        must_be_of(card, mine, Preprocessing(SIZE))


def test_all_differences_are_named_at_once(run: Path):
    with pytest.raises(WeightsError) as error:
        start(model(run, backbone="timm/resnet10t"), len(FINDINGS), Preprocessing(**OTHERWISE))
    for name in (*OTHERWISE, "backbone timm/test_efficientnet, not timm/resnet10t"):
        assert name in str(error.value)
    assert str(run) not in str(error.value)


def test_random_weights_know_no_films(run: Path):
    start(model(run, image_size=96), len(FINDINGS), Preprocessing(96), random=True)


def test_a_card_of_other_weights_is_refused(run: Path, tmp_path: Path):
    three = with_card(run, tmp_path, findings=[*FINDINGS, "nodule"])
    with pytest.raises(WeightsError, match=r"3 findings \(.*nodule\).* 2 outputs"):
        load(three)
    spec = dataclasses.asdict(Preprocessing(SIZE, version=2))
    with pytest.raises(WeightsError, match=r"version 2 of the preprocessing.* version 3"):
        load(with_card(run, tmp_path, preprocessing=spec))
    flat = {"mean": 0.5, "deviation": 0.0}
    with pytest.raises(WeightsError, match="divides grey values by 0"):
        load(with_card(run, tmp_path, normalisation=flat))
    with pytest.raises(WeightsError, match="another version of medtune"):
        load(with_card(run, tmp_path, format=2))
    for word in ("normalisation", "preprocessing", "findings"):
        with pytest.raises(WeightsError, match="not whole"):
            load(with_card(run, tmp_path, **{word: None}))
    with pytest.raises(WeightsError, match="not whole"):
        load(with_card(run, tmp_path, foreign=1))


def test_weights_from_before_cards_said_so_have_an_unknown_origin(run: Path, tmp_path: Path):
    card = card_of(with_card(run, tmp_path, origin=None, taught_with=None))
    assert card.origin.licence == "unknown"
    assert card.taught_with is None


def test_weights_in_another_runs_folder_are_refused(run: Path):
    card, mine = card_of(run), load_run(run / "run.yaml", files_must_exist=False)
    must_be_of(card, mine, Preprocessing(SIZE))
    for changed, said in (
        ({"name": "large"}, "name large, not small"),
        ({"site": "north"}, "site north, not south"),
        ({"findings": ["nodule"]}, "findings nodule, not effusion, Pneumothorax"),
        ({"backbone": "timm/resnet10t"}, "backbone timm/resnet10t, not timm/test_eff"),
        ({"preprocessing": Preprocessing(SIZE, fit="crop")}, "fit crop, not pad"),
    ):
        with pytest.raises(RunError, match=said):
            must_be_of(dataclasses.replace(card, **changed), mine, Preprocessing(SIZE))


def test_a_run_hands_on_where_its_weights_came_from(run: Path):
    origin = origin_of(model(run))
    assert origin == dataclasses.replace(card_of(run).origin, through=("north", "small"))
    assert "then taught by north, small" in origin.words
    assert "CC-BY-NC-4.0" in str(origin.warning)
