from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.dicom import Place
from medtune.films.preprocessing import Preprocessing, prepare
from medtune.films.store import open_store
from medtune.phantom import NORTH, write_hospital

SPEC = Preprocessing(32)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few simulated films; copy before changing."""
    home = tmp_path_factory.mktemp("films")
    write_hospital(home, NORTH, patients=6, seed=3, size=48)
    return home


@pytest.fixture
def places(films: Path, tmp_path: Path) -> pd.DataFrame:
    """Copies of the films, by number."""
    paths = []
    for i, film in enumerate(sorted((films / "dicom").rglob("*.dcm"))):
        copy = tmp_path / f"{i}.dcm"
        copy.write_bytes(film.read_bytes())
        paths.append(str(copy))
    names = [f"c{i}" for i in range(len(paths))]
    return pd.DataFrame({"case_id": names, "path": paths, "member": "", "frame": 0})


def test_it_holds_what_the_reader_reads(places: pd.DataFrame, tmp_path: Path):
    decoded = open_store(tmp_path / "store", SPEC, places)
    for case_id, path in zip(places["case_id"], places["path"], strict=True):
        expected = prepare(Place(Path(path)), SPEC).pixels
        assert np.array_equal(decoded.pixels[decoded.rows.loc[case_id, "row"]], expected)
    assert (tmp_path / "store" / SPEC.digest / "spec.json").exists()
    assert Preprocessing(33).digest != SPEC.digest


def test_films_are_decoded_once_and_new_ones_added(places: pd.DataFrame, tmp_path: Path):
    counted: list[int] = []
    first = open_store(tmp_path / "store", SPEC, places.head(3), tick=counted.append)
    before = np.array(first.pixels[first.rows.loc["c1", "row"]])
    again = open_store(tmp_path / "store", SPEC, places, tick=counted.append)
    open_store(tmp_path / "store", SPEC, places, tick=counted.append)
    assert sum(counted) == len(places)
    assert np.array_equal(again.pixels[again.rows.loc["c1", "row"]], before)


def test_another_file_of_the_same_name_is_decoded_again(places: pd.DataFrame, tmp_path: Path):
    first = open_store(tmp_path / "store", SPEC, places)
    old = np.array(first.pixels[first.rows.loc["c0", "row"]])
    Path(places["path"][0]).write_bytes(Path(places["path"][1]).read_bytes())
    now = open_store(tmp_path / "store", SPEC, places)
    new = now.pixels[now.rows.loc["c0", "row"]]
    assert not np.array_equal(new, old)
    assert np.array_equal(new, now.pixels[now.rows.loc["c1", "row"]])
    assert now.rows.index.is_unique


def test_a_film_that_was_away_is_tried_again_and_one_that_is_broken_says_why(
    places: pd.DataFrame, tmp_path: Path
):
    film = Path(places["path"][0])
    content = film.read_bytes()
    film.unlink()
    broken = Path(places["path"][1])
    broken.write_bytes(broken.read_bytes()[:-900])
    first = open_store(tmp_path / "store", SPEC, places)
    assert first.rows.loc["c0", "reason"] == "unreadable"
    assert first.rows.loc["c1", "reason"] == "truncated"
    assert pd.isna(first.rows.loc["c1", "row"])
    film.write_bytes(content)
    assert pd.notna(open_store(tmp_path / "store", SPEC, places).rows.loc["c0", "row"])


def test_what_a_killed_process_left_is_cleared(places: pd.DataFrame, tmp_path: Path):
    home = tmp_path / "store" / SPEC.digest
    home.mkdir(parents=True)
    (home / ".pixels.npy.1.partial").write_bytes(b"half")
    open_store(tmp_path / "store", SPEC, places)
    assert not list(home.glob(".*.partial"))
