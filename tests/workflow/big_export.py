"""A simulated export of as many small films as wanted, written fast: one header, patched."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

SIDE = 48
DX = "1.2.840.10008.5.1.4.1.1.1.1"
FILMS_A_PATIENT = 3
PATCHES = {
    "film": b"2.25.1000000000000001", "study": b"2.25.2000000000000002",
    "patient": b"P00000003", "accession": b"A00000004", "name": b"N00000005^X",
    "born": b"19000606", "taken": b"20000707", "age": b"088Y", "sex": b"QQ", "center": b"999999",
}  # fmt: skip


def _template(scanner: int) -> bytes:
    """A film of a scanner, with what is patched in its places."""
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if scanner else ExplicitVRLittleEndian
    film.SOPClassUID = film.file_meta.MediaStorageSOPClassUID = DX
    film.file_meta.MediaStorageSOPInstanceUID = PATCHES["film"].decode()
    for keyword, patch in (
        ("SOPInstanceUID", "film"), ("StudyInstanceUID", "study"), ("SeriesInstanceUID", "study"),
        ("PatientID", "patient"), ("AccessionNumber", "accession"), ("PatientName", "name"),
        ("PatientBirthDate", "born"), ("StudyDate", "taken"), ("PatientAge", "age"),
        ("PatientSex", "sex"), ("WindowCenter", "center"),
    ):  # fmt: skip
        setattr(film, keyword, PATCHES[patch].decode())
    film.WindowWidth, film.Modality, film.BodyPartExamined = "4096", "DX", "CHEST"
    film.Manufacturer, film.ManufacturerModelName = "Simulated Big", f"Scanner {scanner}"
    film.ViewPosition, film.PresentationIntentType = "PA", "FOR PRESENTATION"
    film.PhotometricInterpretation = ("MONOCHROME2", "MONOCHROME1")[scanner % 2]
    film.Rows = film.Columns = SIDE
    film.SamplesPerPixel, film.BitsAllocated, film.BitsStored, film.HighBit = 1, 16, 12, 11
    film.PixelRepresentation = 0
    for group in (0x0019, 0x0029):
        block = film.private_block(group, f"SIMULATED {group}", create=True)
        for element in range(20):
            block.add_new(element, "LO", f"private {element}")
    film.PixelData = bytes(2 * SIDE * SIDE)
    film["PixelData"].VR = "OW"
    file = BytesIO()
    film.save_as(file, enforce_file_format=True)
    return file.getvalue()


def write_big_export(home: Path, films: int, seed: int = 0) -> None:
    """Write ``dicom/`` and ``labels.csv``: three films a patient, one a study."""
    templates = [_template(scanner) for scanner in range(3)]
    chest = cv2.GaussianBlur(np.eye(SIDE, dtype=np.float32)[::-1] * 90, (0, 0), 9)
    rows = []
    for number in range(films):
        patient = number // FILMS_A_PATIENT
        if number % 1000 == 0:
            folder = home / "dicom" / f"{number // 1000:04d}"
            folder.mkdir(parents=True)
        rng = np.random.default_rng((seed, number))
        person = np.random.default_rng((seed, patient, 1))
        sex = b"FM"[person.integers(2) :][:1]
        birth_year = int(person.integers(1930, 2000))
        said = {
            "film": b"2.25.1%015d" % number,
            "study": b"2.25.2%015d" % number,
            "patient": b"P%08d" % patient,
            "accession": b"A%08d" % number,
            "name": b"N%08d^X" % patient,
            "born": b"%04d%02d%02d" % (birth_year, person.integers(1, 13), person.integers(1, 29)),
            "taken": b"%04d%02d%02d" % (rng.integers(2015, 2025), rng.integers(1, 13), 1),
            "age": b"%03dY" % rng.integers(20, 80),
            "sex": sex + b" ",
            "center": b"%06d" % rng.integers(1900, 2200),
        }
        content = templates[number % 3]
        for name, old in PATCHES.items():
            content = content.replace(old, said[name])
        coarse = rng.normal(0, 1, (14, 14)).astype(np.float32)
        values = chest + cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        values += rng.normal(0, 0.2, values.shape)
        grey = np.clip(2048 + 600 * values, 0, 4095)
        stored = (4095 - grey if number % 3 == 1 else grey).astype("<u2").tobytes()
        (folder / f"{number:07d}").write_bytes(content[: -len(stored)] + stored)
        present = int(rng.random() < 0.2)
        rows.append((said["accession"].decode(), present, int(rng.random() < 0.03)))
    table = pd.DataFrame(rows, columns=["accession_number", "opacity", "nodule"])
    table.to_csv(home / "labels.csv", index=False)
    (home / "run.yaml").write_text(
        "name: big\nsite: big\n"
        "data: {images: dicom, labels: labels.csv, findings: [opacity, nodule]}\n"
        "model: {backbone: timm/mobilenetv3_small_050, weights: none, image_size: 48}\n"
    )
