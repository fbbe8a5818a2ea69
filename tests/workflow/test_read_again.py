"""Test films read and scored again: the same twice, and what is not the same shows."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.evaluation.repeatability import Counted, Repeated
from medtune.films.locations import read_locations
from medtune.report.words import ENGLISH
from medtune.run_folder import RunFolder
from medtune.vision.trained import TrainedModel
from medtune.workflow.evaluate import evaluate
from medtune.workflow.judging import cases_to_judge
from medtune.workflow.models import Judged, fine_tuned
from medtune.workflow.own_model import own_model
from medtune.workflow.read_again import chosen, read_again
from medtune.workflow.train import train
from tests.report.page import Page

POINT = {"model": "fine_tuned", "rule": "site", "target": "effusion", "reason": ""}


@pytest.fixture(scope="module")
def home(blobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second hospital's run, trained; do not write here."""
    home = tmp_path_factory.mktemp("again") / "home"
    shutil.copytree(blobs, home)
    train(load_run(home / "south.yaml"), show=False)
    return home


@pytest.fixture(scope="module")
def scored(home: Path) -> tuple[Judged, TrainedModel, pd.DataFrame]:
    """Its cases, its model, and what that says of them."""
    run = load_run(home / "south.yaml", ["evaluation.read_again=8"])
    folder = RunFolder(run.runs / run.name)
    model = own_model(run, folder)
    judged = cases_to_judge(run, folder, model.card.task, ("calibration", "test"), show=False)
    return judged, model, fine_tuned(judged, model).predictions


def again(
    scored: tuple[Judged, TrainedModel, pd.DataFrame], threshold: float = 0.5
) -> Repeated | None:
    return read_again(*scored, [POINT | {"threshold": threshold}])


@pytest.fixture
def film(home: Path, scored: tuple[Judged, TrainedModel, pd.DataFrame]) -> Iterator[Path]:
    """The file of one of the films that are read again; it comes back."""
    judged, _, first = scored
    places = read_locations(home / "work/private").set_index("case_id")["path"]
    path = Path(places[chosen(judged, first)["case_id"].iloc[0]])
    assert path.is_relative_to(home)
    kept, times = path.read_bytes(), path.stat()
    yield path
    path.write_bytes(kept)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_the_report_says_what_was_read_again_and_that_nothing_changed(home: Path):
    result = evaluate(load_run(home / "south.yaml", ["evaluation.resamples=200"]), show=False)
    told = json.loads((home / "runs/south/result.json").read_text())["settings"]
    again = told["read_again"]
    counts = {name: again[name] for name in ("cases", "films", "gone", "refused", "pictures")}
    assert counts == {"cases": 20, "films": 20, "gone": 0, "refused": 0, "pictures": 0}
    (effusion,) = again["targets"]
    assert (effusion["calls"], effusion["changed"]) == (20, 0)
    assert effusion["difference"] < 1e-6
    assert not [said for said in result.warnings if "read again" in said]
    page = Page((home / "runs/south/report.html").read_text())
    assert ENGLISH.again_says.format(films=20, cases=20) in page.text
    assert page.table(ENGLISH.again_caption)[1][2] == "0 of 20"
    splits = {row["split"]: row for row in told["prevalence"]}
    assert list(splits) == ["train", "tune", "calibration", "test"]
    share = next(
        row for row in result.measures.to_dict("records")
        if (row["model"], row["measure"], row["subgroup"]) == ("fine_tuned", "prevalence", "all")
    )  # fmt: skip
    assert (splits["test"]["value"], splits["test"]["low"]) == (share["value"], share["low"])
    assert sum(row["studies"] for row in splits.values()) == 220
    assert len(page.table("Share of the labelled studies")[1]) == 5


def test_it_is_the_same_again_and_again(scored: tuple[Judged, TrainedModel, pd.DataFrame]):
    once, twice = again(scored), again(scored)
    assert once == twice
    assert once is not None
    assert once.counted == Counted(cases=8, films=8, gone=0, refused=0, pictures=0)
    assert once.warnings() == []


def test_the_films_are_test_films_and_hang_on_no_order(
    scored: tuple[Judged, TrainedModel, pd.DataFrame],
):
    judged, _, first = scored
    cases = chosen(judged, first)
    test = set(first.loc[first["split"] == "test", "case_id"])
    assert set(cases["case_id"]) < test
    turned = replace(judged, cases=judged.cases.iloc[::-1].reset_index(drop=True))
    assert set(chosen(turned, first)["case_id"]) == set(cases["case_id"])
    refused = first.assign(score=first["score"].mask(first["case_id"] == cases["case_id"][0]))
    left = set(chosen(judged, refused)["case_id"])
    assert len(left) == 8
    assert set(cases["case_id"][1:]) < left


def test_a_file_that_changed_unseen_shows(
    scored: tuple[Judged, TrainedModel, pd.DataFrame], film: Path
):
    judged, _, first = scored
    case_id = chosen(judged, first)["case_id"].iloc[0]
    times, content = film.stat(), bytearray(film.read_bytes())
    content[-1600:] = bytes(1600)  # the lower half of its pixels; size and time stay
    film.write_bytes(content)
    os.utime(film, ns=(times.st_atime_ns, times.st_mtime_ns))
    before = float(first.set_index("case_id").loc[case_id, "score"])
    found = again(scored)
    assert found is not None
    assert found.counted == Counted(cases=8, films=8, gone=0, refused=0, pictures=1)
    (same,) = found.targets
    assert same.difference > 1e-4
    assert same.changed == 0 or same.calls == 8
    assert (
        "1 of 8 test films that were read again no longer give the picture"
        in (found.warnings()[-1])
    )
    # between the two scores lies a threshold at which the call is another one
    after = before + same.difference, before - same.difference
    changed = [again(scored, (before + other) / 2) for other in after]
    assert sorted(each.targets[0].changed for each in changed if each is not None) == [0, 1]
    assert any("1 of 8 calls changed" in said for each in changed if each for said in (
        each.warnings()
    ))  # fmt: skip


def test_a_file_that_is_away_is_counted_and_one_that_is_cut_off_is_told(
    scored: tuple[Judged, TrainedModel, pd.DataFrame], film: Path
):
    kept = film.read_bytes()
    film.write_bytes(kept[:-500])
    cut = again(scored)
    assert cut is not None
    assert cut.counted == Counted(cases=7, films=7, gone=0, refused=1, pictures=0)
    assert "1 test cases that were scored can no longer be decoded" in cut.warnings()[0]
    film.unlink()
    away = again(scored)
    assert away is not None
    assert away.counted == Counted(cases=7, films=7, gone=1, refused=0, pictures=0)
    assert away.warnings() == []
    assert away.targets[0].calls == 7


def test_none_are_read_where_none_are_asked_for(
    scored: tuple[Judged, TrainedModel, pd.DataFrame], monkeypatch: pytest.MonkeyPatch
):
    judged, model, first = scored
    without = judged.run.evaluation.model_copy(update={"read_again": 0})
    run = judged.run.model_copy(update={"evaluation": without})
    monkeypatch.setattr("medtune.workflow.read_again.decoded_anew", None)
    assert again((replace(judged, run=run), model, first)) is None
