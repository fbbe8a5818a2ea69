"""One radiograph as a learner sees it: float32 in [0, 1], white = dense, whatever the file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from medtune.dicom.colour import luminance
from medtune.dicom.decode import Stored, stored_frame
from medtune.dicom.facts import Facts
from medtune.dicom.film import Film, film_of, open_film
from medtune.dicom.header import header_of, header_of_raster
from medtune.dicom.modality import Units, to_units
from medtune.dicom.place import Place
from medtune.dicom.polarity import is_inverted
from medtune.dicom.raster import raster_at, read_raster
from medtune.dicom.reduce import Cells, look_up, reduced
from medtune.dicom.values import Tags, integer
from medtune.dicom.voi import AS_STORED, Showing, Spread, apply_voi, full_range
from medtune.errors import UnreadableFile

_MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
_EVERY = 1 << 22  # pixels from which on only every fourth row is counted for percentiles


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


@dataclass(frozen=True)
class StoredXray:
    """A radiograph as it is stored, and the one table that shows it.

    Attributes:
        cells: (H, W) uint8 or uint16: whole cells, as they stand in the file.
        table: (256,) or (65536,) float32 in [0, 1]: the grey of every value of a cell.
        facts: what the header says.
        notes: what was decided about the pixels, one short sentence each.
    """

    cells: Cells
    table: NDArray[np.float32]
    facts: Facts
    notes: tuple[str, ...]

    def full(self) -> NDArray[np.float32]:
        """(H, W) in [0, 1].

        Raises:
            UnreadableFile: constant.
        """
        return _refuse_constant(look_up(self.table, self.cells))

    def part(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Some rows and columns at full resolution."""
        return look_up(self.table, self.cells[rows, columns])

    def reduced(
        self, height: int, width: int, box: tuple[slice, slice] | None = None
    ) -> NDArray[np.float32]:
        """(height, width) in [0, 1], area-averaged; of a box of rows and columns where it is given.

        Raises:
            UnreadableFile: constant.
        """
        cells = self.cells if box is None else self.cells[box]
        small = reduced(self.table, cells, height, width)
        if small.min() == small.max():
            _refuse_constant(look_up(self.table, cells))
        return small


def read_xray(
    place: Path | Place | str,
    *,
    window: int | str = 1,
    frame: int | None = None,
    prefer_lut: bool = True,
) -> XrayImage:
    """Read the pixels of one radiograph, by the one right chain (PS3.3 C.11, PS3.4 N.2.1).

    Stored bits and sign, padding, Modality LUT or rescale, VOI LUT or window, and one inversion
    at the end over the output range. Nothing is scaled by the picture's own values.

    Args:
        place: a DICOM file, a member of an archive, or a PNG, JPEG or TIFF.
        window: which VOI LUT or window, from 1, or its explanation in the file, e.g. NORMAL.
            Without any, 1 is the full range of the stored values.
        frame: from 0; None for a file of one frame.
        prefer_lut: whether VOI LUTs come before windows where a file has both.

    Raises:
        UnreadableFile: with a word of ``REASONS``; it names no patient and no path.
    """
    showing = Showing(window, prefer_lut=prefer_lut)
    found = open_xray(place, showing, frame=frame)
    return XrayImage(found.full(), found.facts, found.notes)


def open_xray(
    place: Path | Place | str, showing: Showing = AS_STORED, *, frame: int | None = None
) -> StoredXray:
    """Read a radiograph as it is stored, with the table that shows it.

    Args:
        place: a DICOM file, a member of an archive, or a PNG, JPEG or TIFF.
        showing: which grey values are shown.
        frame: from 0; None for a file of one frame.

    Raises:
        UnreadableFile: with a word of ``REASONS``; it names no patient and no path.
    """
    place = place if isinstance(place, Place) else Place(Path(place))
    try:
        film = open_film(place, pixels=True)
    except UnreadableFile as error:
        if error.reason == "not_dicom" and raster_at(place):
            return _picture(place, showing)
        raise
    if not film.has_pixels:
        raise UnreadableFile("no_pixels", "The file holds no pixel data.")
    return _of_film(film, showing, frame)


