from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from medtune.dicom import REASONS, find_xrays, read_xray
from tests.dicom.conftest import make

FILM = np.arange(16, dtype=np.uint16).reshape(4, 4)


def names(folder: Path, **options) -> dict[str, str | None]:
    return {found.path.name: found.reason for found in find_xrays(folder, **options)}


@pytest.mark.parametrize("meta", [True, False])
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_without_preamble_or_extension(tmp_path, syntax, meta):
    dataset = make(FILM, syntax=syntax)
    if not meta:
        del dataset.file_meta
    implicit = syntax == ImplicitVRLittleEndian
    dataset.save_as(tmp_path / "IM0001", implicit_vr=implicit, little_endian=True)
    whole = (tmp_path / "IM0001").read_bytes()
    assert whole[128:132] != b"DICM"
    (found,) = find_xrays(tmp_path)
    assert found.reason is None
    assert found.header is not None
    assert found.header.facts.modality == "DX"
    assert read_xray(found.path).pixels.shape == (4, 4)


def test_every_file_is_told_of_in_sorted_order(tmp_path, write):
    (tmp_path / "b").mkdir()
    make(FILM).save_as(tmp_path / "b" / "film", enforce_file_format=True)
    write(FILM, "ct.dcm", Modality="CT", SOPClassUID="1.2.840.10008.5.1.4.1.1.2")
    write(FILM, "report.dcm", PixelData=None)
    (tmp_path / "empty.dcm").touch()
    (tmp_path / "notes.txt").write_text("08/12/2020: a letter that begins with numbers\n" * 50)
    (tmp_path / "noise.bin").write_bytes(b"\x08\x00\x05\x00" + bytes(range(256)) * 4)
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "ct.dcm").read_bytes()[:140])
    found = list(find_xrays(tmp_path))
    assert [one.path for one in found] == sorted(one.path for one in found)
    reasons = {one.path.name: one.reason for one in found}
    assert reasons == {
        "film": None,
        "ct.dcm": "other_modality",
        "report.dcm": "no_pixels",
        "empty.dcm": "not_dicom",
        "notes.txt": "not_dicom",
        "noise.bin": "not_dicom",
        "cut.dcm": "damaged_header",
    }
    for one in found:
        assert (one.header is None) == (one.reason is not None)
        assert one.reason is None or one.reason in REASONS
        assert str(tmp_path) not in repr(one)


def test_dicomdir(tmp_path):
    dataset = make(FILM, PixelData=None, SOPClassUID="1.2.840.10008.1.3.10")
    dataset.save_as(tmp_path / "DICOMDIR", enforce_file_format=True)
    assert names(tmp_path) == {"DICOMDIR": "dicomdir"}


def test_modalities_are_a_choice(tmp_path, write):
    write(FILM, "sc.dcm", Modality="OT", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    assert names(tmp_path) == {"sc.dcm": None}
    assert names(tmp_path, modalities=("CR", "DX")) == {"sc.dcm": "other_modality"}


def test_links_in_a_circle_and_dead_ones(tmp_path, write):
    write(FILM, "film.dcm")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert names(tmp_path) == {"film.dcm": None, "gone": "unreadable"}


def test_a_pipe_does_not_keep_anyone_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert names(tmp_path) == {"pipe": "unreadable"}


def test_one_file_is_a_folder_of_one(write):
    path = write(FILM)
    assert [found.path for found in find_xrays(path)] == [path]


def test_pixels_are_not_read(tmp_path, write):
    """Cutting the pixels off does not matter to who looks at headers only."""
    path = write(FILM)
    path.write_bytes(path.read_bytes()[:-30])
    assert names(tmp_path) == {path.name: None}
