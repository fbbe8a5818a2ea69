"""Where the places of a film lie in the square that a network sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from medtune.dicom import Facts, StoredXray
from medtune.films.collimation import Box, collimated_box

_NEARLY_SQUARE = 0.01  # pixels whose sides differ by less than this share are square
_OVERVIEW = 512  # pixels of the longer side, on which borders are looked for

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """Which part of a film is shown, and where in the square.

    Attributes:
        rows, columns: of the film.
        box: the part that is shown, in pixels of the film.
        height, width: of that part in the square; it lies in the middle, on black.
        size: pixels a side of the square.
    """

    rows: int
    columns: int
    box: Box
    height: int
    width: int
    size: int

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the square where the part begins."""
        return (self.size - self.height) // 2, (self.size - self.width) // 2

    def down(self, y: Floats) -> Floats:
        """Edges of rows of the film, where the square has them; outside of the part too."""
        box = self.box
        return (y - box.top) * (self.height / (box.bottom - box.top)) + self.corner[0]

    def across(self, x: Floats) -> Floats:
        """The same of columns."""
        box = self.box
        return (x - box.left) * (self.width / (box.right - box.left)) + self.corner[1]

    def rectangle(self, left: float, top: float, right: float, bottom: float) -> NDArray[np.bool_]:
        """(S, S), True where a pixel of the square has its centre inside of a rectangle.

        Args:
            left: in pixels of the film, from its upper left corner.
            top: the same.
            right: the same.
            bottom: the same.
        """
        centre, rows, columns = self._seen()
        upper, lower = self.down(np.array([top, bottom], np.float64))
        first, last = self.across(np.array([left, right], np.float64))
        rows &= (centre >= upper) & (centre < lower)
        columns &= (centre >= first) & (centre < last)
        return rows[:, None] & columns

    def sampled(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(S, S), True where the centre of a pixel of the square lies in a true pixel of the film.

        Nothing is averaged: a mask has no greys. What is thinner than a pixel of the square may
        be lost, as it is of a rectangle.

        Args:
            mask: (rows, columns), as the film.
        """
        centre, rows, columns = self._seen()
        down = np.searchsorted(self.down(np.arange(self.rows + 1.0)), centre, "right") - 1
        across = np.searchsorted(self.across(np.arange(self.columns + 1.0)), centre, "right") - 1
        found = np.zeros((self.size, self.size), bool)
        found[np.ix_(rows, columns)] = mask[np.ix_(down[rows], across[columns])]
        return found

    def _seen(self) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
        """The centres of the square's pixels, and its rows and columns that show the film."""
        centre = np.arange(self.size, dtype=np.float64) + 0.5
        top, left = self.corner
        rows = (centre > top) & (centre < top + self.height)
        return centre, rows, (centre > left) & (centre < left + self.width)


def framed(
    film: StoredXray, size: int, fit: Literal["pad", "crop"], collimation: Literal["keep", "crop"]
) -> tuple[Frame, list[str]]:
    """How a film lies in the square, and what was decided about that.

    Args:
        film: as it is stored.
        size: pixels a side of the square.
        fit: pad shows the whole film; crop the middle square.
        collimation: whether borders outside of the X-ray field are kept or cut off first.
    """
    rows, columns = film.cells.shape
    box = Box(0, rows, 0, columns)
    notes: list[str] = []
    if collimation == "crop":
        box, notes = _inside_borders(film)
    aspect = _aspect(film.facts)
    if aspect != 1:
        notes.append(f"pixels are {aspect:.3g} times as high as they are wide")
    if fit == "crop":
        box = _middle(box, aspect)
    return frame_of(rows, columns, box, aspect, size), notes


def frame_of(rows: int, columns: int, box: Box, aspect: float, size: int) -> Frame:
    """A part of a film, its longer side as long as the square's.

    Args:
        rows: of the film.
        columns: of the film.
        box: the part.
        aspect: how high a pixel of the film is for its width.
        size: pixels a side of the square.
    """
    height, width = (box.bottom - box.top) * aspect, box.right - box.left
    scale = size / max(height, width)
    inside = max(1, round(height * scale)), max(1, round(width * scale))
    return Frame(rows, columns, box, *inside, size)


def _inside_borders(film: StoredXray) -> tuple[Box, list[str]]:
    rows, columns = film.cells.shape
    whole = Box(0, rows, 0, columns)
    scale = min(1.0, _OVERVIEW / max(rows, columns))
    height, width = max(1, round(rows * scale)), max(1, round(columns * scale))
    found = collimated_box(film.reduced(height, width))
    if found is None:
        return whole, []
    box = Box(
        round(found.top * rows / height),
        round(found.bottom * rows / height),
        round(found.left * columns / width),
        round(found.right * columns / width),
    )
    cut = (box.top, rows - box.bottom, box.left, columns - box.right)
    sides = [f"{n} {side}" for n, side in zip(cut, ("top", "bottom", "left", "right"), strict=True)]
    return box, [f"borders cut off: {', '.join(sides)}"]


def _aspect(facts: Facts) -> float:
    """How high a pixel is for its width; 1 where it is square or nobody says."""
    if facts.pixel_spacing is None:
        return 1.0
    down, across = facts.pixel_spacing
    return down / across if abs(down / across - 1) > _NEARLY_SQUARE else 1.0


def _middle(box: Box, aspect: float) -> Box:
    """The largest square in the middle of a box."""
    height, width = box.bottom - box.top, box.right - box.left
    side = min(height * aspect, width)  # in widths of a pixel
    rows, columns = max(1, round(side / aspect)), max(1, round(side))
    top, left = box.top + (height - rows) // 2, box.left + (width - columns) // 2
    return Box(top, top + rows, left, left + columns)
