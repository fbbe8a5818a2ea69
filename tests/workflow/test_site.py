"""``medtune site``: from a folder of films to a profile that tells nothing of anybody."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
import pytest

from medtune.config.site_file import load_profile
from medtune.errors import DataError, InputError
from medtune.phantom import NORTH, shifted, write_hospital
from medtune.workflow.predict import predict
from medtune.workflow.site import compare, measure
from tests.films.measure.simulated import films_of

CANARY = "ZQCANARY"
TAGS = (
    "PatientName", "PatientID", "AccessionNumber", "StationName", "InstitutionName",
    "OperatorsName", "StudyDescription", "ManufacturerModelName", "ImageComments",
)  # fmt: skip


@pytest.fixture(scope="module")
def measured(hospitals: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("profile")
    return measure(
        hospitals / "north/dicom", folder / "north.yaml", site="north", most_films=20, show=False
    )


def test_a_folder_of_films_becomes_a_profile_and_a_page(measured):
    profile = load_profile(measured.written)
    assert profile == measured.profile
    assert profile.site == "north"
    assert profile.simulated
    first = profile.groups[0]
    assert (first.scanner, first.view, first.portable, first.bits) == (
        "Simulated 1", "PA", None, 12,
    )  # fmt: skip
    assert first.measured == 20 < first.films
    assert first.pixel_spacing.middle == pytest.approx(4.62, abs=0.01)
    assert first.film_side == pytest.approx(370, abs=1)
    assert 250 < first.exposure_index.middle < 350
    assert first.lines is None
    page = measured.page.read_text()
    assert "What films at north look like" in page
    assert page.count("<svg") == len(profile.groups)
    assert "://" not in page
    assert "<script" not in page


@pytest.mark.slow
def test_the_same_films_make_the_same_bytes(measured, hospitals: Path, tmp_path: Path):
    again = measure(hospitals / "north/dicom", tmp_path / "again.yaml", site="north",
                    most_films=20, show=False)  # fmt: skip
    assert again.written.read_bytes() == measured.written.read_bytes()
    assert again.page.read_bytes() == measured.page.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"again.yaml", "again.html"}


def test_of_a_run_the_train_split_is_measured_and_its_labels_counted(
    hospitals: Path, tmp_path: Path
):
    for name in ("north", "north.yaml"):
        source = hospitals / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    found = measure(tmp_path / "north.yaml", tmp_path / "site.yaml", most_films=12, show=False)
    people = found.profile.patients
    assert found.profile.site == "north"
    assert 40 <= people.patients <= 54  # 60 % of 90, less those of views that are not told
    assert people.films == sum(group.films for group in found.profile.groups)
    assert 0.1 < people.prevalence["effusion"] < 0.5


def test_no_patient_can_be_found_in_a_profile(hospitals: Path, tmp_path: Path):
    """Texts in every tag that a header has, and a pattern in the pixels of one patient."""
    films = sorted((hospitals / "north/dicom").rglob("*.dcm"))[:60]
    pattern = (np.random.default_rng(0).random((16, 16)) > 0.5).astype(np.float64)
    secrets = {CANARY}
    for number, film in enumerate(films):
        dataset = pydicom.dcmread(film)
        for tag in TAGS:
            if tag != "ManufacturerModelName" or number % 2:
                setattr(dataset, tag, f"{CANARY} {tag} {number}")
        dataset.PatientID = f"{CANARY}{number}"
        dataset.PatientBirthDate = "19470712"
        if number == 0:
            pixels = dataset.pixel_array.copy()
            pixels[30:46, 30:46] = np.where(pattern > 0, pixels.max(), 0)
            dataset.PixelData = pixels.tobytes()
        secrets |= {"19470712", str(dataset.SOPInstanceUID), str(dataset.StudyInstanceUID)}
        place = tmp_path / f"{CANARY}_{number}"
        place.mkdir()
        dataset.save_as(place / f"{CANARY}.dcm")
    found = measure(tmp_path, tmp_path / "profile.yaml", show=False)
    written = found.written.read_text() + found.page.read_text()
    assert not [secret for secret in secrets if secret.lower() in written.lower()]
    assert str(tmp_path) not in written
    numbers = [float(text) for text in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?",
                                                  found.written.read_text())]  # fmt: skip
    assert len(numbers) < 150 * len(found.profile.groups)  # a film has thousands
    for row in pattern:
        for start in range(len(numbers) - 16):
            window = np.array(numbers[start : start + 16])
            if window.std() > 0:
                assert np.corrcoef(window, row)[0, 1] < 0.95


def test_one_patient_moves_no_number_far(hospitals: Path, tmp_path: Path):
    """With a patient's films blanked to noise, medians stay where they were."""
    films = sorted((hospitals / "north/dicom").rglob("*.dcm"))[:24]
    profiles = []
    for name in ("before", "after"):
        for number, film in enumerate(films):
            dataset = pydicom.dcmread(film)
            if name == "after" and number == 5:
                noise = np.random.default_rng(0).integers(0, 4096, dataset.pixel_array.shape)
                dataset.PixelData = noise.astype(np.uint16).tobytes()
            (tmp_path / name).mkdir(exist_ok=True)
            dataset.save_as(tmp_path / name / f"{number}.dcm")
        found = measure(tmp_path / name, tmp_path / f"{name}.yaml", show=False)
        profiles.append(found.profile.groups[0])
    one, other = profiles
    np.testing.assert_allclose(other.greys.middle, one.greys.middle, atol=0.03)
    power = [[value for value in group.sharpness.power if value is not None] for group in profiles]
    assert len(power[0]) >= 8
    np.testing.assert_allclose(power[1], power[0], atol=0.15)


