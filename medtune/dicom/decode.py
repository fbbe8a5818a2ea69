"""From the bytes of the pixel data to stored values: one frame, as the file holds it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.uid import UID

from medtune.dicom.codestream import Codestream, read_codestream
from medtune.dicom.decoders import SYNTAXES, decode_stream
from medtune.dicom.film import Film
from medtune.dicom.reduce import Cells
from medtune.dicom.shape import Shape, shape_of
from medtune.dicom.values import raw
from medtune.errors import UnreadableFile

_IMPLICIT, _EXPLICIT, _BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"  # inflated when the file is read
# Encoders write one scan, progressive ones about ten. Each costs the time of a whole picture, so
# that a small file with thousands of them would keep a decoder busy for hours.
MOST_SCANS = 100
_ITEM, _SEQUENCE_END = 0xE000FFFE, b"\xfe\xff\xdd\xe0"
_NATIVE = {_IMPLICIT: "<", _EXPLICIT: "<", _DEFLATED: "<", _BIG: ">"}


@dataclass(frozen=True)
class Stored:
    """One frame as stored.

    Attributes:
        cells: uint8 or uint16, (H, W) or (H, W, 3): whole cells, high bits and all.
        bits: how many bits of a cell are the value; they start at bit ``shift``.
        shift: 0 in nearly every file.
        signed: whether the value is in two's complement.
        notes: who decoded it, and where the file contradicts itself.
    """

    cells: Cells
    bits: int
    shift: int
    signed: bool
    notes: tuple[str, ...]


def stored_frame(film: Film, frame: int | None) -> Stored:
    """Decode one frame.

    Args:
        film: an open file.
        frame: from 0; None for a file of one frame.

    Raises:
        UnreadableFile: the file has no such frame, or it cannot be decoded.
    """
    shape = shape_of(film)
    if frame is None and shape.frames > 1:
        raise UnreadableFile("multi_frame", f"The file holds {shape.frames} frames.")
    if not 0 <= (frame or 0) < shape.frames:
        raise UnreadableFile(
            "no_such_frame", f"There is no frame {frame}: the file holds {shape.frames}."
        )
    if shape.syntax in _NATIVE:
        if film.encapsulated:
            raise UnreadableFile(
                "undecodable", "The pixels are compressed, and the file does not say how."
            )
        return _native(film, shape, frame or 0)
    return _compressed(film, shape, frame or 0)


def _bytes(film: Film, offset: int = 0, length: int | None = None) -> bytes:
    data = film.pixels(offset, length)
    if data is None or (not data and not offset):
        raise UnreadableFile("no_pixels", "The file holds no pixel data of whole numbers.")
    return data


def _native(film: Film, shape: Shape, frame: int) -> Stored:
    order = _NATIVE[shape.syntax]
    size = shape.rows * shape.columns * shape.cell
    if shape.samples > 1 or (order == ">" and shape.cell == 1):
        # planes or interleaved, subsampled chroma, bytes swapped in words: pydicom knows them
        _bytes(film, 0, 1)
        return _by_pydicom(film, shape, frame, ())
    data = _bytes(film, frame * size, size)
    if len(data) < size:
        raise UnreadableFile(
            "truncated",
            f"The picture has {len(data)} bytes of {size}: part of it is missing.",
        )
    values = np.frombuffer(data, dtype=f"{order}u{shape.cell}")
    cells = values.reshape(shape.rows, shape.columns)
    return _in_cells(cells.astype(f"=u{shape.cell}", copy=False), shape, ())


def _compressed(film: Film, shape: Shape, frame: int) -> Stored:
    data = _bytes(film)
    codec = SYNTAXES.get(shape.syntax)
    if codec is None:
        return _by_pydicom(film, shape, frame, ())
    try:
        stream = _only_fragment(data) if shape.frames == 1 else None
        offsets = [raw(film.tags, f"ExtendedOffsetTable{end}") for end in ("", "Lengths")]
        if stream is None:
            stream = get_frame(
                data,
                frame,
                number_of_frames=shape.frames,
                extended_offsets=tuple(offsets) if all(offsets) else None,
            )
    except Exception as error:  # damaged fragments: struct.error, ValueError, EOFError ...
        raise UnreadableFile(
            "undecodable", f"The compressed picture is damaged ({type(error).__name__})."
        ) from None
    if codec == "DICOMRLE":
        return _rle(stream, shape)
    head = read_codestream(stream)
    if head is None:
        raise UnreadableFile("undecodable", "The compressed picture has no readable beginning.")
    _compare(head, shape)
    try:
        decoded = np.asarray(decode_stream(codec, stream, shape.samples))
    except Exception as error:  # each codec has its own exceptions
        note = f"imagecodecs {codec} failed ({type(error).__name__})"
        return _by_pydicom(film, shape, frame, (note,))
    return _in_stream(decoded, head, shape, (f"decoded by imagecodecs {codec}",))


def _only_fragment(data: bytes) -> bytes | None:
    """The one fragment of a single frame (PS3.5 A.4); None where there are several."""
    table, length = struct.unpack_from("<II", data)
    item, size = struct.unpack_from("<II", data, 8 + length)
    begin = 16 + length
    after = data[begin + size : begin + size + 4]
    if (table, item) != (_ITEM, _ITEM) or after not in (b"", _SEQUENCE_END):
        return None
    return data[begin : begin + size]


def _rle(stream: bytes, shape: Shape) -> Stored:
    count = shape.samples * shape.rows * shape.columns
    # Run lengths can stand for 64 times their bytes, however small the header says the picture
    # is. A segment may be somewhat longer than its plane, so there is room for twice the size.
    room = bytearray(2 * count * shape.cell)
    try:
        values = imagecodecs.dicomrle_decode(stream, f"<u{shape.cell}", out=room)
        cells = np.frombuffer(values, f"<u{shape.cell}", count)
    except Exception as error:  # ImcdError, or too few values
        raise UnreadableFile(
            "undecodable", f"The compressed picture is damaged ({type(error).__name__})."
        ) from None
    planes = cells.reshape(shape.samples, shape.rows, shape.columns)
    picture = planes[0] if shape.samples == 1 else np.ascontiguousarray(np.moveaxis(planes, 0, -1))
    return _in_cells(picture, shape, ("decoded by imagecodecs DICOMRLE",))


def _compare(head: Codestream, shape: Shape) -> None:
    """Refuse what does not fit its header, before it is decoded into memory."""
    there = (head.rows, head.columns, head.samples)
    said = (shape.rows, shape.columns, shape.samples)
    if there != said:
        raise UnreadableFile(
            "bad_geometry",
            f"The compressed picture is {there[0]} x {there[1]} x {there[2]}, its header says "
            f"{said[0]} x {said[1]} x {said[2]}.",
        )
    if head.scans > MOST_SCANS:
        raise UnreadableFile(
            "undecodable", f"The compressed picture has {head.scans} passes over its pixels."
        )
    if not head.ended:
        raise UnreadableFile("truncated", "The compressed picture has no end.")


def _by_pydicom(film: Film, shape: Shape, frame: int, notes: tuple[str, ...]) -> Stored:
    """Let pydicom and its plugins decode."""
    try:
        decoder = get_decoder(UID(shape.syntax))
    except NotImplementedError:
        raise UnreadableFile(
            "unsupported_syntax", f"Transfer syntax {shape.syntax} is not supported."
        ) from None
    if not decoder.is_available:
        if notes:  # imagecodecs knows this syntax, but not this picture, and nobody else is here
            raise UnreadableFile("undecodable", f"The compressed picture is damaged: {notes[0]}.")
        raise UnreadableFile(
            "unsupported_syntax", f"No decoder for {decoder.UID.name} is installed."
        )
    try:
        array, _ = decoder.as_array(film.dataset(), index=frame, raw=True)
    except Exception as error:  # plugins raise what they like; their messages may quote the header
        raise UnreadableFile(
            "undecodable", f"The picture cannot be decoded ({type(error).__name__})."
        ) from None
    wanted = (shape.rows, shape.columns) + ((shape.samples,) if shape.samples > 1 else ())
    if array.shape != wanted or array.dtype.kind not in "ui" or array.dtype.itemsize > 2:
        raise UnreadableFile("undecodable", "The decoded picture is not what its header says.")
    cells = np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}")
    return _fitted(cells, 8 * cells.dtype.itemsize, shape, (*notes, "decoded by pydicom"))


def _in_cells(cells: Cells, shape: Shape, notes: tuple[str, ...]) -> Stored:
    """Values that stand in their cells as the header says: bits stored below the high bit."""
    if shape.shift:
        notes = (*notes, f"high bit {shape.shift + shape.bits_stored - 1}: values shifted down")
    return Stored(cells, shape.bits_stored, shape.shift, shape.signed, notes)


def _in_stream(
    decoded: NDArray[Any], head: Codestream, shape: Shape, notes: tuple[str, ...]
) -> Stored:
    """Values out of a codestream, which has its own precision and, in JPEG 2000, its own sign."""
    if decoded.dtype.kind not in "ui" or decoded.dtype.itemsize > 2:
        raise UnreadableFile("unsupported_pixels", f"The samples have {head.precision} bits.")
    wanted = (shape.rows, shape.columns) + ((shape.samples,) if shape.samples > 1 else ())
    if decoded.shape != wanted:
        raise UnreadableFile("undecodable", "The decoded picture is not what its header says.")
    if head.signed != shape.signed and head.signed:
        notes = (*notes, "signed codestream, unsigned header: the header is followed")
    cells = np.ascontiguousarray(decoded).view(f"u{decoded.dtype.itemsize}")
    return _fitted(cells, head.precision, shape, notes)


def _fitted(cells: Cells, precision: int, shape: Shape, notes: tuple[str, ...]) -> Stored:
    """Choose between the codestream's precision and the header's bits stored.

    A 16-bit stream of 12-bit values is usual, and then the header is right. Values that do not
    fit into the bits stored show that the header is wrong (PS3.5 8.2.4 wants both the same).
    """
    if precision == shape.bits_stored or shape.samples > 1:
        return Stored(cells, precision, 0, shape.signed, notes)
    if precision < shape.bits_stored:
        if shape.signed:
            # Sign-extend where the stream has its sign; the range stays the header's.
            cells = _extended(cells, precision)
        return Stored(cells, shape.bits_stored, 0, shape.signed, notes)
    if _fits(cells, precision, shape):
        return Stored(cells, shape.bits_stored, 0, shape.signed, notes)
    note = f"{precision} bits in the codestream, {shape.bits_stored} in the header: stream taken"
    return Stored(cells, precision, 0, shape.signed, (*notes, note))


def _fits(cells: Cells, precision: int, shape: Shape) -> bool:
    """Whether all values fit into the bits stored, with their signs extended or not."""
    if int(cells.max()) < 1 << shape.bits_stored:
        return True
    half = 1 << (shape.bits_stored - 1)
    values = _extended(cells, precision).view(f"i{cells.dtype.itemsize}")
    return shape.signed and -half <= int(values.min()) and int(values.max()) < half


def _extended(cells: Cells, precision: int) -> Cells:
    """Cells whose value of so many bits is sign-extended to the whole cell."""
    room = 8 * cells.dtype.itemsize - precision
    signed = cells.view(f"i{cells.dtype.itemsize}")
    return ((signed << room) >> room).view(cells.dtype)
