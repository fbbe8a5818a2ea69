from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from medtune.films.collimation import Box, collimated_box
from medtune.phantom import NORTH, SOUTH
from medtune.phantom.films import drawn
from medtune.phantom.imaging import _collimator, attenuation, expose
from medtune.phantom.roster import studies_of

SEED = 1
GREYS = {"white": (1.0, 0.0), "black": (0.0, 0.0), "noisy black": (0.04, 0.02), "grey": (0.2, 0.02)}


HOSPITALS = {"north": NORTH, "south": SOUTH}


@cache
def phantom(name: str, number: int, size: int, collimated: float = 0.0) -> tuple[np.ndarray, Box]:
    """A simulated film as a reader gives it, and the field inside its leaves."""
    hospital = HOSPITALS[name]
    study = studies_of(hospital, SEED, number)[0]
    chest, fluid, pose = drawn(hospital, SEED, study, 1, size)
    machine = replace(hospital.equipment, collimated=collimated)
    depth = attenuation(chest, fluid)
    stored = expose(
        depth, machine, np.random.default_rng(number), size=size, width_cm=pose.width
    ) / ((1 << machine.bits) - 1)
    leaf = _collimator(len(depth), machine, np.random.default_rng(number))  # its first draws
    rows, columns = np.flatnonzero(leaf.any(axis=1)), np.flatnonzero(leaf.any(axis=0))
    ends = [rows[0], rows[-1] + 1, columns[0], columns[-1] + 1]
    shown = 1 - stored if machine.polarity == "MONOCHROME1" else stored
    low, high = machine.window
    picture = np.clip((shown - low) / (high - low), 0, 1).astype(np.float32)
    return picture, Box(*(round(end * size / len(depth)) for end in ends))


