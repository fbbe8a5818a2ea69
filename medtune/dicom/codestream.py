"""What a compressed picture says of itself, read before anything is decoded or allocated."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_JP2 = b"\x00\x00\x00\x0cjP  "
# Start-of-frame markers of JPEG (T.81 table B.1; C4, C8 and CC mean other things) and JPEG-LS
# (T.87 C.2.2)
_SOF = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_SCAN = b"\xff\xda"  # start of scan in JPEG and JPEG-LS
_END = b"\xff\xd9"  # end of image in JPEG and JPEG-LS, end of codestream in JPEG 2000


@dataclass(frozen=True)
class Codestream:
    """The frame header of a JPEG, JPEG-LS or JPEG 2000 stream.

    Attributes:
        rows, columns, samples: shape of the picture.
        precision: bits of a sample.
        signed: whether samples are signed (only JPEG 2000 can say so).
        ended: whether the stream has its end marker; without it, something is missing.
        scans: passes over the picture (JPEG and JPEG-LS); 1 in JPEG 2000.
    """

    rows: int
    columns: int
    samples: int
    precision: int
    signed: bool
    ended: bool
    scans: int = 1


def read_codestream(data: bytes) -> Codestream | None:
    """Read the frame header; None where there is none that makes sense.

    Args:
        data: one frame, as it is stored.
    """
    try:
        found = _jpeg_2000(data) if data[:2] != b"\xff\xd8" else _jpeg(data)
    except (struct.error, IndexError):
        return None
    if found is None or found.rows < 1 or found.columns < 1 or found.samples < 1:
        return None
    return found


def _ended(data: bytes) -> bool:
    """Whether the end marker stands at the end, or before what fills up to an even length."""
    last = data[-4:]
    return last.find(_END) >= 0 or (not last.strip(b"\x00") and data.rstrip(b"\x00").endswith(_END))


def _jpeg(data: bytes) -> Codestream | None:
    offset = 2
    while True:
        if data[offset] != 0xFF:
            return None
        marker = data[offset + 1]
        if marker == 0xFF or marker in _ALONE:  # fill bytes may stand before a marker
            offset += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack_from(">H", data, offset + 2)[0]
        if marker in _SOF:
            precision, rows, columns, samples = struct.unpack_from(">BHHB", data, offset + 4)
            # Inside of coded data FF is always followed by something that is no marker.
            # One component in one process has one scan; decoders refuse a second one.
            several = samples > 1 or marker in _PROGRESSIVE
            scans = data.count(_SCAN) if several else 1
            return Codestream(rows, columns, samples, precision, False, _ended(data), scans)
        offset += 2 + length


def _jpeg_2000(data: bytes) -> Codestream | None:
    """The SIZ segment (T.800 A.5.1), inside a JP2 file or bare."""
    offset = 0
    if data.startswith(_JP2):
        while data[offset + 4 : offset + 8] != b"jp2c":
            length = struct.unpack_from(">I", data, offset)[0]
            if length < 8:
                return None
            offset += length
        offset += 8
    if data[offset : offset + 4] != b"\xff\x4f\xff\x51":
        return None
    right, bottom, left, top = struct.unpack_from(">4I", data, offset + 8)
    samples, size = struct.unpack_from(">HB", data, offset + 40)
    precision, signed = (size & 0x7F) + 1, bool(size & 0x80)
    return Codestream(bottom - top, right - left, samples, precision, signed, _ended(data))
