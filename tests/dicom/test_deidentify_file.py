"""Copies for sharing as files: they read as the originals, or are not written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from medtune.dicom import read_header, read_xray
from medtune.dicom.deidentify import deidentify_dataset, deidentify_file, is_copy
from medtune.dicom.opening import open_dataset
from medtune.dicom.write import write_xray
from medtune.errors import UnreadableFile
from tests.dicom.conftest import lut, make
from tests.dicom.test_deidentify import KEY, PATIENT, SQUARE, code
from tests.dicom.test_write import TAGS

TRAPS = {
    "plain": {},
    "monochrome1": {"PhotometricInterpretation": "MONOCHROME1"},
    "window": {"WindowCenter": "2000", "WindowWidth": "1000", "VOILUTFunction": "SIGMOID"},
    "rescale": {"RescaleSlope": "2", "RescaleIntercept": "-100", "RescaleType": "US"},
    "inverse": {"PresentationLUTShape": "INVERSE"},
    "voi lut": {"VOILUTSequence": [lut(0, 12, np.arange(4096)[::-1], "NORMAL")]},
    "modality lut": {"ModalityLUTSequence": [lut(0, 16, np.arange(4096) * 9)]},
    "padding": {"PixelPaddingValue": 5, "PixelPaddingRangeLimit": 50},
    "12 bits": {"BitsStored": 12},
    "high bit": {"BitsStored": 12, "HighBit": 15},
    "signed": {"pixels": SQUARE.astype(np.int16) - 2048, "BitsStored": 12},
    "8 bits, odd": {"pixels": np.arange(63, dtype=np.uint8).reshape(7, 9)},
    "colour": {
        "pixels": np.arange(192, dtype=np.uint8).reshape(8, 8, 3),
        "SamplesPerPixel": 3,
        "PlanarConfiguration": 0,
        "PhotometricInterpretation": "RGB",
    },
}


def same(original: Path, out: Path, frame: int | None = None) -> None:
    """The copy reads as the original, and its pixel data are the same bytes."""
    deidentify_file(original, out, KEY, "site")
    mine, theirs = read_xray(out, frame=frame), read_xray(original, frame=frame)
    np.testing.assert_array_equal(mine.pixels, theirs.pixels)
    assert mine.notes == theirs.notes
    one, other = dcmread(original, force=True), dcmread(out)
    assert one.PixelData == other.PixelData
    assert one["PixelData"].is_undefined_length == other["PixelData"].is_undefined_length


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
    ],
)
def test_the_copy_reads_as_the_original(write, tmp_path, trap, syntax):
    path = write(**{"pixels": SQUARE} | TRAPS[trap] | {"syntax": syntax})
    same(path, tmp_path / "out" / "copy.dcm")
    copied = read_header(tmp_path / "out" / "copy.dcm").facts
    assert copied.transfer_syntax == syntax


@pytest.mark.parametrize("syntax", ["rle", "jpeg_2000"])
def test_compressed_pixels_stay_as_they_are(tmp_path, syntax):
    tags = replace(TAGS, photometric="MONOCHROME1", transfer_syntax=syntax)
    write_xray(tmp_path / "film.dcm", SQUARE, tags)
    same(tmp_path / "film.dcm", tmp_path / "copy.dcm")
    before, after = (read_header(tmp_path / f"{n}.dcm").facts for n in ("film", "copy"))
    assert after == before


@pytest.mark.parametrize("meta", [True, False])
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_file_without_preamble_gets_one(tmp_path, syntax, meta):
    dataset = make(SQUARE, syntax=syntax)
    if not meta:
        del dataset.file_meta
    implicit = syntax == ImplicitVRLittleEndian
    dataset.save_as(tmp_path / "IM1", implicit_vr=implicit, little_endian=True)
    same(tmp_path / "IM1", tmp_path / "copy.dcm")
    assert (tmp_path / "copy.dcm").read_bytes()[:132] == bytes(128) + b"DICM"
    assert read_header(tmp_path / "copy.dcm").facts.transfer_syntax == syntax


def test_all_frames_are_copied(write, tmp_path):
    frames = np.stack([SQUARE, SQUARE[::-1], SQUARE.T])
    path = write(frames, NumberOfFrames=3, Rows=64, Columns=64)
    for frame in range(3):
        same(path, tmp_path / "copy.dcm", frame=frame)
    assert read_header(tmp_path / "copy.dcm").facts.frames == 3


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_copy_knows_its_original(write, tmp_path, syntax):
    """By headers alone: a film with next to nothing in its header, and one with much."""
    view = code("399348003", "SCT", "")
    much = {**PATIENT, "KVP": "120.50", "PixelSpacing": ["0.1", "0.1"], "ViewCodeSequence": [view]}
    much |= {"Manufacturer": "Müller", "SpecificCharacterSet": "ISO_IR 100", "PatientAge": "061Y"}
    much |= {"VOILUTSequence": [lut(0, 12, SQUARE.ravel())], "SmallestImagePixelValue": 0}
    for tags in ({}, much):
        path = write(SQUARE, syntax=syntax, **tags)
        deidentify_file(path, tmp_path / "copy.dcm", KEY, "site")
        header, _ = open_dataset(path, pixels=False)
        now = deidentify_dataset(header, KEY, "site", place=str(path))
        assert is_copy(tmp_path / "copy.dcm", now)
        header.Manufacturer = "Other"
        assert not is_copy(tmp_path / "copy.dcm", deidentify_dataset(header, KEY, "site"))
    assert not is_copy(tmp_path / "nothing.dcm", now)
    assert not is_copy(path, now)


def test_nothing_is_written_of_what_cannot_be_copied(write, tmp_path):
    path = write(SQUARE, PixelData=None)
    with pytest.raises(UnreadableFile, match="no_pixels"):
        deidentify_file(path, tmp_path / "out" / "copy.dcm", KEY, "site")
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(OSError):
        deidentify_file(write(SQUARE), taken, KEY, "site")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.dcm", "taken"]


def test_values_that_cannot_be_read_are_not_kept(tmp_path):
    dataset = make(SQUARE, KVP="120", StudyDate="20200301")
    dataset.save_as(tmp_path / "film.dcm", enforce_file_format=True)
    data = (tmp_path / "film.dcm").read_bytes().replace(b"DS\x04\x00120 ", b"DS\x04\x00Sm?!")
    (tmp_path / "film.dcm").write_bytes(data)
    same(tmp_path / "film.dcm", tmp_path / "copy.dcm")
    assert "KVP" not in dcmread(tmp_path / "copy.dcm")
