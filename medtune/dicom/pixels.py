"""One radiograph as a learner sees it: float32 in [0, 1], white = dense, whatever the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from medtune.dicom.colour import luminance
from medtune.dicom.decode import Cells, Stored, stored_frame
from medtune.dicom.film import Film, film_of, open_film
from medtune.dicom.header import Facts, header_of
from medtune.dicom.modality import to_units
from medtune.dicom.place import Place
from medtune.dicom.values import Tags, code, integer, items
from medtune.dicom.voi import apply_voi
from medtune.errors import UnreadableFile

_MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
_SHAPES = ("IDENTITY", "INVERSE")
_ROWS = 32


@dataclass(frozen=True)
class XrayImage:
    """A radiograph.

    Attributes:
        pixels: (H, W) float32 in [0, 1]; 1 is white, dense.
        facts: what the header says.
        notes: what was decided about the pixels, one short sentence each.
    """

    pixels: NDArray[np.float32]
    facts: Facts
    notes: tuple[str, ...]


def read_xray(
    place: Path | Place | str, *, window: int | str = 1, frame: int | None = None, prefer_lut: bool = True
) -> XrayImage:
    """Read the pixels of one radiograph, by the one right chain (PS3.3 C.11, PS3.4 N.2.1).

    Stored bits and sign, padding, Modality LUT or rescale, VOI LUT or window, and one inversion
    at the end over the output range. Nothing is scaled by the picture's own values.

    Args:
        place: a DICOM file, or a member of an archive.
        window: which VOI LUT or window, from 1, or its explanation in the file, e.g. NORMAL.
            Without any, 1 is the full range of the stored values.
        frame: from 0; None for a file of one frame.
        prefer_lut: whether VOI LUTs come before windows where a file has both.

    Raises:
        UnreadableFile: with a word of ``REASONS``; it names no patient and no path.
    """
    film = open_film(Path(place) if isinstance(place, str) else place, pixels=True)
    if not film.has_pixels:
        raise UnreadableFile("no_pixels", "The file holds no pixel data.")
    return render(film, window=window, frame=frame, prefer_lut=prefer_lut)


def render(
    film: Film | FileDataset,
    *,
    window: int | str = 1,
    frame: int | None = None,
    prefer_lut: bool = True,
) -> XrayImage:
    """``read_xray`` for a file that has been read."""
    film = film if isinstance(film, Film) else film_of(film)
    facts = header_of(film).facts
    photometric = facts.photometric or ""
    stored = stored_frame(film, frame)
    notes = list(stored.notes)
    if photometric in _MONOCHROME and stored.cells.ndim == 2:
        table, said = _table(film, stored, photometric, window, prefer_lut)
        pixels = _look_up(table, stored.cells)
        notes += said
    else:
        pixels = luminance(film, stored, photometric)
        notes.append(f"colour: {photometric} turned into luminance")
    if pixels.min() == pixels.max():
        raise UnreadableFile("constant", "All pixels of the picture have the same grey.")
    return XrayImage(pixels=pixels, facts=facts, notes=tuple(notes))


def _table(
    film: Film, stored: Stored, photometric: str, window: int | str, prefer_lut: bool
) -> tuple[NDArray[np.float32], list[str]]:
    """The whole chain for every value that a cell can hold, as one table."""
    bits = 8 * stored.cells.dtype.itemsize
    cells = np.arange(1 << bits, dtype=np.int64)
    values = (cells >> stored.shift) & ((1 << stored.bits) - 1)
    low, high = 0, (1 << stored.bits) - 1
    if stored.signed:
        half = 1 << (stored.bits - 1)
        low, high = -half, half - 1
        values = (values ^ half) - half
    dataset = film.tags
    padding = _padding(dataset, values, cells, stored)
    big_endian = film.big_endian
    units = to_units(dataset, values.astype(np.float64), low, high, big_endian=big_endian)
    grey = apply_voi(dataset, units, window, prefer_lut, big_endian=big_endian)
    notes = [*units.notes, *grey.notes]
    inverted, note = _polarity(dataset, photometric)
    table = 1 - grey.values if inverted else grey.values
    if note:
        notes.append(note)
    if padding is not None:
        table = np.where(padding[0], 0.0, table)
        notes.append(padding[1])
    return table.astype(np.float32), notes


def _look_up(table: NDArray[np.float32], cells: Cells) -> NDArray[np.float32]:
    """Every cell through the table, a few rows at a time: numpy's indices then stay in cache."""
    pixels = np.empty(cells.shape, np.float32)
    for row in range(0, len(cells), _ROWS):
        # The table has an entry for every value of a cell, so nothing is ever clipped.
        np.take(table, cells[row : row + _ROWS], out=pixels[row : row + _ROWS], mode="clip")
    return pixels


def _padding(
    dataset: Tags, values: NDArray[np.int64], cells: NDArray[np.int64], stored: Stored
) -> tuple[NDArray[np.bool_], str] | None:
    """Which stored values are padding (PS3.3 C.7.5.1.1.2), or None where none is."""
    value = integer(dataset, "PixelPaddingValue")
    if value is None:
        return None
    limit = integer(dataset, "PixelPaddingRangeLimit")
    ends = [_as_stored(end, stored) for end in (value, value if limit is None else limit)]
    if min(ends) < values.min() or max(ends) > values.max():
        # A value that does not fit into the bits stored can only stand in whole cells.
        return cells == value % len(cells), f"padding {value} is black"
    said = f"{min(ends)}" if limit is None else f"{min(ends)} to {max(ends)}"
    return (values >= min(ends)) & (values <= max(ends)), f"padding {said} is black"


def _as_stored(value: int, stored: Stored) -> int:
    """A padding value with the sign of the pixels: its VR, US or SS, is often the wrong one."""
    word = 8 * stored.cells.dtype.itemsize
    value %= 1 << word
    return value - (1 << word) if stored.signed and value >= 1 << (word - 1) else value


def _polarity(dataset: Tags, photometric: str) -> tuple[bool, str | None]:
    """Whether great values are black, said once: the Presentation LUT Shape, else photometric.

    The two are one fact, not two inversions (PS3.3 C.8.11.3.1.2, C.11.6.1.2). Where they
    contradict each other the shape decides, as in DCMTK.
    """
    shape = code(dataset, "PresentationLUTShape")
    negative = photometric == "MONOCHROME1"
    if items(dataset, "PresentationLUTSequence"):
        note = "presentation LUT sequence ignored"
        return negative, f"{note}; inverted once: {photometric}" if negative else note
    if shape not in _SHAPES or (shape == "INVERSE") == negative:
        return negative, f"inverted once: {photometric}" if negative else None
    done = "not inverted" if negative else "inverted"
    said = f"{photometric} with presentation LUT shape {shape}: {done}, as DCMTK does"
    return not negative, f"{said}; contradiction"
