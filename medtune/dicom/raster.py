"""Films that are no DICOM but plain pictures: PNG, JPEG or TIFF, as the public sets have them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import cv2
import imagecodecs
import numpy as np
from numpy.typing import NDArray

from medtune.dicom.codestream import read_codestream
from medtune.dicom.place import Place, Read, reader
from medtune.dicom.shape import MOST_PIXELS
from medtune.errors import UnreadableFile

_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg",
          b"II*\x00": "tiff", b"MM\x00*": "tiff"}  # fmt: skip
_PNG_SAMPLES = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # grey, RGB, palette, grey and alpha, RGBA
_MAGIC = 8  # bytes that tell the kind
_HEAD = 1 << 16  # bytes; a JPEG may have a thumbnail before its frame header
_MOST_BYTES = 1 << 30
_WHITE_IS_ZERO = 0  # TIFF 6.0, PhotometricInterpretation
# Luminance of RGB (ITU-R BT.601), as for colour DICOM
_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Raster:
    """What a picture says of itself before it is decoded.

    Attributes:
        kind: png, jpeg or tiff.
        rows, columns: extent.
        samples: values a pixel: 1 to 4.
        bits: of a value.
        inverted: whether zero is white.
    """

    kind: str
    rows: int
    columns: int
    samples: int
    bits: int
    inverted: bool


def raster_kind(start: bytes) -> str | None:
    """png, jpeg or tiff by how the file begins; None where it is none of them."""
    return next((kind for magic, kind in _KINDS.items() if start.startswith(magic)), None)


def raster_at(place: Place) -> bool:
    """Whether a place holds such a picture."""
    with place.open() as (file, _):
        return raster_kind(file.read(_MAGIC)) is not None


def raster_of(read: Read) -> Raster:
    """What a picture says of itself.

    Args:
        read: gives bytes of the file.

    Raises:
        UnreadableFile: bad_geometry, too_large or unsupported_pixels.
    """
    start = read(0, _HEAD)
    kind = raster_kind(start)
    try:
        found = {"png": _png, "jpeg": _jpeg, "tiff": _tiff}[kind or ""](start, read)
    except (struct.error, KeyError, IndexError, OverflowError):
        found = None
    if found is None or found.rows < 1 or found.columns < 1:
        raise UnreadableFile("bad_geometry", "The picture does not say how large it is.")
    if found.rows * found.columns > MOST_PIXELS:
        raise UnreadableFile("too_large", f"The picture has {found.rows} x {found.columns} pixels.")
    if found.samples not in (1, 2, 3, 4) or found.bits not in (1, 2, 4, 8, 16):
        raise UnreadableFile(
            "unsupported_pixels", f"The pixels have {found.samples} samples of {found.bits} bits."
        )
    return found


def read_raster(place: Place) -> tuple[NDArray[np.float32], Raster]:
    """Decode a picture.

    Args:
        place: a PNG, JPEG or TIFF.

    Returns:
        (H, W) in [0, 1], white as the file has it, colours as luminance; and what it says.

    Raises:
        UnreadableFile: as ``raster_of``; or undecodable.
    """
    with place.open() as (file, _):
        read = reader(file)
        raster = raster_of(read)
        data = read(0, _MOST_BYTES)
    try:
        decoded = _decoded(data, raster.kind)
    except Exception as error:  # each codec has its own exceptions
        raise UnreadableFile(
            "undecodable", f"The picture is damaged ({type(error).__name__})."
        ) from None
    if decoded is None or decoded.shape[:2] != (raster.rows, raster.columns):
        raise UnreadableFile("undecodable", "The picture is damaged.")
    if decoded.dtype not in (np.uint8, np.uint16):
        raise UnreadableFile("unsupported_pixels", f"The pixels are {decoded.dtype}.")
    pixels = _grey(decoded)
    if raster.inverted:
        pixels = 1 - pixels
    return pixels, raster


def _decoded(data: bytes, kind: str) -> NDArray[Any] | None:
    if kind == "png":
        return np.asarray(imagecodecs.png_decode(data))
    if kind == "jpeg":
        head = read_codestream(data)
        if head is None or not head.ended:
            return None
        return np.asarray(imagecodecs.jpeg8_decode(data))
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is not None and found.ndim == 3 and found.shape[2] >= 3:
        found = found[..., [2, 1, 0]]  # OpenCV's colours are BGR
    return found


def _grey(decoded: NDArray[Any]) -> NDArray[np.float32]:
    top = np.float32(np.iinfo(decoded.dtype).max)
    if decoded.ndim == 2:
        return decoded.astype(np.float32) / top
    if decoded.shape[2] < 3:  # grey and alpha
        return decoded[..., 0].astype(np.float32) / top
    grey: NDArray[np.float32] = decoded[..., :3].astype(np.float32) @ _WEIGHTS
    return np.clip(grey / top, 0, 1)


def _png(start: bytes, _: Read) -> Raster:
    """The IHDR chunk (PNG 11.2.1)."""
    columns, rows, bits, colour = struct.unpack_from(">IIBB", start, 16)
    return Raster("png", rows, columns, _PNG_SAMPLES[colour], bits, False)


def _jpeg(start: bytes, _: Read) -> Raster | None:
    head = read_codestream(start)
    if head is None:
        return None
    return Raster("jpeg", head.rows, head.columns, head.samples, head.precision, False)


def _tiff(start: bytes, read: Read) -> Raster:
    """The first image file directory (TIFF 6.0, section 2)."""
    order = "<" if start[:2] == b"II" else ">"
    (place,) = struct.unpack_from(f"{order}I", start, 4)
    directory = read(place, _HEAD)
    (count,) = struct.unpack_from(f"{order}H", directory, 0)
    found: dict[int, int] = {}
    for entry in range(count):
        tag, kind, values, value = struct.unpack_from(f"{order}HHII", directory, 2 + 12 * entry)
        if kind == 3 and values <= 2:  # SHORT, in the first two bytes
            (value,) = struct.unpack_from(f"{order}H", directory, 2 + 12 * entry + 8)
        elif kind == 3 and tag == 258:  # bits of each sample: elsewhere, all alike
            (value,) = struct.unpack(f"{order}H", read(value, 2))
        found[tag] = value
    return Raster(
        kind="tiff",
        rows=found[257],
        columns=found[256],
        samples=found.get(277, 1),
        bits=found.get(258, 1),
        inverted=found.get(262) == _WHITE_IS_ZERO,
    )
