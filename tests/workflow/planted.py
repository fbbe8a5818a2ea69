"""A simulated export with leaks and label errors planted in it, one of each kind."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pydicom
from pydicom.dataset import FileDataset

from medtune.phantom import NORTH, write_hospital

RUN = """
name: planted
site: north
data:
  images: dicom
  labels: labels.csv
  findings: [effusion]
  split: {train: 0.5, tune: 0.1, calibration: 0.1, test: 0.3}
model: {backbone: timm/mobilenetv3_small_050, weights: none, adapt: linear_probe, image_size: 96}
"""


@dataclass
class Export:
    """A folder of films and their labels, which plants change."""

    home: Path
    labels: pd.DataFrame
    films: list[Path]
    settings: list[str] = field(default_factory=list)

    def read(self, number: int) -> FileDataset:
        """A film; numbers stand for different patients."""
        return pydicom.dcmread(self.films[number])

    def write(self, film: FileDataset, name: str, *, uid: bool = True) -> None:
        """A film more, with a UID of its own."""
        if uid:
            film.SOPInstanceUID = f"2.25.7{int.from_bytes(name.encode()) % 10**9}"
            film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
        folder = self.home / "dicom" / "planted"
        folder.mkdir(exist_ok=True)
        film.save_as(folder / name)

    def label_for(self, film: FileDataset, effusion: object) -> None:
        """A label row for a study of its own."""
        row = {"accession_number": film.AccessionNumber, "effusion": effusion}
        self.labels = pd.concat([self.labels, pd.DataFrame([row])], ignore_index=True)

    def as_another(self, film: FileDataset, number: int, name: str) -> FileDataset:
        """The film under another patient and study."""
        other = self.read(number)
        for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "PatientAge"):
            setattr(film, keyword, getattr(other, keyword))
        film.StudyInstanceUID, film.AccessionNumber = f"2.25.8{name}", f"X{name}"
        return film

    def effusion(self, film: FileDataset) -> object:
        """The label of a film's study."""
        rows = self.labels[self.labels["accession_number"] == film.AccessionNumber]
        return rows["effusion"].iloc[0]

    def save(self) -> Path:
        """Write labels and run file; returns the run file."""
        self.labels.to_csv(self.home / "labels.csv", index=False)
        (self.home / "run.yaml").write_text(RUN)
        return self.home / "run.yaml"


def clean(home: Path, patients: int = 60, size: int = 128) -> Export:
    """A clean export, its films one a patient."""
    write_hospital(home, NORTH, patients=patients, seed=11, size=size, processes=1)
    labels = pd.read_csv(home / "labels.csv")[["accession_number", "effusion"]]
    labels = labels[labels["effusion"].isin([0, 1])].astype({"effusion": int}).astype(object)
    films = []
    for folder in sorted((home / "dicom").iterdir()):
        films.append(next(path for path in sorted(folder.rglob("*")) if path.is_file()))
    known = set(labels["accession_number"])
    return Export(home, labels, [film for film in films if accession(film) in known])


def accession(path: Path) -> str:
    return str(pydicom.dcmread(path, stop_before_pixels=True).AccessionNumber)


def copied(base: Path, home: Path) -> Export:
    """A copy of a clean export."""
    shutil.copytree(base, home)
    return clean_again(home)


def clean_again(home: Path) -> Export:
    """An export that stands there already."""
    labels = pd.read_csv(home / "labels.csv").astype(object)
    films = [Path(line) for line in (home / "films.txt").read_text().splitlines()]
    return Export(home, labels, [home / film for film in films])


def pixels(film: FileDataset) -> np.ndarray:
    return film.pixel_array.astype(np.float64)


def put(film: FileDataset, values: np.ndarray) -> None:
    stored = np.clip(np.rint(values), 0, 4095).astype(np.uint16)
    film.Rows, film.Columns = stored.shape
    film.PixelData = stored.tobytes()


def same_film(export: Export) -> None:
    film = export.as_another(export.read(0), 1, "1")
    export.label_for(film, export.effusion(export.read(0)))
    export.write(film, "same")


