"""Small files that ask for much: memory, time, or depth."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset

from tests.dicom.conftest import make

RAMP = np.arange(4096, dtype=np.uint16).reshape(64, 64)
DEFLATED, RLE = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
JPEG = "1.2.840.10008.1.2.4."
UNDEFINED = 0xFFFFFFFF
PIXELS = struct.pack("<HH", 0x7FE0, 0x0010)
ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, UNDEFINED)


def saved(dataset: Dataset) -> bytes:
    """The file."""
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def before_pixels(dataset: Dataset, element: bytes) -> bytes:
    """The file with something more in front of its pixel data."""
    file = saved(dataset)
    place = file.rindex(PIXELS)
    return file[:place] + element + file[place:]


def long_form(group: int, element: int, vr: bytes, length: int) -> bytes:
    """The beginning of an element with a length of 32 bits."""
    return struct.pack("<HH2sHI", group, element, vr, 0, length)


def eight_bits(frame: bytes, rows: int, columns: int, syntax: str) -> Dataset:
    """A compressed film of 8 bits."""
    shape = {"Rows": rows, "Columns": columns}
    return make(frame, BitsAllocated=8, BitsStored=8, HighBit=7, syntax=syntax, **shape)


def deflated(megabytes: int) -> bytes:
    """A file that inflates to so many megabytes."""
    file = saved(make(RAMP, syntax=DEFLATED))
    meta = 132 + 12 + struct.unpack_from("<I", file, 140)[0]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = squeeze.compress(zlib.decompress(file[meta:], -15)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    # after a full flush a block stands for itself, so that it can be repeated
    block = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return file[:meta] + start + block * megabytes + squeeze.flush()


def run_lengths(segments: int, samples: int) -> bytes:
    """Run-length encoding that goes on for 500 megabytes a segment, behind a header of 64 x 64."""
    segment = b"\x81\x00" * (4 << 20)
    offsets = [64 + number * len(segment) for number in range(segments)]
    head = struct.pack("<16I", segments, *offsets, *[0] * (15 - segments))
    dataset = eight_bits(head + segment * segments, 64, 64, RLE)
    if samples == 3:
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
        dataset.PlanarConfiguration = 0
    elif segments == 2:
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    return saved(dataset)


def jpeg_2000(rows: int, columns: int, said: int) -> bytes:
    """A codestream whose SIZ segment (T.800 A.5.1) speaks of more than there is."""
    frame = bytearray(imagecodecs.jpeg2k_encode(RAMP, reversible=True, codecformat="j2k"))
    struct.pack_into(">2I", frame, 8, columns, rows)
    return saved(make(bytes(frame), Rows=said, Columns=said, syntax=f"{JPEG}90"))


def endless_scans(scans: int) -> bytes:
    """A progressive JPEG of 4096 x 4096 that goes over the picture again and again."""
    side = 4096
    tables = b"\xff\xdb" + struct.pack(">HB", 67, 0) + b"\1" * 64
    for kind in (0x00, 0x10):
        tables += b"\xff\xc4" + struct.pack(">HB", 20, kind) + bytes([1] + [0] * 15) + b"\0"
    head = b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, side, side, 1) + bytes([1, 0x11, 0])
    first = b"\xff\xda" + struct.pack(">HB", 8, 1) + bytes([1, 0, 0, 0, 1]) + bytes(16)
    again = b"\xff\xda" + struct.pack(">HB", 8, 1) + bytes([1, 0, 1, 63, 0])
    frame = b"\xff\xd8" + tables + head + first + again * scans + b"\xff\xd9"
    return saved(eight_bits(frame, side, side, f"{JPEG}50"))


def nested(syntax: str | None, vr: bytes, depth: int) -> bytes:
    """Sequences in sequences."""
    if syntax == IMPLICIT:
        level = struct.pack("<HHI", 0x0040, 0x0275, UNDEFINED) + ITEM
        return before_pixels(make(RAMP, syntax=IMPLICIT), level * depth)
    level = long_form(0x0040, 0x0275, vr, UNDEFINED) + ITEM
    return before_pixels(make(RAMP), level * depth)


def many_items(count: int) -> bytes:
    """One sequence of many empty items."""
    empty = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * count
    sequence = long_form(0x0028, 0x3010, b"SQ", UNDEFINED) + empty
    return before_pixels(make(RAMP), sequence + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))


def many_values(count: int, syntax: str) -> bytes:
    """A window with millions of centres."""
    text = b"1\\" * count
    parts = b""
    for element in (0x1050, 0x1051):
        if syntax == IMPLICIT:
            parts += struct.pack("<HHI", 0x0028, element, len(text)) + text
        else:
            parts += long_form(0x0028, element, b"UN", len(text)) + text
    return before_pixels(make(RAMP, syntax=syntax), parts)


def offset_table(offset: int) -> bytes:
    """A basic offset table of 100 000 frames that all lie elsewhere."""
    frame = imagecodecs.jpegls_encode(RAMP)
    frame += b"\0" * (len(frame) % 2)
    dataset = make(frame, Rows=64, Columns=64, NumberOfFrames=1, syntax=f"{JPEG}80")
    table = struct.pack("<I", offset) * 100_000
    dataset.PixelData = b"".join(
        [
            struct.pack("<HHI", 0xFFFE, 0xE000, len(table)) + table,
            struct.pack("<HHI", 0xFFFE, 0xE000, len(frame)) + frame,
            struct.pack("<HHI", 0xFFFE, 0xE0DD, 0),
        ]
    )
    return saved(dataset)


def extended_offsets(offset: int, length: int) -> bytes:
    """An extended offset table that points out of the file."""
    dataset = make(imagecodecs.jpegls_encode(RAMP), Rows=64, Columns=64, syntax=f"{JPEG}80")
    dataset.ExtendedOffsetTable = struct.pack("<Q", offset)
    dataset.ExtendedOffsetTableLengths = struct.pack("<Q", length)
    return saved(dataset)


def empty_fragments(count: int) -> bytes:
    """A compressed picture in fragments that hold nothing."""
    dataset = make(b"ab", Rows=64, Columns=64, NumberOfFrames=1, syntax=f"{JPEG}80")
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * count
    dataset.PixelData = items + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return saved(dataset)


def long_pixels(length: int) -> bytes:
    """Pixel data whose length is a lie."""
    file = bytearray(saved(make(RAMP, Rows=65)))
    struct.pack_into("<I", file, file.rindex(PIXELS) + 8, length)
    return bytes(file)


# what makes the file, and what read_xray says of it
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "60000 x 60000 pixels": (lambda: saved(make(RAMP, Rows=60000, Columns=60000)), "too_large"),
    "2^31 frames": (lambda: saved(make(RAMP, NumberOfFrames=2**31 - 1)), "too_large"),
    "pixel data of 2^32 bytes": (lambda: long_pixels(0xFFFFFFFE), "truncated"),
    "an element of 2^32 bytes": (
        lambda: before_pixels(make(RAMP), long_form(0x0043, 0x1010, b"OB", 0xFFFFFFFE)),
        "no_pixels",
    ),
    "deflated to 10 gigabytes": (lambda: deflated(10_000), "too_large"),
    "run lengths without end": (lambda: run_lengths(1, 1), "undecodable"),
    "run lengths without end, 16 bits": (lambda: run_lengths(2, 1), "undecodable"),
    "run lengths without end, colour": (lambda: run_lengths(3, 3), "undecodable"),
    "JPEG 2000 of 2000000 x 2000000": (
        lambda: jpeg_2000(2_000_000, 2_000_000, 64),
        "bad_geometry",
    ),
    "JPEG 2000 of 65535 x 65535 and a header to match": (
        lambda: jpeg_2000(65535, 65535, 65535),
        "too_large",
    ),
    "a JPEG of 20 000 scans": (lambda: endless_scans(20_000), "undecodable"),
    "100 000 nested sequences": (lambda: nested(None, b"SQ", 100_000), "damaged_header"),
    "100 000 nested sequences, implicit": (
        lambda: nested(IMPLICIT, b"", 100_000),
        "damaged_header",
    ),
    "100 000 nested unknowns": (lambda: nested(None, b"UN", 100_000), "damaged_header"),
    "10 000 items": (lambda: many_items(10_000), "read"),
    "4 million window centres": (lambda: many_values(4_000_000, EXPLICIT), "read"),
    "4 million window centres, implicit": (lambda: many_values(4_000_000, IMPLICIT), "read"),
    # the only fragment of the only frame is the picture, whatever a table says
    "an offset table that points at itself": (lambda: offset_table(0), "read"),
    "an offset table that points far away": (lambda: offset_table(0xFFFFFFF0), "read"),
    "extended offsets that point far away": (lambda: extended_offsets(2**63, 2**63 - 1), "read"),
    "200 000 empty fragments": (lambda: empty_fragments(200_000), "undecodable"),
}
