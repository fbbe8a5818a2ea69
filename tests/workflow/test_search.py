"""A search: judged on tune alone, the same after any interruption, and its best trains alike."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.errors import InputError, RunError
from medtune.learning import trials
from medtune.run_folder import RunFolder, SearchFolder
from medtune.tables.looks import read_looks
from medtune.workflow import search as searching
from medtune.workflow.search import search
from medtune.workflow.search_words import Searched
from medtune.workflow.splitting import split_folder
from medtune.workflow.train import train

SPACE = "{training.learning_rate: {low: 1e-5, high: 1e-1, log: true}, model.adapt: [full, norm]}"
SETTINGS = [
    "model.weights=none", "model.adapt=norm", "training.epochs=2", "training.head_epochs=1",
    "training.batch_size=16", "data.findings=[effusion]",
    "evaluation={compare_with: [frozen_backbone], resamples: 200}",
]  # fmt: skip


def south(home: Path, name: str, *settings: str, space: str = SPACE, trials: int = 5) -> Run:
    asked = [f"name={name}", f"search.space={space}", f"search.trials={trials}", *SETTINGS]
    last = dict(setting.split("=", 1) for setting in [*asked, *settings])
    written = [f"{setting}={value}" for setting, value in last.items()]
    return load_run(home / "south.yaml", written, files_must_exist=False)


def folder(home: Path, name: str) -> SearchFolder:
    return RunFolder(home / "runs" / name).search


def table(home: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder(home, name).table)


@pytest.fixture(scope="module", autouse=True)
def prepared() -> list:
    """Two trials are enough to stop a third; the films of all searches are looked through once."""
    real, patch, made = searching.prepare, pytest.MonkeyPatch(), []

    def prepare(run, folder, **how):
        if not made:
            made.append(real(run, folder, **how))
        return made[0]

    patch.setattr(searching, "prepare", prepare)
    patch.setattr(trials, "BEFORE_STOPPING", 2)
    yield made
    patch.undo()


@pytest.fixture(scope="module")
def home(hospitals: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The films; each search here has a name of its own."""
    home = tmp_path_factory.mktemp("search") / "home"
    shutil.copytree(hospitals, home)
    return home


@pytest.fixture(scope="module")
def uncut(home: Path) -> Searched:
    """Five trials without an interruption."""
    return search(south(home, "uncut"), show=False)


def test_every_trial_is_in_the_table_and_the_first_is_the_run_as_it_stands(home, uncut):
    rows = table(home, "uncut")
    assert list(rows)[:5] == [
        "trial", "state", "tune_auroc", "training.learning_rate", "model.adapt",
    ]  # fmt: skip
    assert rows["trial"].tolist() == [1, 2, 3, 4, 5]
    assert rows.loc[0, ["training.learning_rate", "model.adapt"]].tolist() == [5e-4, "norm"]
    assert rows["training.learning_rate"].between(1e-5, 1e-1).all()
    complete = rows[rows["state"] == "complete"]
    assert uncut.trial.value == complete["tune_auroc"].max()
    assert uncut.own == rows.loc[0, "tune_auroc"]
    assert uncut.trials == rows["state"].value_counts().to_dict()
    stopped = rows[rows["state"] == "pruned"]
    assert (stopped["epochs"] < 2).all()
    assert set(stopped["reason"]) <= {"below the median of the trials before it"}
    assert not list(folder(home, "uncut").records.glob("*/checkpoints"))


def test_test_and_calibration_are_never_scored(home, uncut, prepared, monkeypatch):
    real, taught = searching.lesson_of, set()

    def caught(*words):
        lesson = real(*words)
        taught.update(lesson.train.case_id, lesson.tune.case_id)
        return lesson

    monkeypatch.setattr(searching, "lesson_of", caught)
    search(south(home, "caught", trials=1), show=False)
    splits = prepared[0].splits
    assert set(splits.loc[splits["case_id"].isin(taught), "split"]) == {"train", "tune"}
    assert not read_looks(split_folder(south(home, "caught")))


def test_the_best_run_trains_to_what_its_trial_reached(home, uncut):
    best = load_run(uncut.best, files_must_exist=False)
    assert (best.name, best.search.chosen_from) == ("uncut-best", 5)
    trained = RunFolder(train(best, show=False))
    assert json.loads(trained.environment.read_text())["tune_auroc"] == uncut.trial.value
    text = uncut.best.read_text()
    assert "start_from: run.yaml" in text
    assert f"tune AUROC {uncut.trial.value:.4f}, the best of 5" in text


