"""Where the bytes of a film are: in a file, or in a member of a zip archive."""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

from medtune.errors import UnreadableFile

Read = Callable[[int, int], bytes]
"""From an offset on, so many bytes; fewer at the end."""

ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # how an archive begins, and an empty one
MOST_BYTES = 4 << 30  # of a member; radiographs have tens of megabytes, and zeros pack well
_ARCHIVES = 8  # kept open at a time: the list of a large archive takes long to read
_ENCRYPTED = 0x1
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, OverflowError)


@dataclass(frozen=True, order=True)
class Place:
    """A file, or a member of an archive. Its repr shows nothing: names can name patients.

    Attributes:
        path: the file or the archive.
        member: name in the archive, or ''.
    """

    path: Path = field(repr=False)
    member: str = field(default="", repr=False)

    @contextmanager
    def open(self) -> Iterator[tuple[BinaryIO, int]]:
        """The bytes as a binary file at its beginning, and their number.

        Raises:
            UnreadableFile: unreadable, damaged_archive, encrypted_archive or too_large.
        """
        try:
            if self.member:
                with _member(self) as (file, size):
                    yield file, size
                return
            # Anything but a file (a pipe, a device) could keep the reader waiting for ever.
            if not self.path.is_file():
                raise UnreadableFile("unreadable", "This is no file, or it is not there any more.")
            with self.path.open("rb", buffering=0) as file:
                yield cast(BinaryIO, file), os.fstat(file.fileno()).st_size
        except OSError as error:
            raise UnreadableFile(
                "unreadable", f"The file cannot be read ({type(error).__name__})."
            ) from None


def reader(file: BinaryIO) -> Read:
    """Reading at any offset of an open file."""

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    return read


@contextmanager
def _member(place: Place) -> Iterator[tuple[BinaryIO, int]]:
    archive = _archive(place.path)
    try:
        info = archive.getinfo(place.member)
    except KeyError:
        raise UnreadableFile("unreadable", "The archive has no such member any more.") from None
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFile("encrypted_archive", "The archive needs a password.")
    if info.file_size > MOST_BYTES:
        raise UnreadableFile("too_large", "The member of the archive is larger than any film.")
    try:
        opened = archive.open(info)
    except NotImplementedError:
        raise UnreadableFile(
            "damaged_archive", "The archive is packed in a way that is not supported."
        ) from None
    except _DAMAGE as error:
        raise _damaged(error) from None
    with opened as file:
        yield cast(BinaryIO, _Member(cast(BinaryIO, file))), info.file_size


class _Member:
    """A member whose damage is said in our words, wherever it shows."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except _DAMAGE as error:
            raise _damaged(error) from None

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._file.seek(offset, whence)
        except _DAMAGE as error:
            raise _damaged(error) from None

    def tell(self) -> int:
        return self._file.tell()


def members(path: Path) -> list[str]:
    """The names of an archive's members, folders left out, sorted.

    Raises:
        UnreadableFile: damaged_archive or unreadable.
    """
    # Of members of one name only the last can be read.
    return sorted({info.filename for info in _archive(path).infolist() if not info.is_dir()})


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        stat = path.stat()
        return _opened(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise UnreadableFile(
            "unreadable", f"The archive cannot be read ({type(error).__name__})."
        ) from None
    except _DAMAGE as error:
        raise _damaged(error) from None


@lru_cache(maxsize=_ARCHIVES)
def _opened(path: Path, size: int, modified: int) -> zipfile.ZipFile:
    """An archive; a changed one is another."""
    return zipfile.ZipFile(path)


def _damaged(error: Exception) -> UnreadableFile:
    return UnreadableFile("damaged_archive", f"The archive is damaged ({type(error).__name__}).")
