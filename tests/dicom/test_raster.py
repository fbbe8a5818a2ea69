from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from medtune.dicom import find_xrays, read_xray
from medtune.errors import UnreadableFile

GREY = (np.arange(64 * 48).reshape(64, 48) % 251).astype(np.uint8)
COLOUR = np.dstack([GREY, GREY[::-1], GREY])


@pytest.mark.parametrize(
    ("name", "picture", "options"),
    [
        ("a.png", GREY, {}),
        ("a.png", GREY.astype(np.uint16) * 257, {}),
        ("a.tif", GREY, {}),
        ("a.tif", GREY.astype(np.uint16) * 257, {}),
        ("a.tif", GREY, {"compression": "tiff_lzw"}),
    ],
)
def test_grey_pictures_are_exact(tmp_path, name, picture, options):
    Image.fromarray(picture).save(tmp_path / name, **options)
    image = read_xray(tmp_path / name)
    np.testing.assert_allclose(image.pixels, GREY / 255, atol=1e-5)
    assert image.facts.rows == 64
    assert image.notes[0].startswith(("png", "tiff"))


def test_colour_is_luminance(tmp_path):
    wanted = COLOUR @ np.array([0.299, 0.587, 0.114]) / 255
    for name in ("a.png", "a.tif"):
        Image.fromarray(COLOUR).save(tmp_path / name)
        np.testing.assert_allclose(read_xray(tmp_path / name).pixels, wanted, atol=1e-5)
    Image.fromarray(cv2.blur(COLOUR, (9, 9))).save(tmp_path / "a.jpg", quality=95)
    assert read_xray(tmp_path / "a.jpg").facts.lossy


def test_where_zero_is_white_the_picture_is_inverted_once(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.tif", tiffinfo={262: 0})
    image = read_xray(tmp_path / "a.tif")
    np.testing.assert_allclose(image.pixels, 1 - GREY / 255, atol=1e-5)
    assert image.facts.photometric == "MONOCHROME1"


def test_they_are_found_by_what_is_in_them(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "no_ending", format="PNG")
    (found,) = find_xrays(tmp_path)
    assert (found.kind, found.reason) == ("png", None)


def test_damage_is_refused(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(GREY).save(path)
    whole = path.read_bytes()
    reasons = set()
    for content in (
        whole[:20],
        whole[: len(whole) // 2],
        whole[:16] + struct.pack(">II", 60_000, 60_000) + whole[24:],
        whole[:24] + b"\x40" + whole[25:],
    ):
        path.write_bytes(content)
        with pytest.raises(UnreadableFile) as caught:
            read_xray(path)
        reasons.add(caught.value.reason)
    assert reasons == {"bad_geometry", "undecodable", "too_large", "unsupported_pixels"}


def test_one_grey_is_no_picture(tmp_path):
    Image.fromarray(np.full((8, 8), 7, np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableFile, match="constant"):
        read_xray(tmp_path / "a.png")
