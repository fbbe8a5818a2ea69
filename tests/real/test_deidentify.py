"""Copies of genuine radiographs read as their originals, name nobody, and still conform."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from medtune.dicom import Pseudonyms, find_xrays, read_xray
from medtune.dicom.deidentify import deidentify_file
from medtune.errors import UnreadableFile
from medtune.workflow.deidentify import deidentify

KEY = Pseudonyms(bytes(range(32)))
SLIDE = "49464a3242"  # of a microscope, which calls itself SC


def radiographs(real_data: Path) -> list[Path]:
    """Every radiograph of the zoo and the vectors that can be read, and some of the two sets."""
    folders = [real_data / "dicom_zoo" / "files", real_data / "dicom_vectors"]
    paths = [found.path for folder in folders for found in find_xrays(folder) if found.header]
    for name, every in (("nih", 40), ("guangzhou", 200)):
        paths += sorted((real_data / "xray" / name / "images").rglob("*.dcm"))[::every]
    return paths


def copies(real_data: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Originals and their copies; a film that cannot be read is left out."""
    for path in radiographs(real_data):
        try:
            read_xray(path, frame=0)
        except UnreadableFile:
            continue
        if path.name.startswith(SLIDE):
            with pytest.raises(UnreadableFile, match="other_modality"):
                deidentify_file(path, tmp_path / "copy.dcm", KEY, "site")
            continue
        deidentify_file(path, tmp_path / "copy.dcm", KEY, "site")
        yield path, tmp_path / "copy.dcm"


def test_genuine_films_are_copied_bit_for_bit(real_data, tmp_path):
    copied = 0
    for path, copy in copies(real_data, tmp_path):
        mine, theirs = read_xray(copy, frame=0), read_xray(path, frame=0)
        np.testing.assert_array_equal(mine.pixels, theirs.pixels, err_msg=path.name)
        assert mine.notes == theirs.notes
        one, other = dcmread(path, force=True).PixelData, dcmread(copy).PixelData
        assert other == one + b"\0" * (len(one) % 2), path.name  # one genuine file is odd
        copied += 1
    assert copied > 75


def test_no_identifier_of_a_genuine_header_is_in_its_copy(real_data, tmp_path):
    """Names, numbers, UIDs and dates of the original, wherever they stand in the copy."""
    wanted = ("PN", "UI", "DA", "AE", "UT", "ST", "LT")
    also = {"PatientID", "AccessionNumber", "InstitutionName", "StudyID", "OtherPatientIDs"}
    looked_for = 0
    for path, copy in copies(real_data, tmp_path):
        header = dcmread(copy, stop_before_pixels=True)
        maker = str(header.get("Manufacturer", ""))
        said = header.to_json() + str(header.file_meta)
        for element in dcmread(path, force=True, stop_before_pixels=True).iterall():
            if element.VR not in wanted and element.keyword not in also:
                continue
            value = str(element.value).strip()
            standard = "1.2.840.10008." in value
            if len(value) < 5 or standard or value in maker or "DeviceUID" in element.keyword:
                continue
            looked_for += 1
            assert value not in said, (path.name, element.keyword)
    assert looked_for > 300


def errors(path: Path) -> set[str]:
    """What dciodvfy finds wrong, without the values."""
    done = subprocess.run(["dciodvfy", path], capture_output=True, text=True, errors="replace")
    lines = (done.stdout + done.stderr).splitlines()
    return {re.sub(r"<[\d.]+>", "", line) for line in lines if line.startswith("Error")}


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not here")
def test_a_copy_has_no_error_that_its_original_does_not_have(real_data, tmp_path):
    for path, copy in copies(real_data, tmp_path):
        new = errors(copy) - errors(path)
        # what was missing is there and empty, and then it does not fit to the part of the body
        assert all("<AnatomicRegionSequence>" in line for line in new), path.name


@pytest.mark.slow
def test_all_films_of_both_sets(real_data, tmp_path):
    for name, films in (("nih", 322), ("guangzhou", 1876)):
        out = tmp_path / name / "copies"
        done = deidentify(real_data / "xray" / name / "images", out, show=False)
        assert done.left_out == {}
        assert done.emptied == {}
        assert done.written + sum(done.quarantined.values()) == films
        assert done.written > 0.9 * films  # the others have PORTABLE and the like printed on them