def test_too_few_patients_are_not_told_of(hospitals: Path, tmp_path: Path):
    for film in sorted((hospitals / "north/dicom").rglob("*.dcm"))[:6]:
        shutil.copy(film, tmp_path / film.parent.parent.name)
    with pytest.raises(DataError, match="without telling of single patients"):
        measure(tmp_path, tmp_path / "out.yaml", show=False)


TEXTS = (
    *("Manufacturer", "ManufacturerModelName", "StationName", "DeviceSerialNumber", "DetectorID"),
    *("InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "ViewPosition"),
    *("BodyPartExamined", "ProtocolName", "StudyDescription", "SeriesDescription"),
    *("RequestedProcedureDescription", "PerformedProcedureStepDescription", "PatientSex"),
    *("AcquisitionDeviceProcessingDescription", "WindowCenterWidthExplanation"),
)


def test_no_text_of_a_header_stands_in_a_profile(hospitals: Path, tmp_path: Path):
    """The same free text on the films of enough patients, so that a group of them is told."""
    films = sorted((hospitals / "north/dicom").rglob("*.dcm"))[:30]
    for number, film in enumerate(films):
        dataset = pydicom.dcmread(film)
        for tag in TEXTS:
            setattr(dataset, tag, f"DR {CANARY} ROOM 4" if tag != "PatientSex" else CANARY)
        dataset.PatientID = str(number)
        (tmp_path / "films").mkdir(exist_ok=True)
        dataset.save_as(tmp_path / f"films/{number}.dcm")
    found = measure(tmp_path / "films", tmp_path / "profile.yaml", show=False)
    (group,) = found.profile.groups
    assert (group.scanner, group.view) == ("scanner 1", "another view 1")
    assert found.profile.patients.view == {"another view 1": 1.0}
    written = found.written.read_text() + found.page.read_text()
    assert "another view 1" in written
    assert not re.search("canary|room", written, re.IGNORECASE)


def test_films_of_groups_that_are_left_out_count_nowhere(hospitals: Path, tmp_path: Path):
    """And films that cannot be read do not, or they could be told from those that are measured."""
    films = map(pydicom.dcmread, sorted((hospitals / "north/dicom").rglob("*.dcm")))
    upright = [film for film in films if film.ViewPosition == "PA"][:34]
    for number, dataset in enumerate(upright):
        dataset.PatientID = str(number)
        dataset.PatientSex = "F" if number < 27 else "M"
        dataset.ViewPosition = "PA" if number < 27 else "LL"
        if number < 4:
            dataset.PixelData = b""
        dataset.save_as(tmp_path / f"{number}.dcm")
    found = measure(tmp_path, tmp_path / "profile.yaml", show=False)
    people = found.profile.patients
    (group,) = found.profile.groups
    assert sum(found.unreadable.values()) == 4
    assert (people.films, people.patients, group.films, group.measured) == (23, 23, 23, 23)
    assert people.sex == {"F": 1.0}  # those of the seven others, M, are not told of either
    assert people.view == {"PA": 1.0}


@pytest.mark.parametrize("name", ["", " ", "north/south", "a<b>", "-north"])
def test_a_name_that_cannot_be_told_is_refused_before_anything_is_read(
    name: str, hospitals: Path, tmp_path: Path
):
    nowhere, out = tmp_path / "nowhere", tmp_path / "out.yaml"
    with pytest.raises(InputError, match="letters of any language"):
        measure(nowhere, out, site=name, show=False)
    (tmp_path / "north").symlink_to(hospitals / "north")
    copy = tmp_path / "run.yaml"
    copy.write_text(
        (hospitals / "north.yaml").read_text().replace("site: north", f"site: '{name}'")
    )
    with pytest.raises(InputError, match="letters of any language"):
        measure(copy, out, show=False)
    assert not out.exists()


def test_a_name_has_letters_of_any_language(hospitals: Path, tmp_path: Path):
    found = measure(hospitals / "north/dicom", tmp_path / "out.yaml", site="Sankt Jörg",
                    most_films=10, show=False)  # fmt: skip
    assert load_profile(found.written).site == "Sankt Jörg"
    assert "What films at Sankt Jörg look like" in found.page.read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [{"most_films": 0}, {"smallest_cell": 0}])
