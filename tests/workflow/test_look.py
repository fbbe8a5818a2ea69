from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pydicom
import pytest

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.errors import DataError, InputError, RunError
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import open_store
from medtune.learning.adapt import HEAD_ALONE, METHODS
from medtune.learning.batches import Batches
from medtune.workflow import fine_tuning
from medtune.workflow.look import look
from medtune.workflow.splitting import split
from medtune.workflow.teaching import MAIN_STAGE, drawn, prepared, teaching
from medtune.workflow.train import train
from tests.learning.small import lesson as lesson_of
from tests.learning.small import network

SETTINGS = ["model.weights=none", "evaluation.compare_with=[frozen_backbone]",
            "evaluation.primary.compared_with=frozen_backbone"]  # fmt: skip


@pytest.fixture
def home(hospitals: Path, tmp_path: Path) -> Path:
    shutil.copytree(hospitals / "south", tmp_path / "south")
    shutil.copy(hospitals / "south.yaml", tmp_path)
    return tmp_path


def south(home: Path, *settings: str) -> Run:
    return load_run(home / "south.yaml", [*SETTINGS, *settings])


def films(home: Path) -> list[Path]:
    return sorted((home / "south/dicom").rglob("*.dcm"))


class Stop(Exception):
    pass


@pytest.mark.parametrize("adapt", METHODS)
def test_the_stage_that_is_shown_is_the_first_that_teaches_the_backbone(adapt: str):
    own = lesson_of(Path(), network())
    stages = [stage.name for stage in METHODS[adapt](own.network, own.model, own.training)]
    first = next((name for name in stages if name != HEAD_ALONE), HEAD_ALONE)
    assert MAIN_STAGE.get(adapt, adapt) == first


@pytest.mark.parametrize("adapt", ["linear_probe", "lp_ft"])
def test_films_are_numbered_prepared_and_drawn_as_training_does_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, adapt: str
):
    """Against what ``train`` itself hands to ``fit``."""
    broken = films(home)[::7]
    for film in broken:
        film.write_bytes(film.read_bytes()[:-1500])
    run = south(home, f"model.adapt={adapt}", "data.train_studies=40")
    taught = teaching(run, show=False)
    caught = SimpleNamespace()

    def stop(lesson):
        caught.lesson = lesson
        raise Stop

    monkeypatch.setattr(fine_tuning, "fit", stop)
    with pytest.raises(Stop):
        train(run, show=False)
    lesson = caught.lesson
    assert lesson.train.case_id == taught.films["case_id"].tolist()
    assert 0 < len(taught.films) < len(taught.train)
    batches = Batches(
        lesson.train,
        lesson.tune,
        batch_size=run.training.batch_size,
        seed=run.training.seed,
        stage=taught.stage,
    )
    numbers = [5, 0, len(taught.films) - 1]
    for epoch in (0, 2):
        batches.sampler.set_epoch(epoch)
        theirs = {
            case_id: inputs[0, 0].numpy()
            for batch in batches.train_dataloader()
            for case_id, inputs in zip(batch.case_id, batch.inputs, strict=True)
        }
        ours = drawn(run, taught, numbers, epoch)
        for number, film in zip(numbers, ours, strict=True):
            np.testing.assert_array_equal(film, theirs[taught.films["case_id"][number]])
    rows = taught.decoded.rows.loc[taught.films["case_id"].iloc[numbers], "row"].astype(int)
    held = taught.decoded.pixels[rows.to_numpy()].astype(np.float32) / 65535
    np.testing.assert_array_equal(prepared(taught, numbers), held)


def test_only_the_train_split_is_opened_and_no_split_is_stored(home: Path):
    run = south(home)
    looked = look(run, show=False)
    assert not (home / "work/splits").exists()
    places = pd.read_parquet(home / "work/private/locations.parquet")
    table = pd.read_parquet(next((home / "work/store").rglob("rows.parquet")))
    from medtune.workflow.cases import read_cases

    cases = read_cases(run)
    splits = split(run, cases, store=False)
    train = set(splits.loc[splits["split"] == "train", "case_id"])
    assert set(table["case_id"]) == train
    assert len(places) > len(train)
    shown = [film.case_id for group in looked.groups for film in group.seen]
    assert shown
    assert set(shown) <= train
    assert sum(group.films for group in looked.groups) == len(cases)


def test_two_looks_are_the_same_bytes_and_another_seed_shows_other_films(home: Path):
    run = south(home)
    first = look(run, show=False)
    assert first.sheet == home / "work/look/south/look.png"
    before = first.sheet.read_bytes(), first.page.read_bytes()
    again = look(run, show=False)
    assert (again.sheet.read_bytes(), again.page.read_bytes()) == before
    other = look(run, seed=1, out=home / "elsewhere", show=False)
    assert other.page == home / "elsewhere/look.html"

    def shown(looked):
        return [film.case_id for group in looked.groups for film in group.seen]

    assert shown(other) != shown(first)
    assert not [p for p in home.rglob("*") if "partial" in p.name]


def test_films_of_different_patients_come_first(home: Path):
    run = south(home)
    looked = look(run, per_group=8, show=False)
    patient = teaching(run, show=False).films.set_index("case_id")["group_id"]
    for group in looked.groups:
        patients = [patient[film.case_id] for film in group.seen]
        assert len(set(patients)) == len(patients)


