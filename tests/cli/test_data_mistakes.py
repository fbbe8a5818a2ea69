"""What a user gets wrong in the data: plain words, exit code 2, no traceback, no patient."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest
from PIL import Image

from medtune.phantom import NORTH, write_hospital


@pytest.fixture(scope="session")
def films(tmp_path_factory) -> Path:
    """A small simulated hospital; do not write here."""
    home = tmp_path_factory.mktemp("films")
    write_hospital(home, NORTH, patients=30, seed=1, size=48)
    return home


@pytest.fixture
def simulated(hospital, films) -> Path:
    """The current folder, with films, labels and a run that fits them."""
    shutil.rmtree(hospital / "dicom")
    shutil.copytree(films / "dicom", hospital / "dicom")
    shutil.copy(films / "labels.csv", hospital / "labels.csv")
    text = (hospital / "run.yaml").read_text()
    (hospital / "run.yaml").write_text(text.replace("opacity", "pneumonia"))
    return hospital


def headers(folder: Path) -> list[pydicom.Dataset]:
    return [
        pydicom.dcmread(path, stop_before_pixels=True)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]


def told(medtune, *words: str) -> str:
    """What a mistake makes ``medtune check`` say."""
    result = medtune("check", "run.yaml", *words)
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def test_without_a_mistake_it_is_checked(medtune, simulated):
    result = medtune("check", "run.yaml")
    assert result.exit_code == 0, result.stderr
    assert "of 30 patients" in result.stdout


def test_a_finding_that_is_no_column(medtune, simulated):
    said = told(medtune, "--set", "data.findings=[pneumnia]")
    assert "pneumnia" in said
    assert "did you mean 'pneumonia'?" in said.lower()


def test_a_patient_in_two_given_splits(medtune, simulated):
    seen = headers(simulated / "dicom")
    patients = [str(header.PatientID) for header in seen]
    splits = ["train", "tune", "calibration", "test"]
    table = pd.DataFrame({"accession_number": [str(header.AccessionNumber) for header in seen]})
    table["split"] = [splits[i % 4] for i in range(len(table))]
    assert len(set(patients)) < len(patients), "a patient has several films here"
    table.drop_duplicates("accession_number").to_csv("split.csv", index=False)
    page = medtune("check", "run.yaml", "--set", "data.split.file=split.csv")
    assert page.exit_code == 2
    said = page.stdout
    assert "!! split.csv" in said
    assert "patient" in said
    assert not any(patient in said for patient in patients)


def test_an_empty_folder(medtune, simulated):
    shutil.rmtree(simulated / "dicom")
    (simulated / "dicom").mkdir()
    assert "no radiograph" in told(medtune)


def test_a_folder_of_ct(medtune, simulated):
    for path in (simulated / "dicom").rglob("*"):
        if path.is_file():
            film = pydicom.dcmread(path)
            film.Modality = "CT"
            film.SOPClassUID = film.file_meta.MediaStorageSOPClassUID = pydicom.uid.CTImageStorage
            film.save_as(path)
    said = told(medtune)
    assert "no radiograph" in said
    assert "38 files left out: The file is CT, not CR, DX" in said


def pictures(folder: Path) -> None:
    """Two PNGs in place of the films."""
    shutil.rmtree(folder)
    folder.mkdir()
    for name in ("1.png", "2.png"):
        Image.fromarray(np.full((20, 20), 9, np.uint8)).save(folder / name)


def test_a_folder_of_pictures_says_how_to_go_on(medtune, simulated):
    pictures(simulated / "dicom")
    said = told(medtune)
    assert "2 files left out: The picture is no DICOM" in said
    indexed = medtune("index", "dicom")
    assert indexed.exit_code == 2
    for words in (said, indexed.stderr):
        assert "'data.metadata'" in words
        assert "--metadata" in words
        assert "columns file (" in words
        assert "patient_id" in words
    (simulated / "meta.csv").write_text("file,patient_id\n3.png,p\n")
    other = told(medtune, "--set", "data.metadata=meta.csv")
    assert "names none of them" in other
    assert "'data.metadata'" not in other


def test_only_dicom_files_are_copied(medtune, simulated):
    pictures(simulated / "dicom")
    result = medtune("deidentify", "dicom", "--out", "copies")
    assert result.exit_code == 2
    assert "Only DICOM files are copied" in result.stderr
    assert "metadata" not in result.stderr
    measured = medtune("site", "measure", "dicom", "--out", "x.yaml")
    assert "medtune site measure RUN.yaml" in measured.stderr


@pytest.mark.parametrize("more", [(), ("--headers-only",)])
def test_a_finding_that_nobody_has_is_told_as_train_tells_it(medtune, simulated, more):
    table = pd.read_csv("labels.csv", dtype=str)
    table.assign(pneumonia="0").to_csv("labels.csv", index=False)
    page = medtune("check", "run.yaml", *more)
    assert page.exit_code == 2
    trained = medtune("train", "run.yaml", "--set", "model.backbone=timm/test_resnet")
    assert trained.stderr.splitlines()[-1].startswith("No finding has both present and absent")
    if not more:  # an unreadable film is told by its pixels alone
        assert f"!! {trained.stderr.splitlines()[-1]}" in page.stdout.splitlines()
    assert "!! No finding has both present and absent films in the train split" in page.stdout
    assert "No leak and no contradiction" not in page.stdout
    assert "The data suggest" not in page.stdout


def test_a_finding_that_can_be_learnt_beside_one_that_cannot_is_no_problem(medtune, simulated):
    table = pd.read_csv("labels.csv", dtype=str)
    table.assign(nodule="0").to_csv("labels.csv", index=False)
    page = medtune("check", "run.yaml", "--set", "data.findings=[pneumonia, nodule]")
    assert page.exit_code == 0, page.stdout
    assert "!!" not in page.stdout


def test_labels_that_match_nothing(medtune, simulated):
    table = pd.read_csv("labels.csv", dtype=str)
    table["accession_number"] = "X" + table["accession_number"]
    table.to_csv("labels.csv", index=False)
    said = told(medtune)
    assert "accession_number" in said
    seen = headers(simulated / "dicom")
    assert not any(str(header.AccessionNumber) in said for header in seen)


def test_labels_without_the_key(medtune, simulated):
    said = told(medtune, "--set", "data.join_on=study_uid")
    assert "study_uid" in said


def test_labels_that_are_no_table(medtune, simulated):
    (simulated / "labels.csv").write_bytes(b"\x00\x01\x02" * 50)
    said = told(medtune)
    assert "labels.csv" in said
    assert str(simulated) not in said


def test_predict_without_a_run(medtune, simulated):
    result = medtune("predict", "runs/none", "dicom")
    assert result.exit_code == 2
    assert "run.yaml" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dicom", "--out", "dicom/copies"), "copies are never written among the originals"),
        (("dicom", "--out", "copies", "--key-folder", "copies"), "must not get the key"),
        (("nowhere", "--out", "copies"), "There is no folder nowhere"),
        (("dicom", "--out", "copies", "--release", "labels.csv"), "has no column case_id, release"),
        (("dicom", "--out", "copies", "--release", "none.csv"), "There is no file none.csv"),
    ],
)
def test_copies_that_would_go_wrong(medtune, simulated, words, said):
    result = medtune("deidentify", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""
    assert not (simulated / "copies").exists()