def exported_again(export: Export) -> None:
    """Through another window and eight bits, a little smaller."""
    film = export.as_another(export.read(2), 3, "2")
    values = pixels(film)
    eight = np.rint(255 * np.clip((values / 4095 - 0.1) / 0.85, 0, 1) ** 0.8)
    smaller = cv2.resize(eight, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    put(film, 16 * smaller)
    export.label_for(film, export.effusion(export.read(2)))
    export.write(film, "again")


def inverted(export: Export) -> None:
    film = export.as_another(export.read(4), 5, "3")
    put(film, 4095 - pixels(film))
    export.label_for(film, export.effusion(export.read(4)))
    export.write(film, "inverted")


def id_written_otherwise(export: Export) -> None:
    """Leading zeros and a sign, on a film that no other patient has."""
    film = export.read(6)
    film.PatientID = film.PatientID[0] + "-000" + film.PatientID[1:].lstrip("0")
    _later(export, film, "4")


def other_id_same_name(export: Export) -> None:
    film = export.read(7)
    film.PatientID = "EMERGENCY77"
    _later(export, film, "5")


def _later(export: Export, film: FileDataset, name: str) -> None:
    """Another picture of another day: a film of a person who is not in the export."""
    donor = export.read(8)
    film.PixelData = np.ascontiguousarray(pixels(donor)[:, ::-1].astype(np.uint16)).tobytes()
    film.StudyInstanceUID, film.AccessionNumber = f"2.25.8{name}", f"X{name}"
    rng = np.random.default_rng(int(name))
    values = cv2.GaussianBlur(rng.normal(0, 1, pixels(donor).shape), (0, 0), 4)
    put(film, pixels(donor)[:, ::-1] + 900 * values / values.std())
    export.label_for(film, 0)
    export.write(film, f"later{name}")


def same_uid(export: Export) -> None:
    film, other = export.read(9), export.read(10)
    film.PixelData = other.PixelData
    export.write(film, "zz_uid", uid=False)


def study_of_two(export: Export) -> None:
    film = export.read(11)
    film.PatientID, film.PatientName = "Q999", "OTHER^PERSON"
    film.PatientBirthDate, film.PatientSex = "19010101", "O"
    rng = np.random.default_rng(3)
    put(film, pixels(film) + rng.normal(0, 900, pixels(film).shape))
    export.write(film, "study")


def accession_of_two(export: Export) -> None:
    film = export.read(12)
    other = export.read(13)
    other.AccessionNumber = film.AccessionNumber
    other.save_as(export.films[13])


def row_twice(export: Export) -> None:
    row = export.labels[export.labels["accession_number"] == export.read(14).AccessionNumber]
    export.labels = pd.concat([export.labels, row.assign(effusion=1 - row["effusion"])])


def other_label(export: Export) -> None:
    """One picture twice in one patient, with two labels."""
    film = export.read(15)
    before = export.effusion(film)
    film.StudyInstanceUID, film.AccessionNumber = "2.25.86", "X6"
    export.label_for(film, 1 - int(before))
    export.write(film, "label")


def row_of_another(export: Export) -> None:
    """A column of the label table says another sex in one row."""
    sex = {}
    for path in sorted((export.home / "dicom").rglob("*")):
        if path.is_file():
            film = pydicom.dcmread(path, stop_before_pixels=True)
            sex[film.AccessionNumber] = film.PatientSex
    export.labels["sex"] = export.labels["accession_number"].map(sex)
    wrong = export.labels["accession_number"] == export.read(16).AccessionNumber
    export.labels.loc[wrong, "sex"] = "M" if export.read(16).PatientSex == "F" else "F"


def negative(export: Export) -> None:
    film = export.read(17)
    put(film, 4095 - pixels(film))
    film.save_as(export.films[17])


def future(export: Export) -> None:
    film = export.read(18)
    film.StudyDate = "21000101"
    film.save_as(export.films[18])


def seen_by_generic(export: Export) -> None:
    """A product's own list of what it learnt from names all films."""
    accession = [export.read(number).AccessionNumber for number in range(20, 50)]
    pd.DataFrame({"accession_number": accession}).to_csv(export.home / "theirs.csv", index=False)
    scores = export.labels[["accession_number"]].drop_duplicates().assign(score=0.5)
    scores.to_csv(export.home / "scores.csv", index=False)
    export.settings.append(
        "evaluation.compare_with=[{scores: scores.csv, column: score, name: vendor, "
        "trained_on: theirs.csv}]"
    )


def patient_in_two_splits(export: Export) -> None:
    """A table of the user's own split tears the films of one patient apart."""
    accession = export.labels["accession_number"].drop_duplicates()
    split = ["train", "test", "tune", "calibration"]
    table = pd.DataFrame({"accession_number": accession})
    table["split"] = [split[i % 4] for i in range(len(table))]
    table.to_csv(export.home / "split.csv", index=False)
    export.settings.append("data.split.file=split.csv")


Plant = Callable[[Export], None]
LEAKS: dict[str, tuple[Plant, str]] = {
    "the same film under two patients": (same_film, "same_film"),
    "a film exported again under another patient": (exported_again, "near_duplicate"),
    "an inverted copy under another patient": (inverted, "near_duplicate"),
    "one person, the ID written in two ways": (id_written_otherwise, "same_patient"),
    "one person with two IDs, name and birth date alike": (other_id_same_name, "same_patient"),
    "one SOP instance UID, two pictures": (same_uid, "same_uid"),
    "one picture with two labels": (other_label, "other_label"),
    "a label row of another person": (row_of_another, "row_of_another"),
    "a negative film": (negative, "negative"),
    "a film from the future": (future, "impossible_date"),
    "test cases that a product learnt from": (seen_by_generic, "seen_by_generic"),
}
PROBLEMS: dict[str, tuple[Plant, str]] = {
    "one study of two patients": (study_of_two, "films of more than one patient"),
    "an accession number of two patients": (accession_of_two, "more than one patient"),
    "a label row that stands twice": (
        row_twice,
        "1 value of 'accession_number' stands in more than one row",
    ),
    "a patient on two sides of a split": (patient_in_two_splits, "patients are in two splits"),
}
