"""Copies that may leave: nothing of a patient in them, and what a person must see stays behind."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydicom import dcmread

from medtune.dicom import find_xrays, read_xray
from medtune.errors import DataError
from medtune.films.index import index_films
from medtune.phantom import NORTH, write_hospital
from medtune.workflow.deidentify import Deidentified, deidentify
from tests.films.test_burned_in import film, printed

CANARY = "ZQCANARY"


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("phantoms")
    write_hospital(home, NORTH, patients=12, seed=3, size=64)
    return home / "dicom"


@pytest.fixture
def folder(phantoms: Path, tmp_path: Path) -> Path:
    """Films with canaries; one with a name in its pixels, one capture, one cut off, one letter."""
    home = tmp_path / "originals"
    home.mkdir()
    films = sorted(phantoms.rglob("*.dcm"))
    for i, path in enumerate(films):
        dataset = dcmread(path)
        dataset.PatientName = f"{CANARY}^{i}"
        dataset.PatientID = f"{CANARY}{dataset.PatientID}"
        dataset.AccessionNumber = f"{CANARY}{i}"
        dataset.InstitutionName = dataset.StudyDescription = CANARY
        dataset.save_as(home / f"{CANARY}_{i:02d}.dcm")
    name = printed(film(600, 500), "DOE JOHN", 1.0, "top left")
    dataset = dcmread(films[0])
    dataset.Rows, dataset.Columns = name.shape
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    top = 2**dataset.BitsStored - 1
    grey = 1 - name if dataset.PhotometricInterpretation == "MONOCHROME1" else name
    dataset.PixelData = np.rint(grey * top).astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    dataset["PixelData"].is_undefined_length = False
    dataset.WindowCenter, dataset.WindowWidth = top / 2, top
    dataset.SOPInstanceUID, dataset.PatientID = "1.2.3.1", f"{CANARY}1"
    dataset.save_as(home / "named.dcm", enforce_file_format=True)
    capture = dcmread(films[1])
    capture.SOPClassUID, capture.Modality = "1.2.840.10008.5.1.4.1.1.7", "OT"
    capture.SOPInstanceUID, capture.PatientName = "1.2.3.2", CANARY
    capture.save_as(home / "capture.dcm")
    cut = dcmread(films[2])
    cut.SOPInstanceUID = "1.2.3.3"
    cut.file_meta.MediaStorageSOPInstanceUID = "1.2.3.3"
    cut.save_as(home / "cut.dcm")
    (home / "cut.dcm").write_bytes((home / "cut.dcm").read_bytes()[:-600])
    (home / "letter.txt").write_text(f"Dear {CANARY}")
    return home


def listing(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def run(folder: Path, **options) -> Deidentified:
    out = folder.parent / "copies"
    return deidentify(folder, out, private=folder.parent / "private", show=False, **options)


def mark(table: Path, **marks: str) -> None:
    """Write into the column release, by what stands under reason."""
    rows = pd.read_csv(table, dtype=str)
    for word, value in marks.items():
        rows.loc[rows["reason"].str.contains(word), "release"] = value
    rows.to_csv(table, index=False)


def test_every_file_is_written_kept_back_or_left_out(folder):
    before = listing(folder)
    done = run(folder)
    films = len(before) - 4
    assert (done.written, done.kept, done.released) == (films, 0, 0)
    assert done.quarantined == {
        "its borders look like printed text": 1,
        "the film is a secondary capture": 1,
    }
    assert done.left_out == {"not_dicom": 1, "truncated": 1}
    assert listing(folder) == before
    copies = sorted((folder.parent / "copies").rglob("*.*"))
    assert len(copies) == films
    assert all(path.suffix == ".dcm" for path in copies)


def test_copies_read_as_their_originals_and_group_the_patients_alike(folder):
    run(folder)
    private, out = folder.parent / "private", folder.parent / "copies"
    index = index_films(folder, private, "site")
    films = index.films.set_index("case_id")
    places = index.locations.set_index("case_id")["path"]
    again = index_films(out, folder.parent / "elsewhere", "site")
    copies = again.locations["path"].map(Path)
    for path in copies:
        case, study, group = path.stem, path.parent.name, path.parent.parent.name
        assert tuple(films.loc[case, ["group_id", "study_id"]]) == (group, study)
        np.testing.assert_array_equal(read_xray(path).pixels, read_xray(places[case]).pixels)
    now, then = again.films.set_axis(copies.map(lambda path: path.stem)), films
    then = then.loc[now.index]
    for name in ("modality", "body_part", "view", "sex", "age_band", "scanner", "photometric"):
        assert list(now[name]) == list(then[name]), name
    for one, other in (("group_id", "study_id"), ("study_id", "group_id")):
        assert now.groupby(one)[other].nunique().sort_values().tolist() == (
            then.groupby(one)[other].nunique().sort_values().tolist()
        )
    days = pd.to_datetime(now["date"]), pd.to_datetime(then["date"])
    spans = [d.groupby(then["group_id"]).agg(lambda s: s.max() - s.min()) for d in days]
    pd.testing.assert_series_equal(spans[0], spans[1])


def test_nothing_of_a_patient_is_in_the_copies_or_in_what_is_said(folder, capfd, monkeypatch):
    from medtune.cli import app

    monkeypatch.chdir(folder.parent)
    with pytest.raises(SystemExit) as ended:
        app(["deidentify", "originals", "--out", "copies", "--json"])
    said = capfd.readouterr()
    assert ended.value.code == 0
    assert CANARY not in said.out + said.err
    assert json.loads(said.out)["table"] == "private/quarantine.csv"
    identifiers, dates = {CANARY}, {}
    for found in find_xrays(folder):
        if found.header is not None:
            i = found.header.identity
            identifiers |= {i.patient_id, i.sop_instance_uid, i.study_uid, i.accession_number}
            identifiers |= {i.series_uid}
            dates[dcmread(found.path).PixelData] = i.study_date
    identifiers -= {""}
    assert all(dates.values())
    for path in (folder.parent / "copies").rglob("*"):
        assert not [word for word in identifiers if word in str(path.relative_to(folder.parent))]
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in identifiers if word.encode() in content]
            # of itself: by chance a date may move to where another patient's was
            assert dates[dcmread(path).PixelData].encode() not in content


def test_everything_private_is_private(folder):
    done = run(folder)
    private = folder.parent / "private"
    assert private.stat().st_mode & 0o777 == 0o700
    names = {path.name for path in private.rglob("*") if path.is_file()}
    assert {"pseudonym.key", "locations.parquet", "quarantine.csv", "page-001.html"} <= names
    for path in private.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            assert path.stat().st_mode & 0o777 == 0o600, path.name
    assert done.table == private / "quarantine.csv"
    assert [page.name for page in done.pages] == ["page-001.html"]


def test_a_second_run_writes_what_is_missing_only(folder):
    done = run(folder)
    copies = folder.parent / "copies"
    before = listing(copies)
    gone = sorted(before)[3]
    content = gone.read_bytes()
    gone.unlink()
    (gone.parent / f".{gone.name}.1234.partial").write_bytes(b"half")
    again = run(folder)
    assert (again.written, again.kept) == (1, done.written - 1)
    assert again.quarantined == done.quarantined
    after = listing(copies)
    assert after.keys() == before.keys()
    assert {p for p in after if after[p] != before[p]} == {gone}
    assert gone.read_bytes() == content


def test_a_copy_follows_its_original_s_header(folder):
    run(folder)
    path = folder / f"{CANARY}_03.dcm"
    dataset = dcmread(path)
    dataset.ViewPosition = "LL"
    dataset.save_as(path)
    again = run(folder)
    assert again.written == 1


def test_a_film_that_is_another_patient_s_now_is_not_there_twice(folder):
    done = run(folder)
    copies = folder.parent / "copies"
    before = {path.name: path.parent for path in listing(copies)}
    path = folder / f"{CANARY}_03.dcm"
    dataset = dcmread(path)
    dataset.PatientID = f"{CANARY} joined"
    dataset.save_as(path)
    again = run(folder)
    assert (again.written, again.kept) == (1, done.written - 1)
    after = {path.name: path.parent for path in listing(copies)}
    assert len(listing(copies)) == done.written
    assert sum(after[name] != before[name] for name in before) == 1


def test_a_person_releases_films_and_takes_it_back(folder):
    done = run(folder)
    copies, films = folder.parent / "copies", done.written
    mark(done.table, printed="yes", secondary="no")
    unasked = run(folder)
    assert unasked.quarantined == done.quarantined, "a mark alone releases nothing"
    given = run(folder, release=done.table)
    assert (given.written, given.released, given.unknown) == (1, 1, 0)
    assert given.quarantined == {"the film is a secondary capture": 1}
    (named,) = [p for p in copies.rglob("*.dcm") if dcmread(p).Rows == 600]
    assert dcmread(named).BurnedInAnnotation == "NO"
    shown = given.pages[0].read_text()
    assert named.stem not in shown
    stays = run(folder)
    assert (stays.written, stays.kept, stays.released) == (0, films + 1, 1)
    mark(done.table, printed="")
    taken = run(folder)
    assert taken.quarantined == done.quarantined
    assert not named.exists()
    assert len(listing(copies)) == films


def test_a_released_row_about_nothing_is_told(folder, tmp_path):
    (tmp_path / "mine.csv").write_text("case_id,release\nc0000000000000000,yes\n")
    done = run(folder, release=tmp_path / "mine.csv")
    assert (done.unknown, done.released) == (1, 0)
    assert any("1 released row is" in line for line in done.lines())


def test_words_that_cannot_stay_are_counted_by_fact(folder):
    path = folder / f"{CANARY}_02.dcm"
    dataset = dcmread(path)
    dataset.BodyPartExamined = CANARY
    dataset.save_as(path)
    done = run(folder)
    assert done.emptied["body_part"] == 1
    assert "  body_part: 1 film" in done.lines()
    assert CANARY not in str(done)


@pytest.mark.parametrize(
    ("out", "private"),
    [
        ("originals", "private"),
        ("originals/copies", "private"),
        (".", "private"),
        ("copies", "copies/private"),
        ("copies", "copies"),
        ("copies", "originals/private"),
        ("private/copies", "private"),
    ],
)
def test_folders_that_lie_in_each_other_are_refused(folder, out, private):
    home = folder.parent
    before = listing(home)
    with pytest.raises(DataError, match="Nothing was written"):
        deidentify(folder, home / out, private=home / private, show=False)
    assert listing(home) == before


def test_a_link_does_not_make_two_folders_of_one(folder):
    link = folder.parent / "link"
    link.symlink_to(folder, target_is_directory=True)
    with pytest.raises(DataError, match="lie in each other"):
        deidentify(folder, link / "copies", show=False)


def test_a_folder_without_films_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no radiograph"):
        deidentify(tmp_path / "empty", tmp_path / "out", show=False)
    with pytest.raises(DataError, match="no folder nowhere"):
        deidentify(tmp_path / "nowhere", tmp_path / "out", show=False)


def test_the_key_lies_beside_the_copies_and_another_key_gives_other_names(folder):
    home = folder.parent
    deidentify(folder, home / "a" / "copies", show=False)
    deidentify(folder, home / "b" / "copies", show=False)
    assert (home / "a" / "private" / "pseudonym.key").exists()
    names = [{p.name for p in (home / one / "copies").rglob("*.dcm")} for one in "ab"]
    assert names[0].isdisjoint(names[1])
    shutil.rmtree(home / "a" / "copies")
    deidentify(folder, home / "a" / "copies", show=False)
    deidentify(folder, home / "c" / "copies", private=home / "a" / "private", show=False)
    same = [
        {p.relative_to(home / one): p.read_bytes() for p in (home / one).rglob("copies/*/*/*.dcm")}
        for one in "ac"
    ]
    assert same[0] == same[1]


def test_a_killed_run_is_finished_by_the_next(phantoms, tmp_path):
    whole = tmp_path / "whole"
    deidentify(phantoms, whole / "copies", show=False)
    shutil.copytree(whole / "private", tmp_path / "killed" / "private")
    words = [str(phantoms), "--out", str(tmp_path / "killed" / "copies")]
    command = "from medtune.cli import main; main()"
    copies = tmp_path / "killed" / "copies"
    with subprocess.Popen([sys.executable, "-c", command, "deidentify", *words]) as process:
        while process.poll() is None and len(list(copies.rglob("*.dcm"))) < 3:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    for path in copies.rglob("*.dcm"):
        assert read_xray(path).pixels.size, "whole or not there"
    again = deidentify(phantoms, copies, show=False)
    assert again.kept >= 3
    both = [
        {p.relative_to(home): p.read_bytes() for p in home.rglob("*") if p.is_file()}
        for home in (whole / "copies", copies)
    ]
    assert both[0] == both[1]
