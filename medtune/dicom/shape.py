"""The declared shape of a picture, checked before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.dicom.film import Film
from medtune.dicom.values import integer
from medtune.errors import UnreadableFile

# Of one frame: the largest detectors have some 5 000 x 6 000, digitised film 8 000 x 10 000. A
# compressed picture of one grey may have any size in a thousand bytes, so this bounds memory.
MOST_PIXELS = 10_000 * 10_000
MOST_FRAMES = 100_000


@dataclass(frozen=True)
class Shape:
    """What the image pixel module (PS3.3 C.7.6.3) says.

    Attributes:
        rows, columns, samples, frames: extent; samples is 1 or 3.
        cell: bytes of a cell, 1 or 2.
        bits_stored: bits of a value.
        shift: bits below the value, 0 in conformant files.
        signed: two's complement.
        syntax: UID of the transfer syntax.
    """

    rows: int
    columns: int
    samples: int
    frames: int
    cell: int
    bits_stored: int
    shift: int
    signed: bool
    syntax: str


def shape_of(film: Film) -> Shape:
    """Read and check the shape.

    Raises:
        UnreadableFile: bad_geometry, too_large or unsupported_pixels.
    """
    dataset = film.tags
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    if rows is None or columns is None or rows < 1 or columns < 1:
        raise UnreadableFile("bad_geometry", "The header does not say how large the picture is.")
    frames = integer(dataset, "NumberOfFrames") or 1
    if rows * columns > MOST_PIXELS or frames > MOST_FRAMES:
        raise UnreadableFile(
            "too_large", f"The header speaks of {frames} frames of {rows} x {columns} pixels."
        )
    samples = integer(dataset, "SamplesPerPixel") or 1
    allocated = integer(dataset, "BitsAllocated")
    if allocated is None:
        raise UnreadableFile("bad_geometry", "The header does not say how many bits a pixel has.")
    if samples not in (1, 3) or allocated not in (8, 16):
        raise UnreadableFile(
            "unsupported_pixels", f"The pixels have {samples} samples of {allocated} bits."
        )
    stored = integer(dataset, "BitsStored") or allocated
    high = integer(dataset, "HighBit")
    shift = 0 if high is None else high + 1 - stored
    if not 1 <= stored <= allocated or shift < 0 or shift + stored > allocated:
        raise UnreadableFile(
            "bad_geometry",
            f"{stored} bits stored below bit {high} do not go into {allocated} bits.",
        )
    return Shape(
        rows=rows,
        columns=columns,
        samples=samples,
        frames=max(frames, 1),
        cell=allocated // 8,
        bits_stored=stored,
        shift=shift,
        signed=integer(dataset, "PixelRepresentation") == 1,
        syntax=_syntax(film),
    )


def _syntax(film: Film) -> str:
    if film.syntax:
        return film.syntax
    # Files without a preamble are in the encoding in which they could be read.
    if film.implicit:
        return "1.2.840.10008.1.2"
    return "1.2.840.10008.1.2.2" if film.big_endian else "1.2.840.10008.1.2.1"
