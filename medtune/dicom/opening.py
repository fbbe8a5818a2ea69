"""Open one file as DICOM, or say in one word why not."""

from __future__ import annotations

import logging
import struct
import warnings
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from pydicom.dataset import FileDataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag
from pydicom.uid import MediaStorageDirectoryStorage

from medtune.dicom.inflate import Inflatable
from medtune.dicom.values import text
from medtune.errors import UnreadableFile

# pydicom's complaints quote the values that it dislikes, and these may name a patient: they must
# reach neither a terminal nor a log.
warnings.filterwarnings("ignore", module=r"pydicom\b")
logging.getLogger("pydicom").propagate = False

PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # float, double float and whole numbers
_PREAMBLE = 128
_LONG_VRS = (
    b"OB",
    b"OD",
    b"OF",
    b"OL",
    b"OV",
    b"OW",
    b"SQ",
    b"SV",
    b"UC",
    b"UN",
    b"UR",
    b"UT",
    b"UV",
)
_SHORT_VRS = (
    *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN"),
    *(b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
)


def open_dataset(path: Path, *, pixels: bool) -> tuple[FileDataset, bool]:
    """Read a file's header, and its pixels where they are wanted.

    Args:
        path: any file.
        pixels: whether to read the pixel data too.

    Returns:
        The dataset, and whether the file has pixel data.

    Raises:
        UnreadableFile: unreadable, not_dicom, dicomdir or damaged_header.
    """
    try:
        # Anything but a file (a pipe, a device) could keep the reader waiting for ever.
        if not path.is_file():
            raise UnreadableFile("unreadable", "This is no file, or it is not there any more.")
        with Inflatable(FileIO(path)) as file:
            size = path.stat().st_size
            force = not _has_preamble(file)
            if force and not _starts_like_a_dataset(file, size):
                raise UnreadableFile("not_dicom", "The file does not begin as DICOM does.")
            dataset, has_pixels = _parse(file, force, pixels)
    except OSError as error:
        raise UnreadableFile(
            "unreadable", f"The file cannot be read ({type(error).__name__})."
        ) from None
    if text(dataset.file_meta, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        raise UnreadableFile("dicomdir", "The file is a DICOMDIR, a list of films.")
    return dataset, has_pixels


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


def _has_preamble(file: BinaryIO) -> bool:
    start = file.read(_PREAMBLE + 4)
    file.seek(0)
    return start[_PREAMBLE:] == b"DICM"


def _starts_like_a_dataset(file: BinaryIO, size: int) -> bool:
    """Whether a file without preamble begins with two sane elements of group 2 or 8.

    The elements must stand in ascending order and lie within the file, in one of the three
    encodings (PS3.5 7.1.2, 7.1.3).
    """
    start = file.read(4096)
    file.seek(0)
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
        if explicit and vr in _SHORT_VRS:
            length = struct.unpack_from(f"{order}H", start, offset + 6)[0]
            head = 8
        elif explicit and vr in _LONG_VRS:
            length = struct.unpack_from(f"{order}L", start, offset + 8)[0]
            head = 12
        elif not explicit:
            length = struct.unpack_from(f"{order}L", start, offset + 4)[0]
            head = 8
        else:
            return False
        if length % 2 or offset + head + length > size:
            return False
        last, offset = tag, offset + head + length
    return True