def test_numbers_out_of_range_are_refused(wrong, hospitals: Path, tmp_path: Path):
    with pytest.raises(InputError):
        measure(hospitals / "north/dicom", tmp_path / "out.yaml", show=False, **wrong)
    with pytest.raises(InputError, match=r"does not end in \.yaml"):
        measure(hospitals / "north/dicom", tmp_path / "out.txt", show=False)


def test_two_hospitals_are_compared_in_words(measured, hospitals: Path, tmp_path: Path):
    south = measure(hospitals / "south/dicom", tmp_path / "south.yaml", site="south",
                    most_films=20, show=False)  # fmt: skip
    found = compare(measured.written, south.written)
    lines = found.lines()
    assert lines[0] == "north and south, what differs most first:"
    topics = {difference.topic for difference in found.differences}
    assert {"exposure index", "borders", "bits", "greys"} <= topics
    assert found.as_dict()["sites"] == ["north", "south"]
    same = compare(measured.written, measured.written)
    assert same.lines() == ["north (first) and north (second): nothing that is worth telling "
                            "differs."]  # fmt: skip


@pytest.mark.slow
def test_three_hundred_films_recover_curve_noise_and_blur(tmp_path: Path):
    """Other patients at the reference and at the site, through DICOM files, all three shifts."""
    base = replace(NORTH.equipment, collimated=0.0)
    machine = shifted(base, gamma=1.5, noise=1.4, blur=1.6)
    profiles = {}
    for name, equipment, seed in (("reference", base, 11), ("site", machine, 12)):
        here = replace(NORTH, name=name, equipment=equipment)
        write_hospital(tmp_path / name, here, patients=310, seed=seed, size=224, processes=2)
        found = measure(tmp_path / name / "dicom", tmp_path / f"{name}.yaml", site=name, show=False)
        profiles[name] = max(found.profile.groups, key=lambda group: group.films)
        assert profiles[name].measured == 300
    found = {d.topic: d for d in compare(tmp_path / "reference.yaml", tmp_path / "site.yaml")
             .differences if d.subject == "PA"}  # fmt: skip
    spacing = profiles["site"].pixel_spacing.middle
    assert found["greys"].amount == pytest.approx(1.5, rel=0.1)
    assert found["sharpness"].amount * 224 * spacing == pytest.approx(1.6, rel=0.1)
    known = films_of(machine, range(1, 25))
    greys = np.arange(0.15, 0.9, 0.1)
    told = np.array([value or np.nan for value in profiles["site"].noise.deviation], float)[1:9]
    assert np.nanmedian(told / known.noise_at(greys)) == pytest.approx(1, abs=0.1)


def test_labels_that_are_unknown_are_not_counted():
    from medtune.workflow.site import _prevalence

    labels = pd.DataFrame(
        {
            "case_id": [f"C{n}" for n in range(60)],
            "group_id": [f"G{n}" for n in range(60)],
            "study_id": [f"S{n}" for n in range(60)],
            "effusion": pd.array([1] * 10 + [0] * 30 + [None] * 20, dtype="Int8"),
            "nodule": pd.array([1] * 9 + [0] * 51, dtype="Int8"),
        }
    )
    assert _prevalence(labels, 10) == {"effusion": 0.25}


def test_predict_names_films_that_are_unlike_those_of_a_site(judged: Path, tmp_path: Path):
    profile = measure(judged / "south/dicom", tmp_path / "south.yaml", site="south", most_films=60,
                      show=False).written  # fmt: skip
    share = {}
    for name in ("south", "north"):
        new = judged / name / "dicom"
        out = tmp_path / name / "said.csv"
        plain = predict(judged / "runs/south", new, out, show=False)
        held = predict(judged / "runs/south", new, out, site=profile, show=False)
        pd.testing.assert_series_equal(plain["score"], held["score"])
        told = held["reason"].str.startswith("unusual: ") & held["reason"].str.contains(
            r"\(south, |profile of south"
        )
        assert not (told & held["refused"]).any()
        share[name] = told[~held["refused"]].mean()
    assert share["south"] < 0.1
    assert share["north"] > 2 * share["south"] + 0.1