@pytest.mark.slow
def test_cut_again_and_again_it_finds_the_same(home, uncut, monkeypatch):
    real, calls = trials.hopeless, []

    def cut(*words):
        calls.append(words)
        if len(calls) % 2 == 0:
            raise KeyboardInterrupt
        return real(*words)

    monkeypatch.setattr(searching, "hopeless", cut)
    cuts, found = 0, None
    while found is None:
        try:
            found = search(south(home, "cut"), show=False)
        except KeyboardInterrupt:
            cuts += 1
    assert cuts >= 4
    pd.testing.assert_frame_equal(
        table(home, "cut").drop(columns="seconds"), table(home, "uncut").drop(columns="seconds")
    )
    assert (found.trial.settings, found.trial.value) == (uncut.trial.settings, uncut.trial.value)
    assert found.best.read_text() == uncut.best.read_text().replace("uncut-best", "cut-best")
    for number in range(1, 6):
        one, other = (
            pd.read_csv(folder(home, name).trial(number).metrics).drop(columns="seconds")
            for name in ("cut", "uncut")
        )
        pd.testing.assert_frame_equal(one, other)


def test_hours_end_it_and_more_of_them_go_on_with_the_trial(home, capfd):
    with pytest.raises(RunError, match=r"within 'search.hours: 1e-09'"):
        search(south(home, "hours", "search.hours=1e-9", trials=1))
    assert "trial 1 goes on when it gets more" in capfd.readouterr().err
    assert table(home, "hours")[["state", "epochs"]].to_numpy().tolist() == [["running", 1]]
    search(south(home, "hours", "search.hours=1", trials=1))
    assert "norm: goes on after epoch 1" in capfd.readouterr().err
    assert table(home, "hours")["epochs"].tolist() == [2]
    search(south(home, "hours", "search.hours=1e-9", trials=4), show=False)  # it has had them
    assert len(table(home, "hours")) == 1
    with pytest.raises(RunError, match=r"other settings: training\.epochs, search\.space\."):
        search(south(home, "hours", "training.epochs=3", space="{training.mixup: [0, 1]}"))


def test_failed_trials_are_named_and_the_same_settings_are_not_trained_twice(home, capfd):
    space = "{model.adapt: [norm, lora], training.keep: [last, swa]}"
    run = south(home, "failing", "model.lora_rank=2", "training.epochs=1", space=space, trials=40)
    found = search(run)
    rows = table(home, "failing")
    own = rows[rows["same_as"].isna()]
    assert len(own) == 4  # every combination once
    assert len(rows) < 40  # and then it ends
    failed = own[own["state"] == "failed"]
    assert failed[["model.adapt", "training.keep"]].to_numpy().tolist() == [["lora", "swa"]]
    assert failed["reason"].item().startswith("'training.keep': swa averages weights, and")
    assert found.trials == {"complete": 3, "failed": 1}
    again = rows[rows["same_as"].notna()].merge(own, left_on="same_as", right_on="trial")
    assert len(again) == len(rows) - 4
    for column in ("model.adapt", "training.keep", "state"):
        assert (again[f"{column}_x"] == again[f"{column}_y"]).all()
    assert (again["seconds_x"] == 0).all()
    said = capfd.readouterr().err
    assert said.count("the same settings as trial") == len(again)


def test_a_search_of_which_all_fail_says_why(home):
    space = "{training.keep: [swa, greedy_soup]}"
    run = south(home, "all-fail", "model.adapt=lora", space=space, trials=2)
    with pytest.raises(RunError, match=r"All \d trials failed; trial 1: 'training.keep': \w+ aver"):
        search(run, show=False)
    assert set(table(home, "all-fail")["state"]) == {"failed"}
    assert not folder(home, "all-fail").best.exists()


def test_a_mistake_of_a_library_fails_one_trial(home, monkeypatch):
    def learn(run, prepared, lesson):
        if run.model.adapt == "full":
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB in /secret/path")
        if run.training.learning_rate > 1e-3:
            return math.nan, 1.0
        raise ValueError("/secret/path")

    monkeypatch.setattr(searching, "learn", learn)
    with pytest.raises(RunError, match="All 6 trials failed"):
        search(south(home, "mistakes", trials=6), show=False)
    reasons = table(home, "mistakes").set_index("model.adapt")["reason"]
    assert set(reasons["full"]) == {"out of memory"}
    assert set(reasons["norm"]) <= {
        "its tune AUROC is no number", "a mistake of medtune's or of a library (ValueError)",
    }  # fmt: skip


def test_without_a_space_there_is_nothing_to_search(home):
    with pytest.raises(InputError, match=r"'search\.space' names no setting"):
        search(south(home, "none", space="{}"), show=False)


def test_several_devices_are_for_the_training_not_for_the_search(home):
    run = south(home, "wide", "training.devices=2")
    with pytest.raises(InputError, match=r"ask for 2 devices.*each trial on one"):
        search(run, show=False)
    assert not folder(home, "wide").prepared.path.exists()
