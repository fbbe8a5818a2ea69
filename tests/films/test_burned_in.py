from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from medtune.films.burned_in import suspect_text

Film = NDArray[np.float32]


def film(height: int, width: int, noise: float = 0.02, seed: int = 0) -> Film:
    """Something like a chest: dark lungs in a grey body, ribs, noise, black air at the edges."""
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    body = np.clip(1.4 - 1.2 * (x**2 + (y - 0.4) ** 2 * 0.6), 0, 0.8)
    lungs = np.exp(-(((np.abs(x) - 0.4) / 0.25) ** 2) - (y / 0.5) ** 2)
    ribs = 0.06 * np.sin(25 * (y + 0.3 * x**2)) * lungs
    grain = np.random.default_rng(seed).normal(0, noise, x.shape)
    return np.clip(body - 0.5 * lungs + ribs + grain, 0, 1).astype(np.float32)


def printed(picture: Film, text: str, scale: float, corner: str, ink: float = 1.0) -> Film:
    thick = max(1, round(1.5 * scale))
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    left = 6 if "left" in corner else picture.shape[1] - width - 6
    bottom = height + 6 if "top" in corner else picture.shape[0] - 8
    mask = np.zeros(picture.shape, np.uint8)
    cv2.putText(
        mask, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thick, cv2.LINE_AA
    )
    opaque = mask.astype(np.float32) / 255
    return picture * (1 - opaque) + ink * opaque


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("corner", ["top left", "top right", "bottom left", "bottom right"])
def test_a_printed_name_is_found(scale, corner):
    picture = film(1400, 1100)
    assert not suspect_text(picture)
    assert suspect_text(printed(picture, "MUELLER ANNA 1943", scale, corner))


@pytest.mark.parametrize("scale", [0.6, 1.2, 2.5])
def test_dark_letters_on_a_bright_edge_are_found(scale):
    picture = np.maximum(film(1200, 1000), 0.7)
    assert not suspect_text(picture)
    assert suspect_text(printed(picture, "DOE JOHN", scale, "bottom right", ink=0))


def test_small_films_and_small_letters():
    picture = film(512, 512)
    assert not suspect_text(picture)
    assert suspect_text(printed(picture, "DOE JOHN", 0.45, "top left"))


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("size", [(512, 512), (1600, 1300)])
def test_a_film_without_text_is_not_suspected_however_noisy(size, noise):
    assert not suspect_text(film(*size, noise=noise, seed=1))


def test_a_side_marker_is_no_text():
    for scale in (1.0, 3.0, 6.0):
        assert not suspect_text(printed(film(1400, 1100), "L", scale, "top right"))


def test_collimation_is_no_text():
    picture = film(1400, 1100)
    picture[:120] = picture[-90:] = 0
    picture[:, :70] = picture[:, -130:] = 0
    assert not suspect_text(picture)


def test_text_in_the_middle_is_not_looked_for():
    """Only the borders are searched: wires and bones in the middle would raise false alarms."""
    picture = film(1400, 1100)
    middle = picture.copy()
    middle[600:800, 300:800] = printed(picture[600:800, 300:800], "DOE JOHN", 1.0, "top left")
    assert not suspect_text(middle)


def test_tiny_and_blank_pictures_do_not_fail():
    assert not suspect_text(np.zeros((5, 7), np.float32))
    assert not suspect_text(np.ones((64, 64), np.float32))
