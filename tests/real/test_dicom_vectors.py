"""Against the pictures that DCMTK 3.6.7 renders: dcmj2pnm +opn 16 (see dcmtk_cmds.json)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from medtune.dicom import read_xray

TOLERANCE = 0.001  # of the range
# DCMTK cannot decode JPEG 2000; these hold the pixels of the first vector without loss
TWINS = ("v16_j2k_lossless", "v25_j2k_lossless_gdcmconv")


def picture(path: Path) -> NDArray[np.float64]:
    """A plain PGM (P2), scaled to [0, 1]."""
    words = path.read_text().split()
    assert words[0] == "P2"
    width, height, top = (int(word) for word in words[1:4])
    return np.array(words[4:], float).reshape(height, width) / top


def test_every_picture_of_dcmtk(real_data):
    folder = real_data / "dicom_vectors"
    commands = json.loads((folder / "dcmtk_cmds.json").read_text())
    pictures = sorted(folder.glob("*.pgm"))
    assert len(pictures) >= 18
    for path in pictures:
        command = commands.get(path.stem, {"cmd": "+Wi 1"})["cmd"]
        window = 2 if command.endswith("+Wi 2") else 1
        image = read_xray(path.with_suffix(".dcm"), window=window)
        worst = np.abs(image.pixels - picture(path)).max()
        assert worst <= TOLERANCE, (path.stem, worst)
        if command.endswith("-W"):
            assert "no window: full range of stored values" in image.notes


@pytest.mark.parametrize("name", TWINS)
def test_twins_without_a_picture(real_data, name):
    folder = real_data / "dicom_vectors"
    image = read_xray(folder / f"{name}.dcm")
    assert np.abs(image.pixels - picture(folder / "v01_mono2_linear.pgm")).max() <= TOLERANCE


def test_the_contradiction_is_noted(real_data):
    folder = real_data / "dicom_vectors"
    image = read_xray(folder / "v21_mono2_shape_INVERSE_contradiction.dcm")
    assert image.notes[-1].endswith("inverted, as DCMTK does; contradiction")


def test_polarity_twins_are_identical(real_data):
    folder = real_data / "dicom_vectors"
    with_shape = read_xray(folder / "v02_mono1_linear.dcm").pixels
    without = read_xray(folder / "v03_mono1_no_shape.dcm").pixels
    np.testing.assert_array_equal(with_shape, without)
