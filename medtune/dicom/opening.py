"""Open one file as DICOM, or say in one word why not."""

from __future__ import annotations

import logging
import struct
import warnings
import zlib
from pathlib import Path
from typing import BinaryIO

from pydicom.dataset import FileDataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian, MediaStorageDirectoryStorage

from medtune.dicom.place import Place
from medtune.dicom.scan import HEAD, file_meta
from medtune.dicom.values import text
from medtune.errors import UnreadableFile

# pydicom's complaints quote the values that it dislikes, and these may name a patient: they must
# reach neither a terminal nor a log.
warnings.filterwarnings("ignore", module=r"pydicom\b")
logging.getLogger("pydicom").propagate = False

PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # float, double float and whole numbers
_PREAMBLE = 128
_LOOKED_AT = 8192
_PIECE = 1 << 20
MOST_INFLATED = 1 << 29  # bytes; a film of 100 million pixels has less


def open_dataset(place: Path | Place, *, pixels: bool) -> tuple[FileDataset, bool]:
    """Read a file's header by pydicom, and its pixels where they are wanted.

    Args:
        place: any file, or a member of an archive.
        pixels: whether to read the pixel data too.

    Returns:
        The dataset, and whether the file has pixel data.

    Raises:
        UnreadableFile: unreadable, not_dicom, dicomdir, too_large or damaged_header.
    """
    place = place if isinstance(place, Place) else Place(place)
    with place.open() as (file, size):
        start = file.read(_LOOKED_AT)
        force = start[_PREAMBLE : _PREAMBLE + 4] != b"DICM"
        if force and not _starts_like_a_dataset(start, size):
            raise UnreadableFile("not_dicom", "The file does not begin as DICOM does.")
        _refuse_bomb(start, file)
        file.seek(0)
        dataset, has_pixels = _parse(file, force, pixels)
    if text(dataset.file_meta, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        raise UnreadableFile("dicomdir", "The file is a DICOMDIR, a list of films.")
    return dataset, has_pixels


def _refuse_bomb(start: bytes, file: BinaryIO) -> None:
    """Refuse a deflated data set that would fill the memory, before pydicom inflates it.

    Raises:
        UnreadableFile: too_large.
    """
    found = file_meta(start)
    if found is None or found.syntax != DeflatedExplicitVRLittleEndian:
        return
    file.seek(found.end)
    inflate, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    waiting = b""
    try:
        while size <= MOST_INFLATED and (waiting or (waiting := file.read(_PIECE))):
            size += len(inflate.decompress(waiting, _PIECE))
            waiting = inflate.unconsumed_tail
    except zlib.error:
        return  # pydicom will say that it is damaged
    if size > MOST_INFLATED:
        raise UnreadableFile("too_large", "The deflated file holds more than any radiograph.")


def _parse(file: BinaryIO, force: bool, pixels: bool) -> tuple[FileDataset, bool]:
    """Read up to the pixel data or to the end, and see whether there is pixel data."""
    has_pixels = False

    def stop(tag: BaseTag, vr: str | None, length: int) -> bool:
        nonlocal has_pixels
        has_pixels = has_pixels or tag in PIXEL_TAGS
        return has_pixels and not pixels

    try:
        dataset = read_partial(file, stop, force=force)
    except UnreadableFile:
        raise
    except OSError as error:
        if error.errno:
            raise  # the disk's fault, not the file's
        raise UnreadableFile("damaged_header", _damage(error)) from None
    except Exception as error:
        # On a damaged file pydicom raises nearly anything (struct.error, zlib.error,
        # RecursionError, NotImplementedError ...); its message may quote a patient's data.
        raise UnreadableFile("damaged_header", _damage(error)) from None
    if not len(dataset):
        raise UnreadableFile("damaged_header", "The header holds no element.")
    return dataset, has_pixels


def _damage(error: Exception) -> str:
    return f"The header is damaged ({type(error).__name__})."


def _starts_like_a_dataset(start: bytes, size: int) -> bool:
    """Whether a file without preamble begins with two sane elements of group 2 or 8.

    The elements must stand in ascending order and lie within the file, in one of the three
    encodings (PS3.5 7.1.2, 7.1.3).
    """
    return any(
        _sane_start(start, size, order, explicit)
        for order, explicit in (("<", True), ("<", False), (">", True))
    )


def _sane_start(start: bytes, size: int, order: str, explicit: bool) -> bool:
    offset, last = 0, 0
    for _ in range(2):
        if offset + 12 > len(start):
            # The first element is longer than what was looked at; it must still be in the file.
            return last > 0 and offset < size
        group, element = struct.unpack_from(f"{order}HH", start, offset)
        tag = group << 16 | element
        if group not in (0x0002, 0x0008) or (last and tag <= last):
            return False
        vr = start[offset + 4 : offset + 6]
        head = HEAD.get(vr, 8)
        if explicit and vr in HEAD:
            code, place = ("H", 6) if head == 8 else ("L", 8)
            length = struct.unpack_from(f"{order}{code}", start, offset + place)[0]
        elif not explicit:
            length, head = struct.unpack_from(f"{order}L", start, offset + 4)[0], 8
        else:
            return False
        if length % 2 or offset + head + length > size:
            return False
        last, offset = tag, offset + head + length
    return True
