from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from medtune.dicom import Place, find_xrays, read_header, read_xray
from medtune.dicom.place import members
from medtune.errors import UnreadableFile
from tests.dicom.conftest import make


@pytest.fixture
def archive(ramp, tmp_path) -> Path:
    """Two films, one of them deep in folders, a text, and an archive inside."""
    make(ramp).save_as(tmp_path / "film", enforce_file_format=True)
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as packed:
        packed.write(tmp_path / "film", "film")
    path = tmp_path / "films" / "export.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(tmp_path / "film", "b/film")
        packed.write(tmp_path / "film", "a")
        packed.writestr("readme.txt", "nothing")
        packed.write(inner, "inner.zip")
    return path


def test_members_of_an_archive_are_films_like_others(archive, tmp_path):
    found = list(find_xrays(archive.parent))
    assert [(one.place.member, one.reason) for one in found] == [
        ("a", None), ("b/film", None), ("inner.zip", "nested_archive"), ("readme.txt", "not_dicom"),
    ]  # fmt: skip
    whole = read_xray(tmp_path / "film").pixels
    np.testing.assert_array_equal(read_xray(Place(archive, "b/film")).pixels, whole)
    assert read_header(Place(archive, "a")) == read_header(tmp_path / "film")


def test_a_damaged_archive_has_its_reason(archive):
    archive.write_bytes(archive.read_bytes()[:-30])
    assert [one.reason for one in find_xrays(archive)] == ["damaged_archive"]


def test_damage_inside_a_member_has_its_reason(archive):
    content = bytearray(archive.read_bytes())
    content[200:260] = bytes(60)
    archive.write_bytes(content)
    reasons = {one.place.member: one.reason for one in find_xrays(archive)}
    assert "damaged_archive" in reasons.values()
    assert reasons["readme.txt"] == "not_dicom"


def test_an_encrypted_member_has_its_reason(archive):
    content = bytearray(archive.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1  # the flag of encryption, in the list of members
    archive.write_bytes(content)
    assert members(archive)[1] == "b/film"
    with pytest.raises(UnreadableFile) as caught:
        read_header(Place(archive, "b/film"))
    assert caught.value.reason == "encrypted_archive"


def test_no_repr_shows_a_path(archive):
    assert str(archive) not in repr(Place(archive, "a"))
    assert str(archive) not in repr(next(iter(find_xrays(archive))))


def test_a_dicomdir_is_held_against_what_is_there(ramp, tmp_path):
    medium = tmp_path / "medium"
    (medium / "images").mkdir(parents=True)
    make(ramp).save_as(
        medium / "images" / "im1", enforce_file_format=True
    )  # a copy in small letters
    records = []
    for name in ("IM1", "IM2"):
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        record.ReferencedFileID = ["IMAGES", name]
        records.append(record)
    directory = Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "2.25.9"
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.DirectoryRecordSequence = records
    directory.save_as(medium / "DICOMDIR", enforce_file_format=True)
    found = list(find_xrays(medium))
    assert [one.reason for one in found] == ["dicomdir", "missing_file", None]
