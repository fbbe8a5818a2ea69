from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.dicom import Place
from medtune.errors import MedtuneError
from medtune.films import decoding
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


def content(home: Path) -> dict[str, bytes]:
    """All visible files of a store."""
    return {
        path.name: path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_several_processes_write_the_same_bytes(places: pd.DataFrame, tmp_path: Path):
    Path(places["path"][1]).write_bytes(b"no film")
    open_store(tmp_path / "threads", SPEC, places)
    open_store(tmp_path / "processes", SPEC, places, processes=2)
    assert content(tmp_path / "threads") == content(tmp_path / "processes")


KILLED = """
import sys, time
from pathlib import Path
import pandas as pd
from medtune.films import journal, workers
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import open_store
workers.CHUNK = journal.SAVED_AT = 1
def tick(films):
    print("decoded", flush=True)
    time.sleep(0.2)
places = pd.read_parquet(sys.argv[1])
open_store(Path(sys.argv[2]), Preprocessing(32), places, processes=1, tick=tick)
"""


def test_killed_and_started_again_it_ends_with_the_same_bytes(places: pd.DataFrame, tmp_path: Path):
    open_store(tmp_path / "whole", SPEC, places)
    places.to_parquet(tmp_path / "places.parquet")
    words = [str(tmp_path / "places.parquet"), str(tmp_path / "killed")]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, *words], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    home = tmp_path / "killed" / SPEC.digest
    assert list((home / "journal").glob("*.parquet"))
    assert not (home / "rows.parquet").exists()
    counted: list[int] = []
    open_store(tmp_path / "killed", SPEC, places, tick=counted.append)
    assert 0 < sum(counted) <= len(places) - 2, "what was decoded is not decoded again"
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def test_a_damaged_row_is_found_and_decoded_again(places: pd.DataFrame, tmp_path: Path):
    first = open_store(tmp_path / "store", SPEC, places)
    row = int(first.rows.loc["c2", "row"])
    good = np.array(first.pixels[row])
    array = tmp_path / "store" / SPEC.digest / "pixels.npy"
    held = bytearray(array.read_bytes())
    held[128 + row * good.nbytes + 700] ^= 1
    array.write_bytes(held)
    counted: list[int] = []
    again = open_store(tmp_path / "store", SPEC, places, tick=counted.append)
    assert sum(counted) == 1
    assert np.array_equal(again.pixels[again.rows.loc["c2", "row"]], good)


def test_an_array_that_is_cut_off_is_mended(places: pd.DataFrame, tmp_path: Path):
    first = open_store(tmp_path / "store", SPEC, places)
    whole = np.array(first.pixels)
    array = tmp_path / "store" / SPEC.digest / "pixels.npy"
    array.write_bytes(array.read_bytes()[: 128 + 3 * whole[0].nbytes + 5])
    again = open_store(tmp_path / "store", SPEC, places)
    for case_id, row in first.rows["row"].items():
        assert np.array_equal(again.pixels[again.rows.loc[case_id, "row"]], whole[row])


def test_another_specification_never_reads_the_old_films(places: pd.DataFrame, tmp_path: Path):
    specs = [
        SPEC,
        Preprocessing(32, depth=8),
        Preprocessing(32, fit="crop"),
        Preprocessing(32, without_window="full_range"),
        Preprocessing(32, collimation="crop"),
        Preprocessing(32, window=("NORMAL",)),
        Preprocessing(32, prefer_lut=False),
        Preprocessing(33),
    ]
    assert len({spec.digest for spec in specs}) == len(specs)
    eight = open_store(tmp_path / "store", specs[1], places).pixels
    sixteen = open_store(tmp_path / "store", SPEC, places).pixels
    assert eight.dtype == np.uint8
    np.testing.assert_allclose(eight / 255, sixteen / 65535, atol=0.5 / 255 + 1e-6)


FALLS = """
import json, os, sys
sys.stdin.readline()
print("ready", flush=True)
for line in sys.stdin:
    tasks = json.loads(line)
    if any("broken" in task["path"] for task in tasks):
        os.abort()
    none = {"reason": "constant", "notes": "", "text": None, "digest": None, "fingerprint": None}
    print(json.dumps([none for _ in tasks]), flush=True)
"""


def test_a_film_that_brings_a_decoder_down_is_left_out_alone(
    places: pd.DataFrame, tmp_path: Path, monkeypatch
):
    Path(places["path"][2]).rename(tmp_path / "broken")
    places.loc[2, "path"] = str(tmp_path / "broken")
    monkeypatch.setattr(decoding, "command", lambda: [sys.executable, "-c", FALLS])
    found = open_store(tmp_path / "store", SPEC, places, processes=2)
    reasons = found.rows["reason"].to_dict()
    assert reasons.pop("c2") == "undecodable"
    assert set(reasons.values()) == {"constant"}
    assert found.rows.loc["c2", "notes"] == "The decoder broke down on this file."


def test_a_process_that_cannot_start_is_an_error(places: pd.DataFrame, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(decoding, "command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(MedtuneError, match="could not be started"):
        open_store(tmp_path / "store", SPEC, places, processes=1)
