from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from medtune.films.greys import greys, levels
from medtune.films.look import SeenFilm, SeenGroup, as_png, fitted, smaller
from medtune.films.page import PAGE, Aside, look_html
from medtune.films.sheet import MOST_FILMS, MOST_GROUPS, TILE, WIDTH, Head, sheet_png

HEAD = Head("What the model will see: x", ("Line <one>.",), ("epoch 1", "epoch 2"), True)
NOTHING_ASIDE = Aside([], [], False, {}, {"image_size": 64})


def picture(seed: int, shape: tuple[int, int] = (64, 64)) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def seen(number: int, suspect: str | None = None) -> SeenFilm:
    grey = smaller(picture(number), 64)
    return SeenFilm(
        case_id=f"c{number:04}",
        label="effusion",
        facts="64 × 64 pixels",
        notes=("window 1 of 1", "inverted once: MONOCHROME1"),
        suspect=suspect,
        raw=smaller(picture(number, (90, 60)), 64),
        prepared=grey,
        drawn=(grey, grey),
    )


def group(number: int, films: int = 3, likeness: float | None = 0.9) -> SeenGroup:
    shown = tuple(seen(100 * number + n) for n in range(films))
    pixels = np.stack([picture(n) for n in range(2)])
    summed = greys([levels(one) for one in pixels], pixels) if films else None
    return SeenGroup(f"Maker $cale {number}", "PA", 10, 5, shown, summed, likeness)


def size_of(png: bytes) -> tuple[int, int]:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape[:2]


def test_smaller_keeps_the_aspect_ratio_and_never_enlarges():
    assert smaller(picture(0, (1000, 500)), 320).shape == (320, 160)
    assert smaller(picture(0, (40, 50)), 320).shape == (40, 50)
    assert smaller(np.array([[-1.0, 0.5, 2.0]], np.float32), 8).tolist() == [[0, 128, 255]]


def test_a_film_on_the_sheet_has_at_least_180_pixels():
    assert TILE >= 180
    assert fitted(smaller(picture(0, (1000, 500)), 320), TILE).shape == (TILE, TILE // 2)
    assert fitted(smaller(picture(0), 320), TILE).shape == (TILE, TILE)


def test_a_png_is_the_picture_itself():
    grey = smaller(picture(0), 64)
    read = cv2.imdecode(np.frombuffer(as_png(grey), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert (read == grey).all()


def test_the_sheet_is_bounded_however_much_there_is():
    full = [group(n, MOST_FILMS) for n in range(MOST_GROUPS)]
    more = [group(n, 8) for n in range(12)]
    height, width = size_of(sheet_png(more, HEAD))
    assert (height, width) == size_of(sheet_png(full, HEAD))
    assert width == WIDTH
    assert height < 6000
    assert size_of(sheet_png([], HEAD))[1] == WIDTH


def test_the_sheet_holds_the_films_pixel_by_pixel():
    """A film of the tile's own size is found in the sheet as it is."""
    prepared = smaller(picture(7, (TILE, TILE)), TILE)
    film = SeenFilm("c", "label", "facts", (), None, prepared, prepared, ())
    head = Head("Title", (), (), False)
    png = sheet_png([SeenGroup("S", "PA", 1, 1, (film,), None, None)], head)
    sheet = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    found = cv2.matchTemplate(sheet, prepared, cv2.TM_SQDIFF)
    assert (found <= 4 * TILE * TILE).sum() == 2  # as read, and as prepared


def test_sheet_and_page_are_the_same_bytes_for_the_same_films():
    groups = [group(0), group(1, likeness=-0.8)]
    assert sheet_png(groups, HEAD) == sheet_png(groups, HEAD)
    assert look_html(groups, HEAD, NOTHING_ASIDE) == look_html(groups, HEAD, NOTHING_ASIDE)


def test_the_page_needs_nothing_else_and_escapes_what_headers_say():
    page = look_html([group(0)], HEAD, NOTHING_ASIDE)
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)
    assert "Line &lt;one&gt;." in page
    assert page.count("data:image/png") == 2 + 3 * 4  # mean, histogram; raw, prepared, 2 draws


def test_a_group_unlike_the_others_is_pointed_at():
    assert "unlike the other groups" in look_html([group(0, likeness=-0.8)], HEAD, NOTHING_ASIDE)
    assert "unlike the other groups" not in look_html([group(0)], HEAD, NOTHING_ASIDE)
    assert "unlike the other groups" not in look_html(
        [group(0, likeness=None)], HEAD, NOTHING_ASIDE
    )


def test_what_is_not_shown_is_named():
    aside = Aside(
        groups=[("Rare", "AP", 3, 2), ("Rarer", "AP", 1, 0)],
        suspects=[("c1", "the film is in colour")],
        suspects_shown=False,
        undecodable={"The picture ends too early.": 4},
        preprocessing={"image_size": 64, "fit": "pad"},
    )
    page = look_html([group(0), group(1, films=0, likeness=None)], HEAD, aside)
    for words in (
        "Rare, AP: 3 films, 2 of them teach",
        "2 in all, with 4 films",
        "<code>c1</code> the film is in colour",
        "4: The picture ends too early.",
        "No film of this group can be shown.",
        "<dt>fit</dt><dd>pad</dd>",
        "no picture of the test split was opened",
    ):
        assert words in page
    assert "--show-suspects" in page


@pytest.mark.parametrize("count", [1, PAGE, PAGE + 1, 7 * PAGE])
def test_long_lists_are_in_pages(count):
    aside = Aside([], [(f"c{n}", "why") for n in range(count)], False, {}, {})
    page = look_html([group(0)], HEAD, aside)
    assert page.count("<details>") == -(-count // PAGE)
    assert page.count("</code> why") == count
