"""A simulated hospital on disk: genuine DICOM, repeatable, and no way round the pictures."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medtune.dicom import find_xrays, read_header, read_xray
from medtune.errors import DataError
from medtune.phantom import NORTH, SOUTH, Hospital, SiteShift, shifted, write_hospital
from medtune.phantom.films import stored_values, write_study
from medtune.phantom.roster import studies_of


@pytest.fixture(scope="module", params=[NORTH, SOUTH], ids=lambda hospital: hospital.name)
def written(request, tmp_path_factory) -> tuple[Hospital, Path]:
    folder = tmp_path_factory.mktemp(request.param.name)
    return request.param, write_hospital(folder, request.param, patients=40, seed=4, size=80)


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_films_and_labels_belong_together(written):
    _, folder = written
    films = [read_header(path) for path in sorted((folder / "dicom").rglob("*.dcm"))]
    labels = pd.read_csv(folder / "labels.csv", dtype={"accession_number": str})
    assert list(labels.columns) == [
        "accession_number", "pneumonia", "effusion", "nodule", "no_finding",
    ]  # fmt: skip
    assert labels["accession_number"].is_unique
    assert {film.identity.accession_number for film in films} == set(labels["accession_number"])
    assert len({film.identity.patient_id for film in films}) == 40
    assert len({film.identity.sop_instance_uid for film in films}) == len(films)
    assert len({film.identity.study_uid for film in films}) == len(labels) <= len(films)
    assert set(labels.iloc[:, 1:].stack().dropna()) <= {-1, 0, 1}
    assert len(list(find_xrays(folder / "dicom"))) == len(films)


def test_headers_are_those_of_the_machine(written):
    hospital, folder = written
    equipment = hospital.equipment
    for path in (folder / "dicom").rglob("*.dcm"):
        facts = read_header(path).facts
        assert facts.modality == equipment.sop_class
        assert facts.manufacturer.startswith("Simulated")
        assert facts.photometric == equipment.polarity
        assert (facts.bits_stored, facts.rows, facts.columns) == (equipment.bits, 80, 80)
        assert (facts.body_part, facts.burned_in) == ("CHEST", "NO")
        assert facts.view in ("PA", "AP")
        assert (facts.portable is True) == (facts.view == "AP")
        assert 18 <= facts.age <= 90


def test_read_back_the_spine_is_white_and_the_lungs_are_dark(written):
    _, folder = written
    pictures = [read_xray(path).pixels for path in sorted(folder.rglob("*.dcm"))]
    mean = np.mean(pictures, axis=0)
    assert mean.shape == (80, 80)
    lungs = mean[20:40, [*range(16, 27), *range(53, 64)]].mean()
    spine_and_abdomen = mean[60:75, 36:44].mean()
    assert spine_and_abdomen > lungs + 0.3
    assert mean[:3, :3].mean() < 0.2  # air beside the neck is black


def test_the_same_seed_gives_the_same_bytes_in_any_number_of_processes(tmp_path: Path):
    made = [
        write_hospital(tmp_path / name, SOUTH, patients=27, seed=seed, size=40, processes=processes)
        for name, seed, processes in (("one", 9, 1), ("two", 9, 2), ("other", 10, 1))
    ]
    one, two, other = (digest(folder) for folder in made)
    assert one == two
    assert not set(one.values()) & set(other.values())


def test_a_small_hospital_is_the_beginning_of_a_large_one(tmp_path: Path):
    small = digest(write_hospital(tmp_path / "a", NORTH, patients=2, seed=9, size=40))
    large = digest(write_hospital(tmp_path / "b", NORTH, patients=4, seed=9, size=40))
    films = {name: value for name, value in small.items() if name.endswith(".dcm")}
    assert films
    assert films.items() <= large.items()


@pytest.mark.parametrize("hospital", [NORTH, SOUTH], ids=lambda hospital: hospital.name)
def test_shifting_films_that_were_taken_is_taking_them_shifted(hospital: Hospital, tmp_path: Path):
    shift = SiteShift(response=0.5, blur=0.5, noise=0.7, markers=0.5, collimation=0.5)
    size = {"patients": 3, "seed": 9, "size": 40}
    taken = write_hospital(tmp_path / "taken", hospital, **size)
    whole = write_hospital(tmp_path / "whole", hospital, shift=shift, **size)
    after = write_hospital(tmp_path / "after", hospital, shift=shift, taken=taken, **size)
    assert digest(after) == digest(whole)
    assert digest(after) != digest(taken)


def test_mistakes_are_said_and_nothing_is_written(tmp_path: Path):
    for wrong in ({"patients": 0}, {"patients": 1, "size": 8}, {"patients": 1, "processes": 0}):
        with pytest.raises(DataError, match="at least 1 patient"):
            write_hospital(tmp_path, NORTH, seed=1, **wrong)
    assert not list(tmp_path.iterdir())
    write_hospital(tmp_path, NORTH, patients=1, seed=1, size=40)
    with pytest.raises(DataError, match="films already"):
        write_hospital(tmp_path, NORTH, patients=1, seed=1, size=40)


@pytest.mark.parametrize("hospital", [NORTH, SOUTH], ids=lambda hospital: hospital.name)
def test_disease_leaves_header_border_and_marker_as_they_are(hospital: Hospital, tmp_path: Path):
    """The only way to a label is through the lungs."""
    shuttered = replace(hospital, equipment=shifted(hospital.equipment, collimated=1.0))
    for number in range(1, 7):
        study = studies_of(hospital, 3, number)[0]
        films, headers = [], []
        for name, findings in (("well", ()), ("ill", ("pneumonia", "effusion", "nodule"))):
            twin = replace(study, findings=frozenset(findings))
            stored, pose = stored_values(shuttered, 3, twin, 1, 80)
            write_study(tmp_path / f"{name}{number}", shuttered, 3, twin, 80)
            (path, *_) = sorted((tmp_path / f"{name}{number}").rglob("*.dcm"))
            films.append(stored)
            headers.append((read_header(path), pose))
        assert headers[0] == headers[1]
        shutter = stored[0, 0]
        for axis in (0, 1):
            borders = [(film == shutter).all(axis=axis) for film in films]
            assert borders[0].any()
            np.testing.assert_array_equal(borders[0], borders[1])
        inside = films[0] != shutter
        assert (films[0] != films[1])[inside].any()


def thumbnail_auroc(hospital: Hospital, patients: int) -> float:
    """Pneumonia by logistic regression on 8 x 8 thumbnails, cross-validated by patient."""
    thumbnails, truth, patient = [], [], []
    top = (1 << hospital.equipment.bits) - 1
    for number in range(1, patients + 1):
        for study in studies_of(hospital, 11, number):
            stored, _ = stored_values(hospital, 11, study, 1, 80)
            thumbnails.append(cv2.resize(stored / top, (8, 8), interpolation=cv2.INTER_AREA))
            truth.append("pneumonia" in study.findings)
            patient.append(number)
    scores = cross_val_predict(
        make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=500)),
        np.reshape(thumbnails, (len(truth), -1)),
        truth,
        groups=patient,
        cv=GroupKFold(5),
        method="predict_proba",
    )[:, 1]
    return float(roc_auc_score(truth, scores))


@pytest.mark.slow
@pytest.mark.parametrize("hospital", [NORTH, SOUTH], ids=lambda hospital: hospital.name)
def test_pneumonia_is_more_than_a_thumbnail_can_tell(hospital: Hospital):
    assert 0.55 < thumbnail_auroc(hospital, 800) < 0.80
