"""No secret survives: one in every attribute that DICOM PS3.15 Table E.1-1 lists, and in others."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import config
from pydicom.datadict import DicomDictionary, dictionary_has_tag, dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from medtune.dicom import Pseudonyms
from medtune.dicom.deidentify import deidentify_file
from medtune.dicom.kept import rules
from tests.dicom.conftest import make

TABLE = Path(__file__).with_name("confidentiality_profile.csv")
KEY = Pseudonyms(bytes(range(32)))
PIXELS = np.arange(256, dtype=np.uint16).reshape(16, 16)

# What the options keep of the attributes that Table E.1-1 lists, and nothing else.
RETAIN_DEVICE_IDENTITY = {
    *("StationName", "DeviceSerialNumber", "DeviceUID", "PlateID", "CassetteID", "DetectorID"),
    *("GantryID", "GeneratorID", "ManufacturerDeviceClassUID", "UDISequence"),
    "UniqueDeviceIdentifier",
}
RETAIN_PATIENT_CHARACTERISTICS = {
    *("PatientSex", "PatientAge", "PatientSize", "PatientWeight", "PregnancyStatus"),
    *("EthnicGroup", "SmokingStatus", "PatientSexNeutered"),
}
# Not listed there: the Basic Profile itself leaves them as the devices wrote them.
NAMES_OF_DEVICES = {
    *("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "GridID"),
    *("DetectorManufacturerName", "DetectorManufacturerModelName"),
    *("SecondaryCaptureDeviceManufacturer", "SecondaryCaptureDeviceManufacturerModelName"),
    "SecondaryCaptureDeviceSoftwareVersions",
}
BINARY = {"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV", "US or SS", "US or SS or OW"}
TEXTS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
IMAGE = {  # what makes the file a picture that can be read
    *("SOPClassUID", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelData"),
    *("PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation", "NumberOfFrames"),
    *("FloatPixelData", "DoubleFloatPixelData", "SpecificCharacterSet", "Modality"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("ExtendedOffsetTable", "ExtendedOffsetTableLengths"),
}


@pytest.fixture(autouse=True)
def anything_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.settings, "_writing_validation_mode", config.IGNORE)
    monkeypatch.setattr(config.settings, "_reading_validation_mode", config.IGNORE)


def listed() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def secrets(tags: Iterable[int]) -> Iterator[tuple[DataElement, str]]:
    """An element with a secret of its own for each tag, and the secret as it stands in bytes."""
    for i, tag in enumerate(tags):
        vr = dictionary_VR(tag) if dictionary_has_tag(tag) else "LO"
        if vr not in BINARY:  # two or four bytes hold no name
            secret, value = secret_of(vr, i)
            yield DataElement(tag, "OB" if isinstance(value, bytes) else vr, value), secret


def secret_of(vr: str, i: int) -> tuple[str, Any]:
    secret = f"ZQ{i:05d}"
    if vr in TEXTS:
        return secret, secret
    if vr in ("DA", "DT"):
        day = (date(1950, 1, 1) + timedelta(days=i)).strftime("%Y%m%d")
        return day, day if vr == "DA" else f"{day}123456.{i:06d}"
    if vr == "TM":
        return f"5959.{i:06d}", f"105959.{i:06d}"
    if vr == "UI":
        return f"1.2.826.0.1.3680043.9.{70000 + i}.9", f"1.2.826.0.1.3680043.9.{70000 + i}.9"
    if vr in ("DS", "IS"):
        return str(91_000_000 + i), str(91_000_000 + i)
    if vr == "AS":
        return f"{i % 1000:03d}W", f"{i % 1000:03d}W"
    if vr == "SQ":
        item = Dataset()
        item.PatientName = item.TextValue = item.CodeValue = item.CodeMeaning = secret
        item.add_new(0x00091010, "LO", secret)
        return secret, Sequence([item])
    return secret, secret.encode() + b"\0"


def planted(dataset: Dataset, tags: Iterable[int]) -> dict[str, int]:
    """Plant secrets into a dataset or an item; returns where each is."""
    where = {}
    for element, secret in secrets(tags):
        dataset.add(element)
        where[secret] = int(element.tag)
    return where


def survivors(data: bytes, where: dict[str, int]) -> set[str]:
    return {
        keyword_for_tag(tag) or f"{tag:08X}"
        for secret, tag in where.items()
        if secret.encode() in data
    }


def copy_of(dataset: Dataset, tmp_path: Path, preamble: bytes = bytes(128)) -> bytes:
    dataset.preamble = preamble
    dataset.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    deidentify_file(tmp_path / "film.dcm", tmp_path / "copy.dcm", KEY, "site")
    data = (tmp_path / "copy.dcm").read_bytes()
    if dataset.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian:
        start = data.index(b"MEDTUNE") + 8
        return data[:start] + zlib.decompress(data[start:], -zlib.MAX_WBITS)
    return data


@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
    ],
)
def test_no_secret_in_a_listed_attribute_survives_but_what_the_options_keep(tmp_path, syntax):
    tags = [int(row["tag"], 16) for row in listed()]
    tags = [tag for tag in tags if tag > 0x00030000]  # commands are in no file
    assert len(tags) > 640
    dataset = make(PIXELS, syntax=syntax)
    where = planted(dataset, tags)
    assert len(where) > 600
    found = survivors(copy_of(dataset, tmp_path), where)
    # A secret in words (sex, smoking ...) is none of the words that these may have: it goes.
    patient = {"PatientSize", "PatientWeight", "PatientAge"}
    assert found == (RETAIN_DEVICE_IDENTITY - {"UDISequence"}) | patient


def test_no_secret_in_a_nested_attribute_survives(tmp_path):
    """In items of sequences that are kept, two deep, and in items of those that are not."""
    tags = [int(row["tag"], 16) for row in listed()]
    tags = [tag for tag in tags if tag > 0x00030000]
    view, modifier, source, reference = Dataset(), Dataset(), Dataset(), Dataset()
    where = {}
    for i, item in enumerate((view, modifier, source, reference)):
        for element, secret in secrets(tags):
            if element.VR in ("SH", "LO", "PN", "LT", "ST", "UT"):
                secret = f"ZX{i}{secret}"
                element.value = secret
                item.add(element)
                where[secret] = int(element.tag)
    view.CodeValue, view.CodingSchemeDesignator, view.CodeMeaning = "399348003", "SCT", "ZXMEANING"
    modifier.CodeValue, modifier.CodingSchemeDesignator = "399011000", "SCT"
    modifier.CodeMeaning = "ZXMEANING"
    view.ViewModifierCodeSequence = [modifier]
    source.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    source.ReferencedSOPInstanceUID = "1.2.3.99999.4711"
    reference.CodeValue, reference.CodingSchemeDesignator = "121320", "99ZXLOCAL"
    source.PurposeOfReferenceCodeSequence = [reference]
    dataset = make(PIXELS, ViewCodeSequence=[view], SourceImageSequence=[source])
    data = copy_of(dataset, tmp_path)
    assert survivors(data, where) <= RETAIN_DEVICE_IDENTITY
    assert b"ZXMEANING" not in data
    assert b"99ZXLOCAL" not in data
    assert b"4711" not in data
    assert b"antero-posterior" in data
    assert b"2.25." in data


def test_no_secret_survives_outside_of_the_table(tmp_path):
    """Private blocks, curves, overlays, the preamble, file meta, padding, unknown elements."""
    dataset = make(PIXELS)
    for group in (0x0009, 0x0011, 0x7FE1, 0x6001):
        block = dataset.private_block(group, "ZQCREATOR", create=True)
        block.add_new(0x01, "LO", "ZQPRIVATE")
        block.add_new(0x02, "OB", b"ZQPRIVAT")
        item = Dataset()
        item.PatientName = "ZQPRIVATE"
        block.add_new(0x03, "SQ", [item])
    for group in (0x5000, 0x5002, 0x6000, 0x601E):
        dataset.add_new((group, 0x0022), "LO", "ZQCURVE")
        dataset.add_new((group, 0x3000), "OW", b"ZQCURVE1")
        dataset.add_new((group, 0x4000), "LT", "ZQCURVE")
    dataset.add_new(0x00290009, "LO", "ZQORPHAN")
    dataset.add_new(0x00189BFE, "UN", b"ZQUNKNOWN1")
    dataset.add_new(0xFFFCFFFC, "OB", b"ZQTRAILING")
    dataset.file_meta.SourceApplicationEntityTitle = "ZQMETA"
    dataset.file_meta.SendingApplicationEntityTitle = "ZQMETA"
    dataset.file_meta.ImplementationVersionName = "ZQMETA"
    dataset.file_meta.PrivateInformationCreatorUID = "1.2.3.4711.4712"
    dataset.file_meta.PrivateInformation = b"ZQMETA"
    data = copy_of(dataset, tmp_path, preamble=b"ZQPREAMB" * 16)
    assert b"ZQ" not in data
    assert b"4711" not in data


def test_no_text_survives_in_any_attribute_of_the_dictionary_but_the_names_of_devices(tmp_path):
    """Not only the listed attributes: all five thousand that DICOM has."""
    tags = [
        tag
        for tag in DicomDictionary
        if tag > 0x00030000 and keyword_for_tag(tag) not in IMAGE and dictionary_VR(tag) in TEXTS
    ]
    assert len(tags) > 1500
    dataset = make(PIXELS)
    where = planted(dataset, tags)
    found = survivors(copy_of(dataset, tmp_path), where)
    devices = RETAIN_DEVICE_IDENTITY | NAMES_OF_DEVICES
    assert found == {k for k in devices if dictionary_VR(k) in TEXTS}


def test_the_closed_list_holds_no_listed_attribute_that_no_option_keeps():
    """Read the other way round: why each listed attribute may be in a copy at all."""
    replaced = {"empty", "pseudonym", "uid", "date", "time", "datetime", "items"}
    kept = 0
    for row in listed():
        rule = rules().get(int(row["tag"], 16))
        if rule is None:
            continue
        kept += 1
        options = dict(part.split("=") for part in row["options"].split())
        if rule.kind in ("device", "whole") or rule.keyword == "UDISequence":
            assert options.get("device") == "K", row
            assert rule.keyword in RETAIN_DEVICE_IDENTITY
        elif "patient" in options:
            assert rule.keyword in RETAIN_PATIENT_CHARACTERISTICS
        elif rule.kind == "words":
            assert options.get("descriptors") == "C", row
        elif rule.kind in ("date", "time", "datetime"):
            assert options.get("modified_dates") == "C", row
        else:
            assert rule.kind in replaced, row
            # a value of its own may stand where the profile wants a dummy, nothing or a new UID
            assert set(row["action"].split("/")) & {"Z", "D", "U", "U*"}, row
    assert kept > 45
