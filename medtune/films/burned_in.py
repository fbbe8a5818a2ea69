"""Does the edge of a film look as if text were printed on it? Names and dates stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

_BORDER = 0.15  # of each side
_LETTERS = 4  # so many in a row are text; fewer are a side marker and its initials
_TALLEST, _SHORTEST = 40, 6  # pixels a letter is high, at the resolution that is looked at
_STROKE = 9  # pixels: strokes are thinner than this
_LEAST_CONTRAST = 40  # of 255
_OVER_NOISE = 5
_HALVINGS = 2  # so letters of up to some 150 pixels are found
_SMALL_FILM = 1024  # pixels of the longer side


Part = Callable[[slice, slice], NDArray[np.float32]]


def suspect_text(pixels: NDArray[np.float32]) -> bool:
    """``suspect_text_at_edges`` for a film that stands in memory whole."""
    return suspect_text_at_edges(lambda rows, columns: pixels[rows, columns], pixels.shape)


def suspect_text_at_edges(part: Part, shape: tuple[int, ...]) -> bool:
    """Whether the outer 15 % of a film hold what looks like a line of printed text.

    Printed letters are thin sharp strokes, brighter or darker than what is around them, of
    similar height, side by side on one line. A single L or R is no text, nor is an edge of
    collimation. Text that runs upwards is not found.

    Args:
        part: gives rows and columns in [0, 1] at full resolution; small text is lost in
            smaller pictures.
        shape: (H, W).

    Returns:
        True where at least one line of four letters is suspected.
    """
    return any(_line_of_text(level) for strip in _strips(part, shape) for level in _levels(strip))


def _strips(part: Part, shape: tuple[int, ...]) -> Iterator[Grey]:
    height, width = shape
    across = max(2 * _SHORTEST, round(_BORDER * height))
    along = max(2 * _SHORTEST, round(_BORDER * width))
    whole, top, bottom = slice(None), slice(across), slice(-across, None)
    left, right = slice(along), slice(-along, None)
    for rows, columns in ((top, whole), (bottom, whole), (whole, left), (whole, right)):
        # rounds, and clips what is above 255
        yield np.asarray(cv2.convertScaleAbs(part(rows, columns), alpha=255), np.uint8)


def _levels(strip: Grey) -> list[Grey]:
    """The strip, doubled where the film is small, and halved as often as large letters need it."""
    levels = [strip]
    height, width = strip.shape
    if max(height, width) < _SMALL_FILM:
        # Letters of 7 pixels touch each other; between the pixels they can be told apart.
        double = cv2.resize(levels[0], (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
        levels.insert(0, np.asarray(double, np.uint8))
    for _ in range(_HALVINGS):
        height, width = levels[-1].shape
        if min(height, width) < 8 * _SHORTEST:
            break
        half = cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, np.uint8))
    return levels


def _line_of_text(grey: Grey) -> bool:
    # A top hat keeps what is brighter than around it and thinner than the kernel; a black hat
    # what is darker.
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (_STROKE, _STROKE))
    return any(
        _longest_line(_letters(np.asarray(cv2.morphologyEx(grey, way, kernel)))) >= _LETTERS
        for way in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)
    )


def _letters(strokes: Grey) -> NDArray[np.int64]:
    """Boxes (left, top, width, height) of what could be letters, from left to right."""
    # Where noise alone makes strokes everywhere, those of letters must stand out of them.
    threshold = max(_LEAST_CONTRAST, _OVER_NOISE * float(np.median(strokes[::4, ::4])))
    _, ink = cv2.threshold(strokes, threshold, 255, cv2.THRESH_BINARY)
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=4)
    boxes = stats[1:count].astype(np.int64)
    width, height, area = boxes[:, 2], boxes[:, 3], boxes[:, 4]
    fill = area / (width * height)
    fine = (
        (height >= _SHORTEST)
        & (height <= _TALLEST)
        & (width <= 2 * height)
        & (fill > 0.15)
        & (fill < 0.95)
    )
    letters = boxes[fine, :4]
    in_order: NDArray[np.int64] = letters[np.argsort(letters[:, 0], kind="stable")]
    return in_order


def _longest_line(letters: NDArray[np.int64]) -> int:
    """How many letters stand side by side on one line, at most."""
    if len(letters) < _LETTERS:
        return len(letters)
    left, top, width, height = letters.T
    bottom, right = top + height, left + width
    tall = np.maximum(height[:, None], height[None, :])
    gap = left[None, :] - right[:, None]
    follows = (
        (gap >= -0.2 * tall)
        & (gap <= 1.0 * tall)
        & (left[None, :] > left[:, None])
        & (np.abs(bottom[None, :] - bottom[:, None]) <= 0.2 * tall)
        & (np.minimum(height[:, None], height[None, :]) >= 0.6 * tall)
    )
    longest = np.ones(len(letters), np.int64)
    for place in range(1, len(letters)):
        before = longest[:place][follows[:place, place]]
        if len(before):
            longest[place] = before.max() + 1
    return int(longest.max())
