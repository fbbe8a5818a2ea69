"""Places of a film in the square: those of a box, of a mask and of the picture are one."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.dicom import open_xray
from medtune.films.collimation import Box
from medtune.films.framing import Frame, frame_of, framed
from medtune.films.preprocessing import Preprocessing, prepare
from tests.films.test_preprocessing import film

WHOLE, MIDDLE = Box(0, 100, 0, 50), Box(25, 75, 0, 50)


@pytest.mark.parametrize(
    ("box", "point", "there"),
    [
        (WHOLE, (0, 0), (16, 0)),  # 100 x 50 on black: 16 columns of black at the left of 64
        (WHOLE, (50, 100), (48, 64)),
        (MIDDLE, (0, 25), (0, 0)),  # the middle 50 x 50
        (MIDDLE, (50, 75), (64, 64)),
    ],
)
def test_points_of_a_film_in_the_square(
    box: Box, point: tuple[float, float], there: tuple[float, float]
) -> None:
    frame = frame_of(100, 50, box, 1, 64)
    x, y = (np.array([value], np.float64) for value in point)
    assert (frame.across(x)[0], frame.down(y)[0]) == pytest.approx(there)


@pytest.mark.parametrize(
    "frame",
    [
        frame_of(128, 128, Box(0, 128, 0, 128), 1, 64),  # every edge of odd pixels is at a centre
        frame_of(201, 157, Box(0, 201, 0, 157), 1, 64),
        frame_of(201, 157, Box(22, 179, 0, 157), 1, 60),
        frame_of(90, 140, Box(3, 85, 11, 133), 1.7, 50),
        frame_of(40, 30, Box(0, 40, 0, 30), 1, 96),
    ],
    ids=["half", "pad", "crop", "part", "larger"],
)
def test_a_mask_that_is_a_box_lies_where_the_box_does(frame: Frame) -> None:
    random = np.random.default_rng(0)
    drawn = 0
    for _ in range(200):
        top, bottom = np.sort(random.choice(frame.rows + 1, 2, replace=False))
        left, right = np.sort(random.choice(frame.columns + 1, 2, replace=False))
        mask = np.zeros((frame.rows, frame.columns), bool)
        mask[top:bottom, left:right] = True
        box = frame.rectangle(left, top, right, bottom)
        np.testing.assert_array_equal(frame.sampled(mask), box)
        drawn += int(box.any())
    assert drawn > 150


def test_a_box_beyond_the_film_ends_with_the_film() -> None:
    frame = frame_of(100, 50, WHOLE, 1, 64)
    assert frame.rectangle(-9, -9, 999, 999).sum() == 64 * 32
    assert frame.sampled(np.ones((100, 50), bool)).sum() == 64 * 32


@pytest.mark.parametrize(
    ("spec", "tags"),
    [
        (Preprocessing(96), {}),
        (Preprocessing(96, fit="crop"), {}),
        (Preprocessing(96), {"PixelSpacing": [0.3, 0.2]}),
        (Preprocessing(96, collimation="crop"), {}),
        (Preprocessing(96, collimation="crop", fit="crop"), {"PixelSpacing": [0.2, 0.3]}),
    ],
    ids=["pad", "crop", "not square", "collimation", "all"],
)
def test_a_mask_lies_where_the_picture_has_it(tmp_path, spec, tags) -> None:
    """What is bright on the film is drawn as mask: the two agree but for the blur of an edge."""
    y, x = np.mgrid[:240, :320]
    mask = ((y - 110) / 50) ** 2 + ((x - 170) / 60) ** 2 < 1
    random = np.random.default_rng(0)
    pixels = np.zeros((240, 320), np.uint16)
    pixels[30:220, 40:300] = random.integers(900, 1100, (190, 260))
    pixels[mask] += 2500
    place = film(tmp_path, pixels, BitsStored=12, **tags)
    stored = open_xray(place, spec.showing)
    frame, notes = framed(stored, spec.image_size, spec.fit, spec.collimation)
    assert (frame.box != Box(0, 240, 0, 320)) == (spec != Preprocessing(96))
    assert any("borders" in note for note in notes) == (spec.collimation == "crop")
    square = prepare(place, spec).pixels
    bright = square > (0.5 * (1000 + 3500) / 3600) * 65535
    found = frame.sampled(mask)
    assert found.sum() > 500
    assert (bright & found).sum() / (bright | found).sum() > 0.97
