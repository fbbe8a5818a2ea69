from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from medtune.errors import DataError
from medtune.films import files as files_module
from medtune.films.files import FACTS
from medtune.films.index import Index, index_films
from medtune.phantom import NORTH, write_hospital


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few simulated films; copy before changing."""
    home = tmp_path_factory.mktemp("films")
    write_hospital(home, NORTH, patients=12, seed=3, size=32)
    return home / "dicom"


@pytest.fixture
def films(hospital: Path, tmp_path: Path) -> Path:
    shutil.copytree(hospital, tmp_path / "dicom")
    return tmp_path / "dicom"


def indexed(films: Path, private: Path, **options) -> Index:
    private.mkdir(exist_ok=True)
    (private / "pseudonym.key").write_bytes(bytes(32))
    return index_films(films, private, "here", **options)


def same(one: Index, two: Index) -> None:
    pd.testing.assert_frame_equal(one.films, two.films)
    pd.testing.assert_frame_equal(one.locations, two.locations)
    pd.testing.assert_frame_equal(one.left_out, two.left_out)
    assert one.facts.equals(two.facts)


def test_some_forty_typed_facts_and_no_identifier(films: Path, tmp_path: Path):
    index = indexed(films, tmp_path / "private")
    facts = index.facts.to_pandas()
    assert len(FACTS) >= 40
    assert set(FACTS) <= set(facts.columns)
    assert facts["rows"].eq(32).all()
    assert facts["window_width"].gt(0).all()
    assert facts["row_spacing"].between(0.1, 20).all()
    private = index.locations[["path", "patient_id", "accession_number", "birth_date"]]
    assert private.notna().all().all()
    text = facts.astype(str).to_csv()
    for column in private.columns:
        assert not any(value in text for value in private[column].unique()), column
    assert index.films["case_id"].is_unique
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o700


def test_a_second_run_reads_only_what_changed(films: Path, tmp_path: Path, monkeypatch):
    first = indexed(films, tmp_path / "private")
    looked: list[str] = []
    look_at = files_module.look_at

    def watched(files):
        looked.extend(file.path.name for file in files)
        return look_at(files)

    monkeypatch.setattr(files_module, "look_at", watched)
    same(indexed(films, tmp_path / "private"), first)
    assert looked == []
    paths = sorted(path for path in films.rglob("*") if path.is_file())
    changed, removed = paths[0], paths[1]
    os.utime(changed, ns=(1, 1))
    removed.unlink()
    (films / "new").mkdir()
    (films / "new" / "film").write_bytes(paths[2].read_bytes())
    second = indexed(films, tmp_path / "private")
    assert sorted(looked) == sorted([changed.name, "film"])
    assert len(second.films) == len(first.films) - 1
    assert dict(second.left_out.to_numpy()) == {"duplicate_uid": 1}


def test_the_order_of_files_and_the_folders_place_do_not_matter(films: Path, tmp_path: Path):
    first = indexed(films, tmp_path / "one")
    moved = tmp_path / "elsewhere" / "other"
    moved.mkdir(parents=True)
    for number, path in enumerate(sorted(p for p in films.rglob("*") if p.is_file())):
        shutil.copy(path, moved / f"{997 * number % 1000:04d}")
    second = indexed(moved, tmp_path / "two")
    pd.testing.assert_frame_equal(first.films, second.films)


def test_an_archive_a_picture_and_a_folder_enter_by_the_same_door(films: Path, tmp_path: Path):
    first = indexed(films, tmp_path / "one")
    packed = tmp_path / "packed"
    packed.mkdir()
    with zipfile.ZipFile(packed / "export.zip", "w") as archive:
        for path in films.rglob("*"):
            archive.write(path, path.relative_to(films))
    pd.testing.assert_frame_equal(indexed(packed, tmp_path / "two").films, first.films)
    pd.testing.assert_frame_equal(indexed(packed / "export.zip", tmp_path / "3").films, first.films)


def test_pictures_are_films_where_a_table_says_whose_they_are(tmp_path: Path):
    folder = tmp_path / "pictures"
    (folder / "a").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("a/1.png", "a/2.jpg", "3.tif", "4.png"):
        Image.fromarray(rng.integers(0, 255, (20, 30)).astype(np.uint8)).save(folder / name)
    metadata = pd.DataFrame(
        {
            "file": ["a/1.png", "2.jpg", "3.tif"],
            "patient_id": ["7", "7", "8"],
            "view": ["PA", None, "AP"],
            "sex": ["F", "F", "M"],
            "age": [30.0, 31.0, 99.0],
            "date": ["20200101", "20210101", None],
        }
    )
    index = indexed(folder, tmp_path / "private", metadata=metadata)
    assert index.films["kind"].tolist().count("png") == 1
    assert index.films["group_id"].nunique() == 2
    assert sorted(index.films["age"]) == [30, 31, 90]
    assert dict(index.left_out.to_numpy()) == {"no_table": 1}
    one = index.films[index.films["age"].isin([30, 31])]
    days = pd.to_datetime(one["date"])
    assert days.max() - days.min() == pd.Timedelta(days=366)


def test_persons_with_several_ids_are_one_patient(films: Path, tmp_path: Path):
    index = indexed(films, tmp_path / "private")
    ids = sorted(index.locations["patient_id"].unique())[:2]
    persons = pd.Series(["X", "X"], index=ids)
    joined = indexed(films, tmp_path / "private", persons=persons)
    assert joined.films["group_id"].nunique() == index.films["group_id"].nunique() - 1


def test_every_frame_is_a_film_where_that_is_asked_for(films: Path, tmp_path: Path):
    import pydicom

    path = next(path for path in sorted(films.rglob("*")) if path.is_file())
    dataset = pydicom.dcmread(path)
    dataset.NumberOfFrames = 3
    dataset.PixelData = dataset.PixelData * 3
    dataset.save_as(path)
    plain = indexed(films, tmp_path / "private")
    every = indexed(films, tmp_path / "private", every_frame=True)
    assert len(every.films) == len(plain.films) + 2
    assert every.films["case_id"].is_unique
    frames = every.locations[every.locations["path"] == str(path.resolve())]
    assert sorted(frames["frame"]) == [0, 1, 2]


@pytest.mark.parametrize(("many", "said"), [(3, "3 files"), (1, "1 file")])
def test_nothing_but_refused_files_is_an_error_that_counts_them(
    tmp_path: Path, many: int, said: str
):
    (tmp_path / "films").mkdir()
    for number in range(many):
        (tmp_path / "films" / f"{number}.txt").write_text("no film")
    why = "left out: The file does not begin as DICOM does"
    with pytest.raises(DataError, match=f" {said} {why}"):
        indexed(tmp_path / "films", tmp_path / "private")


SLOWLY = """
import sys, time
from pathlib import Path
from medtune.films import files, index
files.BLOCK = 4
look_at = files.look_at
def slow(some):
    time.sleep(0.2)
    return look_at(some)
files.look_at = slow
index.index_films(Path(sys.argv[1]), Path(sys.argv[2]), "here")
"""


def test_killed_and_started_again_it_ends_with_the_same_bytes(films: Path, tmp_path: Path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "pseudonym.key").write_bytes(bytes(32))
    whole = indexed(films, tmp_path / "whole")
    process = subprocess.Popen([sys.executable, "-c", SLOWLY, str(films), str(private)])
    parts = private / "files"
    for _ in range(600):
        time.sleep(0.02)
        if list(parts.glob("*/*.parquet")):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(parts.glob("*/*.parquet"))
    assert not list(parts.glob("*.parquet"))
    same(indexed(films, private), whole)
    (one,), (two,) = (sorted((tmp_path / n / "files").glob("*")) for n in ("private", "whole"))
    assert one.read_bytes() == two.read_bytes()
    assert pq.read_table(one).num_rows == len(whole.films)
    assert one.stat().st_mode & 0o777 == 0o600
