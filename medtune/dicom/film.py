"""An open film: its header, read the fast way or by pydicom, and the way to its pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import FileDataset
from pydicom.uid import MediaStorageDirectoryStorage

from medtune.dicom.opening import open_dataset
from medtune.dicom.place import Place, reader
from medtune.dicom.scan import scan
from medtune.dicom.values import Tags, raw, text
from medtune.errors import UnreadableFile

_MOST_BYTES = 1 << 30  # of compressed pixels: all frames together


@dataclass(frozen=True)
class Film:
    """A file that was opened as DICOM; it is closed again, and opened anew for its pixels.

    Attributes:
        tags: the header.
        syntax: UID of the transfer syntax; '' where the file does not say.
        implicit, big_endian: how elements are written, as far as it is known.
        has_pixels: whether there is pixel data.
        encapsulated: whether the pixel data stands in fragments of undefined length.
        pixels: (offset, length) to the bytes of the pixel data there; length None is the rest.
        dataset: the file as pydicom reads it, for what only pydicom can do.
    """

    tags: Tags = field(repr=False)
    syntax: str
    implicit: bool | None
    big_endian: bool
    has_pixels: bool
    encapsulated: bool
    pixels: Callable[[int, int | None], bytes | None] = field(repr=False)
    dataset: Callable[[], FileDataset] = field(repr=False)


def open_film(place: Path | Place, *, pixels: bool) -> Film:
    """Open a file.

    Args:
        place: any file, or a member of an archive.
        pixels: whether the pixels will be wanted.

    Raises:
        UnreadableFile: unreadable, not_dicom, dicomdir, too_large or damaged_header.
    """
    place = place if isinstance(place, Place) else Place(place)
    with place.open() as (file, size):
        found = scan(reader(file), size)
    if found is None:
        return film_of(*open_dataset(place, pixels=pixels))
    if text(found.meta, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
        raise UnreadableFile("dicomdir", "The file is a DICOMDIR, a list of films.")

    def stretch(offset: int, length: int | None) -> bytes | None:
        if found.pixels is None:
            return None
        most = _MOST_BYTES if found.length is None else max(found.length - offset, 0)
        length = most if length is None else min(length, most)
        begin = found.pixels + offset
        with place.open() as (file, size):
            file.seek(begin)
            return file.read(min(length, max(size - begin, 0)))

    return Film(
        tags=found.header,
        syntax=found.syntax,
        implicit=not found.header.explicit,
        big_endian=False,
        has_pixels=found.pixels is not None,
        encapsulated=found.length is None,
        pixels=stretch,
        dataset=lambda: open_dataset(place, pixels=True)[0],
    )


def film_of(dataset: FileDataset, has_pixels: bool = True) -> Film:
    """A film of what pydicom has read."""

    def stretch(offset: int, length: int | None) -> bytes | None:
        data = raw(dataset, "PixelData")
        if not isinstance(data, bytes):
            return None
        return data[offset : None if length is None else offset + length]

    implicit, little = dataset.original_encoding
    return Film(
        tags=dataset,
        syntax=text(dataset.file_meta, "TransferSyntaxUID") or "",
        implicit=implicit,
        big_endian=little is False,  # None where it was not read from a file
        has_pixels=has_pixels,
        encapsulated=_undefined(dataset),
        pixels=stretch,
        dataset=lambda: dataset,
    )


def _undefined(dataset: FileDataset) -> bool:
    try:
        return bool(dataset["PixelData"].is_undefined_length)
    except Exception:  # absent, or malformed in one of many ways
        return False
