from __future__ import annotations

import cv2
import numpy as np

from medtune.vision.pictures import BORDER, picture


def drawn(pixels: np.ndarray, *, cropped: bool) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(picture(pixels, cropped=cropped), np.uint8), -1)


def test_cropped_cuts_the_film_and_not_what_it_was_padded_with():
    """A narrow film in a square: writing at its own left edge must go."""
    square = np.zeros((200, 200), np.uint16)
    square[:, 60:140] = 20_000
    square[90:110, 60:68] = 65_535
    assert drawn(square, cropped=False).max() == 255
    seen = drawn(square, cropped=True)
    assert seen.max() < 100
    assert seen.shape == (200 - 2 * round(BORDER * 200), 80 - 2 * round(BORDER * 80))


def test_a_black_film_is_drawn_black():
    assert drawn(np.zeros((64, 64), np.uint16), cropped=True).max() == 0
