"""The fast way to a header says what pydicom says, or leaves the file to pydicom."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from medtune.dicom.film import film_of, open_film
from medtune.dicom.header import header_of
from medtune.dicom.opening import open_dataset
from medtune.dicom.place import Place, reader
from medtune.dicom.scan import scan
from medtune.dicom.values import items, texts
from tests.dicom.conftest import lut, make

TAGS = {
    "PatientID": "00123",
    "IssuerOfPatientID": "ward",
    "PatientName": "DOE^JANE",
    "PatientBirthDate": "19600229",
    "PatientSex": "F",
    "PatientAge": "063Y",
    "StudyDate": "20240301",
    "ContentTime": "101112.5",
    "StudyDescription": "CHEST PORTABLE",
    "WindowCenter": [100, 200],
    "WindowWidth": [50, 60],
    "WindowCenterWidthExplanation": ["NORMAL", "HARD"],
    "PixelSpacing": [0.2, 0.1],
    "ImageType": ["ORIGINAL", "PRIMARY", ""],
    "ExposureIndex": "250.5",
    "KVP": "120",
    "Manufacturer": "Maker",
}


def scanned(path: Path):
    with Place(path).open() as (file, size):
        return scan(reader(file), size)


def same(path: Path) -> None:
    dataset, has_pixels = open_dataset(path, pixels=False)
    film = open_film(path, pixels=False)
    assert header_of(film) == header_of(film_of(dataset))
    assert film.has_pixels == has_pixels


def filled(dataset: Dataset) -> Dataset:
    """Private blocks, sequences of either length, and a long unknown value."""
    block = dataset.private_block(0x0029, "MAKER", create=True)
    for element in range(12):
        block.add_new(element, "LO", f"private {element}")
    block.add_new(99, "OB", bytes(20_000))
    inner, item = Dataset(), Dataset()
    inner.PatientID = "NOT ME"
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "399067008", "SCT", "lateral"
    item.ReferencedPatientSequence = [inner]
    item["ReferencedPatientSequence"].is_undefined_length = True
    dataset.ViewCodeSequence = [item]
    dataset.ProcedureCodeSequence = [item, item]
    dataset["ProcedureCodeSequence"].is_undefined_length = True
    dataset.VOILUTSequence = [lut(0, 12, np.arange(4096, dtype=np.uint16), "SOFT")]
    dataset["VOILUTSequence"].is_undefined_length = True
    return dataset


@pytest.mark.parametrize("syntax", [None, ImplicitVRLittleEndian])
def test_it_says_what_pydicom_says(ramp, tmp_path, syntax):
    tags = {**TAGS, **({"syntax": syntax} if syntax else {})}
    dataset = filled(make(ramp, **tags))
    dataset.save_as(tmp_path / "film", enforce_file_format=True)
    found = scanned(tmp_path / "film")
    assert found is not None
    same(tmp_path / "film")
    header = header_of(open_film(tmp_path / "film", pixels=False))
    assert header.facts.view == "LATERAL"
    assert header.facts.has_voi_lut
    assert header.facts.portable is True
    assert header.identity.patient_id == "00123"
    (table,) = items(found.header, "VOILUTSequence")
    assert texts(table, "LUTExplanation") == ("SOFT",)


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_unusual_encodings_are_left_to_pydicom(ramp, tmp_path, syntax):
    make(ramp, syntax=syntax, **TAGS).save_as(tmp_path / "film", enforce_file_format=True)
    assert scanned(tmp_path / "film") is None
    same(tmp_path / "film")


@pytest.mark.parametrize(
    ("character_set", "name", "usual"),
    [
        ("ISO_IR 192", "Müller^Øre", True),
        ("ISO_IR 100", "Müller^Øre", True),
        ("ISO_IR 144", "Люкceмбypг", False),
    ],
)
def test_character_sets(ramp, tmp_path, character_set, name, usual):
    dataset = make(ramp, SpecificCharacterSet=character_set, PatientName=name, PatientID="ß1")
    dataset.PatientID = "1" if not usual else "ß1"
    dataset.save_as(tmp_path / "film", enforce_file_format=True)
    assert (scanned(tmp_path / "film") is not None) == usual
    same(tmp_path / "film")
    assert header_of(open_film(tmp_path / "film", pixels=False)).identity.name == name


def test_another_value_representation_than_the_dictionarys_is_left_to_pydicom(ramp, tmp_path):
    dataset = make(ramp)
    dataset.add_new("BodyPartExamined", "LO", "CHEST")
    dataset.save_as(tmp_path / "film", enforce_file_format=True)
    assert scanned(tmp_path / "film") is None
    same(tmp_path / "film")


def test_every_cut_is_read_as_pydicom_reads_it_or_left_to_it(ramp, tmp_path):
    path = tmp_path / "film"
    filled(make(ramp, **TAGS)).save_as(path, enforce_file_format=True)
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        if scanned(path) is not None:
            same(path)


def test_signed_padding_is_read_with_its_sign(tmp_path):
    pixels = np.arange(-32, 32, dtype=np.int16).reshape(8, 8)
    dataset = make(pixels, PixelPaddingValue=-32)
    dataset["PixelPaddingValue"].VR = "SS"
    dataset.save_as(tmp_path / "film", enforce_file_format=True)
    found = scanned(tmp_path / "film")
    assert found is not None
    assert found.header.get("PixelPaddingValue") == -32


def test_a_header_is_read_at_few_places_of_the_file(ramp, tmp_path):
    path = tmp_path / "film"
    filled(make(ramp, **TAGS)).save_as(path, enforce_file_format=True)
    reads: list[int] = []
    with path.open("rb") as file:

        def read(offset: int, length: int) -> bytes:
            reads.append(length)
            return os.pread(file.fileno(), length, offset)

        assert scan(read, path.stat().st_size) is not None
    assert len(reads) <= 8
    assert sum(reads) < 60_000  # the private 20 000 bytes are skipped