def render(
    film: Film | FileDataset,
    *,
    window: int | str = 1,
    frame: int | None = None,
    prefer_lut: bool = True,
) -> XrayImage:
    """``read_xray`` for a file that has been opened."""
    film = film if isinstance(film, Film) else film_of(film)
    found = _of_film(film, Showing(window, prefer_lut=prefer_lut), frame)
    return XrayImage(found.full(), found.facts, found.notes)


def _of_film(film: Film, showing: Showing, frame: int | None) -> StoredXray:
    facts = header_of(film).facts
    photometric = facts.photometric or ""
    stored = stored_frame(film, frame)
    if photometric in _MONOCHROME and stored.cells.ndim == 2:
        table, said = _table(film, stored, photometric, showing)
        return StoredXray(stored.cells, table, facts, (*stored.notes, *said))
    cells = _as_cells(luminance(film, stored, photometric))
    note = f"colour: {photometric} turned into luminance"
    return StoredXray(cells, _straight(), facts, (*stored.notes, note))


def _picture(place: Place, showing: Showing) -> StoredXray:
    """A plain picture, which has no window."""
    pixels, raster = read_raster(place)
    cells = _as_cells(pixels)
    units = Units(_straight().astype(np.float64), 0.0, 1.0, ())
    grey = full_range(units, "no window", showing, _spread(units.values, cells, None))
    notes = (f"{raster.kind}: {raster.bits} bits", *grey.notes)
    facts = header_of_raster(raster).facts
    return StoredXray(cells, grey.values.astype(np.float32), facts, notes)


def _as_cells(pixels: NDArray[np.float32]) -> NDArray[np.uint16]:
    return np.rint(pixels * np.float32(65535)).astype(np.uint16)


def _straight() -> NDArray[np.float32]:
    return np.linspace(0, 1, 1 << 16, dtype=np.float32)


def _refuse_constant(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    if pixels.min() == pixels.max():
        raise UnreadableFile("constant", "All pixels of the picture have the same grey.")
    return pixels


def _table(
    film: Film, stored: Stored, photometric: str, showing: Showing
) -> tuple[NDArray[np.float32], list[str]]:
    """The whole chain for every value that a cell can hold, as one table."""
    header, bits = film.tags, 8 * stored.cells.dtype.itemsize
    cells = np.arange(1 << bits, dtype=np.int64)
    values = (cells >> stored.shift) & ((1 << stored.bits) - 1)
    low, high = 0, (1 << stored.bits) - 1
    if stored.signed:
        half = 1 << (stored.bits - 1)
        low, high = -half, half - 1
        values = (values ^ half) - half
    padding = _padding(header, values, cells, stored)
    units = to_units(header, values.astype(np.float64), low, high, big_endian=film.big_endian)
    spread = _spread(units.values, stored.cells, None if padding is None else padding[0])
    grey = apply_voi(header, units, showing, spread, big_endian=film.big_endian)
    notes = [*units.notes, *grey.notes]
    inverted, note = is_inverted(header, photometric)
    table = 1 - grey.values if inverted else grey.values
    if note:
        notes.append(note)
    if padding is not None:
        table = np.where(padding[0], 0.0, table)
        notes.append(padding[1])
    return table.astype(np.float32), notes


def _spread(units: NDArray[np.float64], cells: Cells, padding: NDArray[np.bool_] | None) -> Spread:
    """Percentiles of a picture's units, padding left out: (lower, upper) shares to values."""

    def of(shares: tuple[float, float]) -> tuple[float, float]:
        counted = cells[::4] if cells.size > _EVERY else cells
        size = len(units)
        counts = np.ravel(cv2.calcHist([counted], [0], None, [size], [0, size])).astype(np.float64)
        if padding is not None:
            counts[padding] = 0
        order = np.argsort(units, kind="stable")
        below = np.cumsum(counts[order])
        places = np.searchsorted(below, np.array(shares) * below[-1])
        low, high = units[order[places.clip(0, size - 1)]]
        return float(low), float(high)

    return of


def _padding(
    header: Tags, values: NDArray[np.int64], cells: NDArray[np.int64], stored: Stored
) -> tuple[NDArray[np.bool_], str] | None:
    """Which stored values are padding (PS3.3 C.7.5.1.1.2), or None where none is."""
    value = integer(header, "PixelPaddingValue")
    if value is None:
        return None
    limit = integer(header, "PixelPaddingRangeLimit")
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