def bordered(
    field: np.ndarray, widths: tuple[int, int, int, int], grey: str, *, blur: float = 0.0
) -> np.ndarray:
    """A field with a border around it: top, bottom, left, right."""
    level, noise = GREYS[grey]
    inside = cv2.copyMakeBorder(np.ones_like(field), *widths, cv2.BORDER_CONSTANT, value=0)
    if blur:
        inside = cv2.GaussianBlur(inside, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    picture = cv2.copyMakeBorder(field, *widths, cv2.BORDER_REPLICATE)
    border = level + noise * np.random.default_rng(0).standard_normal(picture.shape)
    return np.clip(inside * picture + (1 - inside) * border, 0, 1).astype(np.float32)


def depths(box: Box | None, picture: np.ndarray) -> np.ndarray:
    """How many rows or columns were cut: top, bottom, left, right."""
    height, width = picture.shape
    top, bottom, left, right = box or (0, height, 0, width)
    return np.array([top, height - bottom, left, width - right])


def field(height: int, width: int) -> np.ndarray:
    """A body that fills the picture, brighter than air everywhere and of no straight line."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    lungs = np.exp(-((np.abs(x) - 0.42) ** 2) * 12 - (y + 0.1) ** 2 * 3)
    return (0.75 - 0.5 * lungs + 0.1 * np.cos(9 * x + 5 * y)).astype(np.float32)


@pytest.mark.parametrize("hospital", HOSPITALS)
@pytest.mark.parametrize("size", [96, 160])
def test_without_collimation_nothing_is_cut(hospital, size):
    for number in range(1, 16):
        assert collimated_box(phantom(hospital, number, size)[0]) is None


@pytest.mark.parametrize("hospital", HOSPITALS)
def test_leaves_are_found_to_the_pixel_or_left(hospital):
    """A black shutter beside black air cannot be told from it: such sides are left."""
    found = drawn_sides = 0
    for number in range(1, 16):
        picture, inside = phantom(hospital, number, 160, 1.0)
        cut, there = depths(collimated_box(picture), picture), depths(inside, picture)
        assert (np.abs(cut - there)[cut > 0] <= 1).all()
        found, drawn_sides = found + (cut > 0).sum(), drawn_sides + (there > 0).sum()
    assert found >= 0.4 * drawn_sides


@pytest.mark.parametrize("grey", GREYS)
@pytest.mark.parametrize(
    "widths", [(20, 0, 0, 0), (0, 31, 0, 12), (9, 14, 40, 0), (25, 18, 33, 60), (120, 90, 8, 8)]
)
def test_planted_borders_are_cut_back(grey, widths):
    picture = bordered(field(300, 260), widths, grey)
    assert np.abs(depths(collimated_box(picture), picture) - widths).max() <= 2


@pytest.mark.parametrize("shape", [(64, 64), (64, 90), (1500, 700), (2400, 2400)])
def test_pictures_of_all_sizes(shape):
    widths = [round(share * shape[0]) for share in (0.1, 0.05, 0.07, 0.12)]
    for grey in ("white", "noisy black"):
        picture = bordered(field(*shape), tuple(widths), grey)
        assert np.abs(depths(collimated_box(picture), picture) - widths).max() <= 2


@pytest.mark.parametrize("degrees", [-2.0, -0.7, 1.2, 2.0])
@pytest.mark.parametrize("grey", ["white", "black", "grey"])
def test_a_slanted_border_is_cut_where_it_is_narrowest(degrees, grey):
    level = GREYS[grey][0]
    picture = field(400, 400)
    slope = np.tan(np.radians(degrees))
    line = 30 + slope * np.arange(400) - min(0, slope * 399)
    picture[np.arange(400)[:, None] < line] = level
    box = collimated_box(picture)
    assert box is not None
    assert box[1:] == (400, 0, 400)
    assert 28 <= box.top <= 31


@pytest.mark.parametrize("grey", ["white", "noisy black"])
def test_a_soft_edge_is_cut_half_way(grey):
    picture = bordered(field(500, 500), (40, 0, 30, 0), grey, blur=1.5)
    assert np.abs(depths(collimated_box(picture), picture) - (40, 0, 30, 0)).max() <= 2


@pytest.mark.parametrize(("grey", "ink"), [("white", 0.0), ("black", 1.0)])
def test_text_and_a_marker_on_a_border_do_not_keep_it(grey, ink):
    widths = (60, 0, 50, 0)
    picture = bordered(field(500, 460), widths, grey)
    drawn_on = np.zeros(picture.shape, np.uint8)
    cv2.putText(drawn_on, "PORTABLE  AP  1947-07-12", (80, 30), 0, 0.5, 255, 1)
    cv2.rectangle(drawn_on, (10, 200), (30, 222), 255, -1)
    picture[drawn_on > 0] = ink
    assert np.abs(depths(collimated_box(picture), picture) - widths).max() <= 2


def test_a_white_frame_around_a_black_shutter_is_two_borders():
    shuttered = bordered(field(300, 300), (20, 20, 20, 20), "black")
    picture = bordered(shuttered, (15, 15, 15, 15), "white")
    assert np.abs(depths(collimated_box(picture), picture) - 35).max() <= 2


def test_the_air_around_a_body_is_no_border():
    """Dark, smooth, along the whole side, and curved where the body begins."""
    y, x = np.mgrid[0:400, 0:400]
    inside = ((x - 200) / 160) ** 2 + ((y - 230) / 260) ** 2
    body = np.clip(1.6 * np.sqrt(np.maximum(1 - inside, 0)), 0, 0.9)
    for air in (0.0, 0.08):
        noise = 0.01 * np.random.default_rng(0).standard_normal(body.shape)
        assert collimated_box(np.clip(air + body + noise, 0, 1).astype(np.float32)) is None


def test_a_straight_flank_in_air_is_no_border():
    """It begins in a slope: a body is thin where it begins."""
    x = np.minimum(np.arange(400), 399 - np.arange(400)) - 30
    flank = 0.9 * np.sqrt(np.clip(x / 170, 0, 1))
    flank = cv2.GaussianBlur(np.tile(flank, (400, 1)).astype(np.float32), (0, 0), 8)
    assert collimated_box(flank) is None


def test_what_is_touched_by_the_body_is_kept():
    picture = bordered(field(300, 300), (30, 0, 0, 0), "black")
    picture[:30, 100:150] = 0.7  # a neck
    assert collimated_box(picture) is None


@pytest.mark.parametrize(
    "picture",
    [
        np.full((100, 100), 0.4, np.float32),
        np.zeros((64, 300), np.float32),
        np.random.default_rng(0).random((256, 256), dtype=np.float32),
    ],
    ids=["grey", "black", "noise"],
)
def test_where_there_is_no_film_there_is_no_border(picture):
    assert collimated_box(picture) is None


def test_turned_and_mirrored_films_are_cut_alike():
    picture = bordered(field(300, 260), (25, 18, 33, 60), "white")
    top, bottom, left, right = depths(collimated_box(picture), picture)
    mirrored = np.ascontiguousarray(picture[::-1, ::-1])
    turned = np.ascontiguousarray(picture.T)
    np.testing.assert_allclose(
        depths(collimated_box(mirrored), mirrored), (bottom, top, right, left), atol=1
    )
    np.testing.assert_allclose(
        depths(collimated_box(turned), turned), (left, right, top, bottom), atol=1
    )
