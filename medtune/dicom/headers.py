"""The headers of many files, the usual ones of them all at once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from operator import itemgetter
from typing import Any

from medtune.dicom.elements import CHARACTER_SETS, tag_of, vr_of
from medtune.dicom.facts import GROUPS, LONG, together
from medtune.dicom.header import Header
from medtune.dicom.identity import KEYWORDS, identity_by
from medtune.dicom.lockstep import COLUMNS, SPARE, WINDOW, Walked, walk
from medtune.dicom.scan import elements
from medtune.dicom.values import items, text_of

MOST = 1024  # files at a time
THREADS = 16  # they wait for the disk, or for the network behind it
_SLICE = 32  # files that a thread reads at a time
_SLOW = 3e-4  # seconds a file: where reading takes longer, threads wait side by side
_DICOMDIR = b"1.2.840.10008.1.3.10"
_IN_CHARACTER_SET = [vr_of(tag) in ("LO", "SH", "PN", "LT", "ST") for tag in COLUMNS]
_mine = threading.local()


def headers_of(paths: Sequence[str]) -> list[Header | None]:
    """The headers of files.

    Args:
        paths: at most ``MOST``.

    Returns:
        For each file its header; None where it is not of the usual kind, or has no pixels, and
        has to be looked at alone.
    """
    window = _window()
    read = _read_all(paths, window)

    def more(file: int, offset: int, place: int) -> int:
        return _read(paths[file], window, place, offset)

    return [None if found is None else _header(found) for found in walk(window, read, more)]


def _read_all(paths: Sequence[str], window: bytearray) -> list[int]:
    """Read the beginnings of files, each into its window: one after the other, or side by side."""
    read: list[int] = []
    start = time.perf_counter()
    for place, path in enumerate(paths[:_SLICE]):
        read.append(_read(path, window, place, 0))
    if len(read) < _SLICE or time.perf_counter() - start < _SLICE * _SLOW:
        return read + [
            _read(path, window, place, 0) for place, path in enumerate(paths[_SLICE:], _SLICE)
        ]

    def some(begin: int) -> list[int]:
        part = enumerate(paths[begin : begin + _SLICE], begin)
        return [_read(path, window, place, 0) for place, path in part]

    with ThreadPoolExecutor(THREADS) as pool:
        for part in pool.map(some, range(_SLICE, len(paths), _SLICE)):
            read += part
    return read


def _window() -> bytearray:
    """This thread's buffer: making one anew costs more than reading into it."""
    if not hasattr(_mine, "window"):
        _mine.window = bytearray((MOST + MOST // SPARE) * WINDOW + 16)
    window: bytearray = _mine.window
    return window


def _read(path: str, window: bytearray, place: int, offset: int) -> int:
    """Read bytes of a file into a window; 0 where it cannot be read."""
    try:
        # A pipe would keep the reader waiting for ever.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return 0
    try:
        room = memoryview(window)[place * WINDOW : (place + 1) * WINDOW]
        return os.preadv(file, [room], offset)
    except OSError:
        return 0
    finally:
        os.close(file)


def _header(found: Walked) -> Header | None:
    of = _places(found.columns)
    values = found.values
    if (of.sop_class(values) or b"").startswith(_DICOMDIR):
        return None
    encoding = CHARACTER_SETS.get((of.character_set(values) or b"").strip(b" \0"))
    if encoding is None:
        if not all(value is None or value.isascii() for value in of.texts(values)):
            return None  # only pydicom knows this character set
        encoding = "latin-1"
    parts = [
        group.of_bytes((encoding, found.explicit, *get(values)))
        for group, get in zip(GROUPS, of.groups, strict=True)
    ]
    parts.append(_tables(of.tables(values), found.explicit))
    syntax = text_of(of.syntax(values), "latin-1")
    said = [text_of(value, encoding) for value in of.identity(values)]
    return Header(together(parts, syntax), identity_by(*said))


def _tables(values: tuple[bytes | None, ...], explicit: bool) -> dict[str, Any]:
    return {
        name: value is not None
        and bool(items(elements({tag_of(keyword): value}, explicit, "latin-1"), keyword))
        for (name, keyword), value in zip(LONG.items(), values, strict=True)
    }


Get = Callable[[Sequence[bytes | None]], Any]


class _Places:
    """Where values stand in files that have the same elements in the same order."""

    def __init__(self, columns: bytes) -> None:
        self._at = {column: place for place, column in enumerate(columns)}
        self.groups = [self._several(group.tags) for group in GROUPS]
        self.identity = self._several([tag_of(keyword) for keyword in KEYWORDS])
        self.tables = self._several([tag_of(keyword) for keyword in LONG.values()])
        self.texts = self._several(
            [tag for tag, text in zip(COLUMNS, _IN_CHARACTER_SET, strict=True) if text]
        )
        self.sop_class = self._one("MediaStorageSOPClassUID")
        self.syntax = self._one("TransferSyntaxUID")
        self.character_set = self._one("SpecificCharacterSet")

    def _place(self, tag: int) -> int:
        return self._at.get(COLUMNS.index(tag), -1)  # behind the values stands None

    def _several(self, tags: Sequence[int]) -> Get:
        places = [self._place(tag) for tag in tags]
        if len(places) == 1:
            return lambda values: (values[places[0]],)
        return itemgetter(*places)

    def _one(self, keyword: str) -> Get:
        return itemgetter(self._place(tag_of(keyword)))


_places = lru_cache(maxsize=4096)(_Places)
