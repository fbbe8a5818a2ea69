from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from medtune.dicom import Place
from medtune.films.duplicates import near_duplicates
from medtune.films.preprocessing import Preprocessing, prepare
from tests.dicom.conftest import make
from tests.films.copies import phantoms

SPEC = Preprocessing(32)


def film(tmp_path, pixels, **tags) -> Place:
    path = tmp_path / "film.dcm"
    make(pixels, **tags).save_as(path, enforce_file_format=True)
    return Place(path)


@pytest.fixture
def tall() -> np.ndarray:
    """A bright film, 60 x 30, a little uneven."""
    rows = 2000 + np.arange(60)[:, None] * 10 + np.arange(30)[None, :]
    return rows.astype(np.uint16)


def test_padding_keeps_the_whole_film_and_its_aspect(tmp_path, tall):
    square = prepare(film(tmp_path, tall, BitsStored=12), SPEC).pixels
    assert square.shape == (32, 32)
    assert (square[:, :8] == 0).all()
    assert (square[:, 24:] == 0).all()
    assert (square[1:, 8:24] > 0).all()


def test_cropping_keeps_the_middle_square(tmp_path, tall):
    spec = Preprocessing(30, fit="crop", without_window="full_range")
    square = prepare(film(tmp_path, tall, BitsStored=12), spec).pixels
    np.testing.assert_allclose(square / 65535, tall[15:45] / 4095, atol=1e-4)


def test_pixels_that_are_not_square_are_put_right(tmp_path, tall):
    """Rows are twice as far apart as columns: the film is four times as high as it is wide."""
    found = prepare(film(tmp_path, tall, BitsStored=12, PixelSpacing=[0.4, 0.2]), SPEC)
    assert (found.pixels[16] > 0).sum() == 8
    assert "pixels are 2 times as high as they are wide" in found.notes
    assert not any(
        "high" in note for note in prepare(film(tmp_path, tall, BitsStored=12), SPEC).notes
    )


def test_borders_are_cut_off_where_that_is_asked_for(tmp_path):
    rng = np.random.default_rng(0)
    pixels = np.zeros((128, 160), np.uint16)
    inside = rng.integers(1000, 3000, (96, 120)).astype(np.uint16)
    pixels[16:112, 20:140] = inside
    place = film(tmp_path, pixels, BitsStored=12)
    kept = prepare(place, Preprocessing(120, without_window="full_range"))
    cut = prepare(place, Preprocessing(120, without_window="full_range", collimation="crop"))
    assert any(note.startswith("borders cut off: 16 top, 16 bottom") for note in cut.notes)
    assert not any("borders" in note for note in kept.notes)
    np.testing.assert_allclose(cut.pixels[12:108] / 65535, inside / 4095, atol=1e-4)


def test_the_specification_survives_json():
    spec = Preprocessing(64, window=("NORMAL", "SOFT"), depth=8, fit="crop")
    again = Preprocessing(**json.loads(json.dumps(asdict(spec))))
    assert again == spec
    assert again.digest == spec.digest


def test_the_same_film_in_another_file_has_the_same_fingerprint(tmp_path):
    pixels = (4095 * phantoms(1)[0]).astype(np.uint16)
    first = prepare(film(tmp_path, pixels, BitsStored=12), SPEC).fingerprint
    mirrored = film(tmp_path, 4095 - pixels, BitsStored=12, PhotometricInterpretation="MONOCHROME1")
    second = prepare(mirrored, SPEC).fingerprint
    # The percentiles of mirrored values are not quite the same.
    pairs = near_duplicates(np.stack([first, second]))
    assert pairs["how"].tolist() == ["same"]
    assert pairs["similarity"].tolist() == pytest.approx([1], abs=0.01)
