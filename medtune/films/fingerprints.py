"""A film's fingerprint: a few hundred bytes by which copies of one exposure know each other.

Chest films all look alike at a glance: what they share is anatomy, and it is smooth. A fingerprint
therefore keeps fine structure (ribs, vessels, trabeculae, grain), each bit of it measured against
its own surroundings, so that no window, gamma or equalisation moves it and an inversion only turns
its sign. Beside it stands a coarse layer, by which two films are laid onto each other first.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]
Fingerprint = NDArray[np.int8]

COARSE = 16  # cells a side, one byte each
FINE = 48  # cells a side, four to a byte
LENGTH = COARSE**2 + FINE**2 // 4  # bytes

_UNIT = 127 / 2.5  # a byte of 127 is two and a half standard deviations
_STEP, _LEVELS = 0.95, (-1.5, -0.45, 0.45, 1.5)  # standard deviations: borders -0.95, 0, 0.95
_PER_CELL = 3  # pixels of the picture that a cell is measured from, along one side
_LEAST_RANGE = 0.02  # of full scale: below it quantisation is all there is to see

_GRID = 64  # lines a side when borders are looked for
_FLAT = 0.02  # of the range: a line that varies less is border
_JUMP, _JUMPING, _NEAR = 0.07, 0.15, 3  # a border ends sharply, along a part of its edge
_DEEPEST = 0.4  # of a side


def fingerprint(picture: Picture) -> Fingerprint:
    """Describe a film so that copies of it can be found among a million others.

    Borders that a collimator or an export put round the film are left out, both sides are brought
    to one length, and every cell says how far it is brighter or darker than its surroundings, in
    units of what is usual there. Turning or mirroring the film turns or mirrors the cells, and an
    inverted film has the same cells with the other sign.

    Args:
        picture: (h, w) in [0, 1], unpadded, 64 pixels or more of the longer side.

    Returns:
        (LENGTH,) int8. All zero where there is nothing to see: such a film has no copies.
    """
    even = _even_tones(_square(picture, _GRID))
    if even is None:
        return np.zeros(LENGTH, np.int8)
    content = _content(picture, even)
    coarse = _layer(content, COARSE, detail=1.5)
    fine = _layer(content, FINE, detail=0.7)
    codes = np.digitize(fine, (-_STEP, 0.0, _STEP)).astype(np.uint8).reshape(-1, 4)
    packed = codes @ np.array([64, 16, 4, 1], np.uint8)
    return np.concatenate([np.rint(coarse.ravel() * _UNIT).astype(np.int8), packed.view(np.int8)])


def as_fingerprints(stored: Iterable[bytes]) -> NDArray[np.int8]:
    """Fingerprints (N, LENGTH) from the bytes of each."""
    return np.frombuffer(b"".join(stored), np.int8).reshape(-1, LENGTH)


def coarse_layers(fingerprints: NDArray[np.int8]) -> NDArray[np.float32]:
    """The coarse layers, (N, COARSE, COARSE) float32, of fingerprints (N, LENGTH)."""
    layers = fingerprints[:, : COARSE**2].reshape(-1, COARSE, COARSE) / np.float32(_UNIT)
    return np.asarray(layers, np.float32)


def fine_layers(fingerprints: NDArray[np.int8]) -> NDArray[np.float32]:
    """The fine layers, (N, FINE, FINE) float32, of fingerprints (N, LENGTH)."""
    packed = np.ascontiguousarray(fingerprints[:, COARSE**2 :]).view(np.uint8)
    codes = (packed[:, :, None] >> np.array([6, 4, 2, 0], np.uint8)) & 3
    return np.array(_LEVELS, np.float32)[codes].reshape(-1, FINE, FINE)


def is_blank(fingerprints: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which fingerprints (N, LENGTH) are of films on which there is nothing to see."""
    return np.asarray(~fingerprints.any(axis=1))


def _square(picture: Picture, size: int) -> Picture:
    """The picture at ``size`` pixels a side, area-averaged along each side that is longer."""
    height, width = picture.shape
    if height > size or width > size:
        smaller = (min(width, size), min(height, size))
        picture = np.asarray(cv2.resize(picture, smaller, interpolation=cv2.INTER_AREA), np.float32)
    stretched = cv2.resize(picture, (size, size), interpolation=cv2.INTER_LINEAR)
    return np.asarray(stretched, np.float32)


def _even_tones(picture: Picture) -> Picture | None:
    """The picture stretched to [0, 1] with its median at one half, whatever its window and gamma.

    None where the picture has no range to stretch.
    """
    low, middle, high = np.quantile(picture, (0.02, 0.5, 0.98))
    if high - low < _LEAST_RANGE:
        return None
    middle = np.clip((middle - low) / (high - low), 0.05, 0.95)
    stretched = (picture - low) / (high - low)
    return np.interp(stretched, (0.0, middle, 1.0), (0.0, 0.5, 1.0)).astype(np.float32)


def _content(picture: Picture, even: Picture) -> Picture:
    """The film without flat borders, square, in even tones; ``even`` is its small square copy."""
    height, width = picture.shape
    top, bottom = _border(even), _border(even[::-1])
    left, right = _border(even.T), _border(even.T[::-1])
    inner = picture[
        int(top * height) : ceil((1 - bottom) * height),
        int(left * width) : ceil((1 - right) * width),
    ]
    square = _square(np.ascontiguousarray(inner), FINE * _PER_CELL)
    tones = _even_tones(square)
    return square if tones is None else tones


def _border(lines: Picture) -> float:
    """Which share of the lines, from the first on, are a border.

    A border is flat, but for a line of text, and ends at a sharp edge. What a narrow window made
    white or black is flat as well, and fades out.
    """
    spread = np.subtract(*np.quantile(lines, (0.9, 0.1), axis=1))
    varied = spread > _FLAT
    starts = np.flatnonzero(varied[:-2] & varied[1:-1] & varied[2:])
    if len(starts) == 0 or not 0 < starts[0] <= _DEEPEST * len(lines):
        return 0.0
    first = int(starts[0])
    jump = np.abs(lines[first : first + _NEAR] - np.median(lines[:first])).max(axis=0)
    return first / len(lines) if (jump > _JUMP).mean() >= _JUMPING else 0.0


def _layer(content: Picture, cells: int, detail: float) -> Picture:
    """How much each cell differs from its surroundings, in units of the standard deviation.

    Args:
        content: the picture.
        cells: of the layer, along a side.
        detail: cells; what is much larger than that is left out.
    """
    picture = _square(content, cells * _PER_CELL)
    blurred = _blur(picture, 0.5)
    difference = blurred - _blur(picture, float(np.hypot(detail, 0.5)))
    # Letters and the edges of what covers a corner must not set the scale for what is round them.
    usual = 3 * 1.4826 * float(np.median(np.abs(difference))) + 1e-4
    difference = np.clip(difference, -usual, usual)
    energy = _blur(difference * difference, cells / 12 if cells > COARSE else cells / 4)
    difference /= np.sqrt(energy + 0.06 * float(np.median(energy)) + 1e-9)
    layer = cv2.resize(difference, (cells, cells), interpolation=cv2.INTER_AREA)
    layer -= layer.mean()
    return np.clip(layer / (layer.std() + 1e-9), -2.5, 2.5)


def _blur(picture: Picture, cells: float) -> Picture:
    """Gaussian blur of a standard deviation in cells."""
    sigma = cells * _PER_CELL
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32)