def test_films_with_text_are_named_and_shown_only_when_asked_for(home: Path):
    for film in films(home)[::2]:
        dataset = pydicom.dcmread(film)
        dataset.BurnedInAnnotation = "YES"
        dataset.save_as(film)
    run = south(home)
    looked = look(run, per_group=8, show=False)
    suspects = {case_id for case_id, _ in looked.aside.suspects}
    shown = {film.case_id for group in looked.groups for film in group.seen}
    assert suspects
    assert shown
    assert not suspects & shown
    page = looked.page.read_text()
    assert all(case_id in page for case_id in suspects)
    assert any("burned-in text" in line for line in looked.lines())
    with_all = look(run, per_group=8, show_suspects=True, show=False)
    drawn_now = {film.case_id for group in with_all.groups for film in group.seen}
    assert suspects & drawn_now
    assert "May carry text: the header says" in with_all.page.read_text()


def test_where_all_films_may_carry_text_none_is_shown(home: Path):
    for film in films(home):
        dataset = pydicom.dcmread(film)
        dataset.BurnedInAnnotation = "YES"
        dataset.save_as(film)
    looked = look(south(home), show=False)
    assert all(group.greys is None and not group.seen for group in looked.groups)
    assert "No film of this group can be shown." in looked.page.read_text()
    assert "data:image" not in looked.page.read_text()


def test_undecodable_films_are_counted_by_reason(home: Path):
    for film in films(home)[::3]:
        film.write_bytes(film.read_bytes()[:-1500])
    looked = look(south(home), show=False)
    assert sum(looked.aside.undecodable.values()) > 10
    assert any("too early" in why or "damaged" in why for why in looked.aside.undecodable)
    assert any(line.startswith("Cannot be decoded: ") for line in looked.lines())


def test_an_inverted_scanner_comes_first_and_is_pointed_at(home: Path):
    for n, film in enumerate(films(home)):
        dataset = pydicom.dcmread(film)
        dataset.ManufacturerModelName = f"Model {'wrong' if n % 5 == 0 else n % 5}"
        if n % 5 == 0:
            dataset.PhotometricInterpretation = "MONOCHROME2"
            if "PresentationLUTShape" in dataset:
                dataset.PresentationLUTShape = "IDENTITY"
        dataset.save_as(film)
    looked = look(south(home), show=False)
    unlike = [group for group in looked.groups if group.unlike]
    assert unlike == looked.groups[: len(unlike)]
    assert {group.scanner.split()[-1] for group in unlike} == {"wrong"}
    assert any("inverted, turned or framed" in line for line in looked.lines())


def test_many_groups_are_named_in_words(home: Path):
    for n, film in enumerate(films(home)):
        dataset = pydicom.dcmread(film)
        dataset.ManufacturerModelName = f"Model {n % 16}"
        dataset.save_as(film)
    looked = look(south(home), per_group=1, show=False)
    assert len(looked.groups) == 12
    assert looked.aside.groups
    page = looked.page.read_text()
    for scanner, view, count, _ in looked.aside.groups:
        assert f"{scanner}, {view}: {count} films" in page
    assert sum(line.endswith("not drawn") for line in looked.lines()) == len(looked.aside.groups)


def test_without_augmentation_nothing_is_drawn_at_random(home: Path):
    looked = look(south(home, "training.augmentation=none"), show=False)
    assert all(film.drawn == () for group in looked.groups for film in group.seen)
    assert "nothing at random" in looked.page.read_text()


def test_neither_page_nor_words_name_a_patient(home: Path):
    for n, film in enumerate(films(home)):
        dataset = pydicom.dcmread(film)
        dataset.PatientName = f"Canary^{n}"
        dataset.PatientID = f"CANARY{dataset.PatientID}"
        dataset.save_as(film)
    looked = look(south(home), show=False)
    said = looked.page.read_text() + str(looked.as_dict()["groups"])
    assert not re.search("canary", said, re.IGNORECASE)
    assert str(home) not in said


def test_numbers_out_of_range_and_runs_that_were_begun_otherwise_are_refused(
    home: Path, judged: Path
):
    for per_group in (0, 9):
        with pytest.raises(InputError, match="1 to 8 films"):
            look(south(home), per_group=per_group, show=False)
    with pytest.raises(RunError, match=r"training\.epochs"):
        look(load_run(judged / "south.yaml", ["training.epochs=9"]), show=False)


def test_a_begun_run_is_looked_at_with_the_films_that_it_began_with(judged: Path, tmp_path: Path):
    shutil.copytree(judged, tmp_path / "home")
    run = load_run(tmp_path / "home/south.yaml")
    stored = pd.read_parquet(run.runs / "south/splits.parquet")
    looked = look(run, show=False)
    train = set(stored.loc[stored["split"] == "train", "case_id"])
    assert {film.case_id for group in looked.groups for film in group.seen} <= train


def test_where_nothing_teaches_it_says_so(home: Path):
    for film in films(home):
        film.write_bytes(film.read_bytes()[:-1500])
    with pytest.raises(DataError, match="No film teaches"):
        look(south(home), show=False)


def test_the_store_is_the_one_that_training_uses(home: Path):
    run = south(home)
    look(run, show=False)
    places = pd.read_parquet(home / "work/private/locations.parquet")
    table = pd.read_parquet(next((home / "work/store").rglob("rows.parquet")))
    ticks: list[int] = []
    wanted = places[places["case_id"].isin(table["case_id"])][
        ["case_id", "path", "member", "frame"]
    ]
    open_store(home / "work/store", Preprocessing(64), wanted, tick=ticks.append)
    assert ticks == []
