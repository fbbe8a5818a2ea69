"""Nothing about a patient leaves: canaries in every identifying tag, in paths and in pixels."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pydicom
import pytest

from medtune.config.load import load_run
from medtune.workflow.evaluate import evaluate
from medtune.workflow.train import train

CANARY = "ZQCANARY"
TAGS = (
    "PatientName", "PatientAddress", "OtherPatientNames", "PatientMotherBirthName",
    "PatientComments", "InstitutionName", "InstitutionAddress", "ReferringPhysicianName",
    "PerformingPhysicianName", "OperatorsName", "StationName", "StudyDescription",
    "SeriesDescription", "ImageComments", "RequestingPhysician", "StudyID",
)  # fmt: skip


@pytest.fixture(scope="module")
def marked(hospitals: Path, judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second hospital with canaries, its run trained and judged."""
    home = tmp_path_factory.mktemp("canaries") / "home"
    home.mkdir()
    for name in ("south.yaml", "north.yaml"):
        shutil.copy(hospitals / name, home)
    shutil.copytree(judged / "runs/north", home / "runs/north")
    labels = pd.read_csv(hospitals / "south/labels.csv", dtype=str)
    labels["accession_number"] = CANARY + labels["accession_number"]
    (home / "south").mkdir()
    labels.to_csv(home / "south/labels.csv", index=False)
    for i, film in enumerate(sorted((hospitals / "south/dicom").rglob("*.dcm"))):
        dataset = pydicom.dcmread(film)
        for tag in TAGS:
            vr = pydicom.datadict.dictionary_VR(tag)
            setattr(dataset, tag, f"{CANARY}^{i}" if vr == "PN" else f"{CANARY} {i}")
        dataset.PatientID = f"{CANARY}{dataset.PatientID}"
        dataset.AccessionNumber = f"{CANARY}{dataset.AccessionNumber}"
        dataset.PatientBirthDate = "19470712"
        folder = home / "south/dicom" / f"{CANARY}_{dataset.PatientID}"
        folder.mkdir(parents=True, exist_ok=True)
        dataset.save_as(folder / f"{CANARY}-{i}.dcm")
    run = load_run(home / "south.yaml")
    train(run, show=False)
    evaluate(run, show=False)
    return home


def identifiers(home: Path) -> set[str]:
    """Everything that would lead back to a patient."""
    places = pd.read_parquet(home / "work/private/locations.parquet")
    columns = ["sop_instance_uid", "study_uid", "accession_number", "patient_id"]
    return {CANARY, "19470712", *(str(v) for name in columns for v in places[name].unique())}


def test_no_identifier_is_in_any_file_but_the_private_ones(marked: Path):
    wanted = [word.encode() for word in identifiers(marked)]
    looked_at = 0
    for path in [*(marked / "runs").rglob("*"), *(marked / "work").rglob("*")]:
        assert CANARY not in path.name
        if path.is_dir() or "private" in path.parts:
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":  # compressed: read it, then look
            content = pd.read_parquet(path).to_csv().encode()
        found = [word for word in wanted if word in content]
        assert not found, (path.name, found[:3])
        looked_at += 1
    assert looked_at > 15


def test_true_dates_are_in_the_private_table_only(marked: Path):
    places = pd.read_parquet(marked / "work/private/locations.parquet")
    cases = pd.read_parquet(marked / "runs/south/cases.parquet")
    both = cases.merge(places, on="case_id", suffixes=("", "_true"))
    assert both["date_true"].notna().all()
    assert (both["date"] != both["date_true"]).mean() > 0.9
    assert (both["period"] == both["date_true"].str[:7]).all()


def test_an_error_names_no_patient(marked: Path, capfd: pytest.CaptureFixture[str]):
    from medtune.cli import app

    film = next((marked / "south/dicom").rglob("*.dcm"))
    broken = marked / f"{CANARY}.dcm"
    broken.write_bytes(film.read_bytes()[:400])
    with pytest.raises(SystemExit) as ended:
        app(["predict", str(marked / "runs/south"), str(broken)])
    said = capfd.readouterr()
    assert ended.value.code == 2
    assert "19470712" not in said.err + said.out
    assert f"{CANARY}{1}" not in said.err + said.out


def test_films_with_burned_in_text_are_never_pictured(
    hospitals: Path, judged: Path, tmp_path: Path
):
    """A name burned into every second film: none of these may be in the report."""
    home = tmp_path / "home"
    shutil.copytree(judged / "runs/north", home / "runs/north")
    shutil.copytree(hospitals / "south", home / "south")
    shutil.copy(hospitals / "south.yaml", home)
    burned = set()
    for i, film in enumerate(sorted((home / "south/dicom").rglob("*.dcm"))):
        dataset = pydicom.dcmread(film)
        dataset.decompress()
        pixels = cv2.resize(dataset.pixel_array, (480, 480))
        if i % 2:
            text = np.zeros(pixels.shape, np.uint8)
            cv2.putText(text, "DOE JANE 1947", (14, 40), 0, 1.0, 1, 2)
            pixels[text > 0] = pixels.min()  # MONOCHROME1: low is bright
            burned.add(str(dataset.SOPInstanceUID))
        dataset.PixelData = pixels.tobytes()
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.save_as(film)
    run = load_run(home / "south.yaml", ["report.pictures=all"])
    train(run, show=False)
    result = evaluate(run, show=False)
    places = pd.read_parquet(home / "work/private/locations.parquet")
    unsafe = set(places.loc[places["sop_instance_uid"].isin(burned), "case_id"])
    pictured = (home / "runs/south/report.html").read_text()
    from medtune.films.preprocessing import Preprocessing
    from medtune.films.store import open_store
    from medtune.workflow.evaluate import _pictures

    decoded = open_store(home / "work/store", Preprocessing(64), places)
    suspected = set(decoded.rows.index[decoded.rows["text"].notna()])
    assert unsafe <= suspected
    judged = SimpleNamespace(decoded=decoded, grouping=None)
    drawn = set(_pictures(run, judged, result))
    assert drawn
    assert not drawn & unsafe
    rows = result.worst["case_id"].isin(drawn).sum()  # a film may be an error of two findings
    assert 0 < pictured.count("data:image/png") <= rows
