"""The part of a radiograph inside its borders: collimation, shutter, black or white scan edges."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

_SIDE = 256  # pixels of the small copy, at most, each way
_ROWS_READ = 512  # of a large picture: enough for a copy of 256 that is averaged
_LAYERS = 3  # a white canvas around a black shutter around the field
_DEEPEST = 0.45  # share of the picture that the border of one side can take
_LEAST_LEFT = 0.3  # share of the picture's side that must be left
_LINES = 1  # pixels of the small copy: a line along a picture's edge, or what is left of a border
_THINNEST = 2  # pixels of the small copy
_STEEPEST = math.tan(math.radians(2.5))  # leaves and scanned films lie a little slanted
_LEAST_STEP = 0.012  # greys this near are one grey
_MOST_NOISE = 0.04  # standard deviation on the small copy; what varies more is no border
_STRAIGHT = 0.7  # share of the side along which the edge must be seen on one line
_IN_A_FIFTH = 0.2  # and the share of four of its fifths
_OUTSIDE = 0.06  # share of the side along which a marker or text may stand on the border
_OFF_LINE = 0.006  # share of the depth that a place of the edge may be off the line
_STEP = 2  # times as steep at the edge as behind it
_GOES_ON = 0.03  # share of the depth for which the field goes on; strokes of text end before
_AWAY = 1e6  # where a column has no edge


class Box(NamedTuple):
    """Rows from top to bottom and columns from left to right, in pixels; ends not included."""

    top: int
    bottom: int
    left: int
    right: int


class _Edge(NamedTuple):
    """Where a border ends: its depth at the two ends of its side, and its grey."""

    first: float
    last: float
    level: float


def collimated_box(picture: Grey) -> Box | None:
    """Find the rectangle of a radiograph inside its borders.

    A border is a band of one grey along a whole side, which ends in a straight line. A curved or
    broken line is that of a body in air, and is left alone, as is whatever is in doubt. A slanted
    border is cut where it is narrowest, so that nothing inside is lost. A marker or text on a
    border does not keep it.

    Args:
        picture: (H, W) in [0, 1], from 64 pixels a side.

    Returns:
        Rows and columns inside, in pixels of ``picture``; None where no border is found.
    """
    height, width = picture.shape
    rows = picture[:: max(1, height // _ROWS_READ)]
    shape = (min(_SIDE, width), min(_SIDE, height))
    small = np.asarray(cv2.resize(rows, shape, interpolation=cv2.INTER_AREA), np.float32)
    inner, edges = _peel(small, height / width)
    if not edges:
        return None
    down, across = height / small.shape[0], width / small.shape[1]
    top, bottom, left, right = inner
    box = [0, height, 0, width]
    for side, edge in edges.items():
        if side < 2:
            along = slice(round(left * across), round(right * across))
            cut = _cut(_from_side(side, picture[:, along]), edge, down)
        else:
            along = slice(round(top * down), round(bottom * down))
            cut = _cut(_from_side(side, picture[along]), edge, across)
        box[side] = (height if side < 2 else width) - cut if side % 2 else cut
    return Box(*box)


def _from_side(side: int, picture: Grey) -> Grey:
    """The picture with the depth from a side as first axis: 0 top, 1 bottom, 2 left, 3 right."""
    turned = picture if side < 2 else picture.T
    return turned[::-1] if side % 2 else turned


def _peel(small: Grey, aspect: float) -> tuple[list[int], dict[int, _Edge]]:
    """Take borders off until there is none: what is left, and the innermost edge of each side.

    Args:
        small: (h, w), both at most 256.
        aspect: height over width of the picture itself, by which slants are changed.
    """
    height, width = small.shape
    inner, edges = [0, height, 0, width], {}
    for _ in range(_LAYERS):
        before = list(inner)
        for side in range(4):
            low, whole = side // 2 * 2, height if side < 2 else width
            view = _from_side(side, small[inner[0] : inner[1], inner[2] : inner[3]])
            turned = width / height * aspect
            edge = _edge(view, _STEEPEST / turned if side < 2 else _STEEPEST * turned)
            if edge is None:
                continue
            narrowest = round(min(edge.first, edge.last))
            peeled = whole - inner[side] if side % 2 else inner[side]
            left = inner[low + 1] - inner[low] - narrowest
            if peeled + narrowest > _DEEPEST * whole or left < _LEAST_LEFT * whole:
                continue
            inner[side] += -narrowest if side % 2 else narrowest
            edges[side] = _Edge(edge.first + peeled, edge.last + peeled, edge.level)
        if inner == before:
            break
    return inner, edges


def _edge(view: Grey, steepest: float) -> _Edge | None:
    """The inner edge of the border that begins with the first rows; None where there is none.

    Args:
        view: (depth, length) as seen from the side.
        steepest: tangent of the greatest slant, in pixels of the view.
    """
    deep, _ = view.shape
    lasts = max(2, round(_GOES_ON * deep))
    for skipped in range(_LINES + 1):
        outer = view[skipped : skipped + _THINNEST]
        level = float(np.median(outer))
        spread = np.abs(outer - np.median(outer, axis=1, keepdims=True))
        noise = 1.4826 * float(np.median(spread))
        if noise > _MOST_NOISE:
            continue
        field = np.abs(view[skipped:] - level) > max(_LEAST_STEP, 4 * noise)
        sums = np.pad(field, ((1, lasts), (0, 0))).cumsum(axis=0)
        begins = field & (sums[lasts:-1] - sums[: -lasts - 1] >= 0.8 * lasts)
        depths = np.where(begins.any(axis=0), begins.argmax(axis=0) + float(skipped), _AWAY)
        off = max(0.75, _OFF_LINE * deep)
        line = _line(depths, steepest, off, skipped + _THINNEST)
        if line is not None and _steps(view, line, level):
            return _Edge(float(line[0]), float(line[-1]), level)
    return None


def _steps(view: Grey, line: NDArray[np.float64], level: float) -> bool:
    """Whether a dark border ends in a step; air beside a body, which begins thin, in a slope."""
    deep, length = view.shape
    soft = max(1, deep // 64)  # a soft edge is steepest up to so many rows behind its beginning
    rows = np.clip(np.rint(line).astype(int) + np.arange(-1, soft + 4)[:, None], 0, deep - 1)
    rise = np.median(view[rows, np.arange(length)] - level, axis=1)
    edge = (rise[2 : soft + 2] - rise[:soft]) / 2
    behind = (rise[5 : soft + 5] - rise[2 : soft + 2]) / 3
    return bool(rise[5] < 0 or (edge >= _STEP * np.maximum(behind, 0)).any())


def _line(
    depths: NDArray[np.float64], steepest: float, off: float, thinnest: float
) -> NDArray[np.float64] | None:
    """The straight line on which most depths lie; None where they do not make one.

    Args:
        depths: (L,) at which the field begins, for each place along the side.
        steepest: greatest slant, pixels of depth a place.
        off: so far from a line is still on it.
        thinnest: a border is nowhere thinner.

    Returns:
        The depth of the line at each place.
    """
    length = len(depths)
    seen = depths < _AWAY
    if seen.mean() < _STRAIGHT or (depths < thinnest).mean() > _OUTSIDE:
        return None
    places = np.arange(length) - (length - 1) / 2
    most, best, slope = 0, 0.0, 0.0
    leans = max(1, math.ceil(steepest * length))
    for lean in np.linspace(-steepest, steepest, 2 * leans + 1):
        rest = np.sort((depths - lean * places)[seen])
        together = np.searchsorted(rest, rest + 1.5 * off, side="right") - np.arange(len(rest))
        if together.max() > most:
            most, best, slope = together.max(), rest[together.argmax()] + 0.75 * off, lean
    near = np.abs(depths - slope * places - best) <= off
    if near.mean() < _STRAIGHT:
        return None
    slope, best = np.polyfit(places[near], depths[near], 1)
    line = slope * places + best
    near = np.abs(depths - line) <= off
    fifths = [part.mean() >= _IN_A_FIFTH for part in np.array_split(near, 5)]
    straight = near.mean() >= _STRAIGHT and sum(fifths) >= 4
    clear = (depths < line - off - 0.5).mean() <= _OUTSIDE and min(line[0], line[-1]) >= thinnest
    return line if straight and clear else None


def _cut(view: Grey, edge: _Edge, scale: float) -> int:
    """How many rows of the whole picture are border, where it is narrowest.

    The edge is where the picture is half-way between the border's grey and what is inside.

    Args:
        view: (depth, length) of the picture, as seen from the side.
        edge: in pixels of the small copy.
        scale: pixels of the picture to one of the small copy, along the depth.
    """
    deep, length = view.shape
    columns = np.unique(np.linspace(0, length - 1, _SIDE).round().astype(int))
    share = columns / max(1, length - 1)
    line = np.rint((edge.first + (edge.last - edge.first) * share) * scale).astype(int)
    reach = math.ceil(3 * scale)
    around = np.arange(-reach, reach + 1)
    rows = np.clip(line + around[:, None], 0, deep - 1)
    step = np.median(np.abs(view[rows, columns] - edge.level), axis=1)
    outside, inside = step[: reach // 2 + 1].min(), step[-(reach // 2) - 1 :].max()
    begins = int(np.argmax(step >= (outside + inside) / 2))
    return int(max(0, min(line[0], line[-1]) + around[begins]))
