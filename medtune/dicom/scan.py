"""The wanted elements of a header, found in the first kilobytes of a file by skipping the others.

Private blocks, overlays and icons are skipped by their lengths and never read. What is unusual
(no preamble, deflated, big endian, a value representation that contradicts the dictionary, a
length that leads out of the file) is no matter of this module: it says None, and pydicom reads
the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final

from medtune.dicom.elements import CHARACTER_SETS, Elements, tag_of, vr_of
from medtune.dicom.place import Read
from medtune.dicom.wanted import META, WANTED

_CHUNK = 8192
_LONGEST = 1 << 24  # bytes of a wanted value: lookup tables are the longest
_LONGEST_TEXT = 0xFFFF
_LONG = ("SQ", "US or OW", "OV")
_PREAMBLE = 128
_UNDEFINED = 0xFFFFFFFF
_IMPLICIT = "1.2.840.10008.1.2"
_EXPLICIT = "1.2.840.10008.1.2.1"
_ENCAPSULATED = ("1.2.840.10008.1.2.4.", "1.2.840.10008.1.2.5")  # explicit, little endian

HEAD: Final = {
    **dict.fromkeys((b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS"), 8),
    **dict.fromkeys((b"LO", b"LT", b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL"), 8),
    b"US": 8,
    **dict.fromkeys((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN"), 12),
    **dict.fromkeys((b"UR", b"UT", b"UV"), 12),
}
"""Bytes of an element's head by its value representation (PS3.5 7.1.2)."""


def _key(tag: int) -> int:
    """A tag as its four bytes read as one little-endian number."""
    return (tag >> 16) | (tag & 0xFFFF) << 16


_ITEM, _ITEM_END, _SEQUENCE_END = _key(0xFFFEE000), _key(0xFFFEE00D), _key(0xFFFEE0DD)
_ENDS = (_ITEM_END, _SEQUENCE_END)
_END = struct.pack("<II", _ITEM_END, 0)
PIXEL_TAGS: Final = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # float, double float, whole numbers
_PIXELS: Final = frozenset(_key(tag) for tag in PIXEL_TAGS)


def _known(tags: Iterable[int]) -> dict[int, dict[bytes, int]]:
    """Keys of the tags, each with the value representations that it may have."""
    return {
        _key(tag): dict.fromkeys((b"", *vr_of(tag).encode().split(b" or ")), tag) for tag in tags
    }


_ITEM_KEYS: Final = _known(tag_of(keyword) for keyword in WANTED)
_KEYS: Final = _ITEM_KEYS | _known(PIXEL_TAGS)
_META_KEYS: Final = {_key(tag_of(keyword)): tag_of(keyword) for keyword in META}

_explicit_head = struct.Struct("<I2sH").unpack_from
_implicit_head = struct.Struct("<II").unpack_from
_long = struct.Struct("<I").unpack_from


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found.

    Attributes:
        header: the wanted elements.
        meta: those of the file meta information.
        syntax: UID of the transfer syntax.
        pixels: offset of the pixel data's value in the file; None where there is none.
        length: its bytes; None where it is undefined, as in compressed pixels.
    """

    header: Elements
    meta: Elements
    syntax: str
    pixels: int | None
    length: int | None


@dataclass(frozen=True, slots=True)
class FileMeta:
    """The file meta information (PS3.10 7.1), which is always explicit and little endian.

    Attributes:
        elements: the wanted ones.
        syntax: UID of the transfer syntax.
        end: offset of the data set behind it.
    """

    elements: Elements
    syntax: str
    end: int


class _Unusual(Exception):
    """The file is for pydicom."""


def scan(read: Read, size: int) -> Scan | None:
    """Find the wanted elements of a file.

    Args:
        read: gives so many bytes from an offset on, fewer at the end of the file.
        size: bytes in it.

    Returns:
        What was found; None where the file is not of the usual kind.
    """
    start = read(0, _CHUNK)
    meta = file_meta(start)
    if meta is None:
        return None
    explicit = is_explicit(meta.syntax)
    if explicit is None:
        return None
    walk = _Walk(read, size, explicit)
    try:
        walk.to_the_end(meta.end, start)
        header = _elements(walk, explicit)
    except (_Unusual, struct.error):
        return None
    return Scan(header, meta.elements, meta.syntax, walk.pixels, walk.length)


def is_explicit(syntax: str) -> bool | None:
    """Whether elements state their value representation; None for what is left to pydicom."""
    if syntax == _EXPLICIT or syntax.startswith(_ENCAPSULATED):
        return True
    return False if syntax == _IMPLICIT else None


def file_meta(start: bytes) -> FileMeta | None:
    """The file meta information; None where it is not of the usual kind.

    Args:
        start: the first kilobytes of a file.
    """
    if start[_PREAMBLE : _PREAMBLE + 4] != b"DICM":
        return None
    found: dict[int, bytes] = {}
    offset = _PREAMBLE + 4
    try:
        while True:
            key, vr, length = _explicit_head(start, offset)
            if key & 0xFFFF != 2:
                break
            head = HEAD.get(vr, 0)
            if head == 12:
                (length,) = _long(start, offset + 8)
            if not head or offset + head + length > len(start):
                return None
            if key in _META_KEYS:
                found[_META_KEYS[key]] = start[offset + head : offset + head + length]
            offset += head + length
    except struct.error:
        return None
    meta = elements(found, True, "latin-1")
    syntax = meta.get("TransferSyntaxUID")
    return FileMeta(meta, syntax, offset) if syntax else None


def _elements(walk: _Walk, explicit: bool) -> Elements:
    stated = walk.values.get(tag_of("SpecificCharacterSet"), b"").strip(b" \0")
    encoding = CHARACTER_SETS.get(stated)
    if encoding is None:
        if not all(value.isascii() for tag, value in walk.values.items() if _is_text(tag)):
            raise _Unusual
        encoding = "latin-1"
    return Elements(walk.values, walk.signed, explicit, encoding, _items)


def _is_text(tag: int) -> bool:
    return vr_of(tag) in ("LO", "SH", "PN", "LT", "ST", "UC", "UT")


class _Walk:
    """A walk over the elements of one data set, from head to head, and what was found on it."""

    def __init__(self, read: Read, size: int, explicit: bool) -> None:
        self.read, self.size, self.explicit = read, size, explicit
        self.values: dict[int, bytes] = {}
        self.signed: set[int] = set()
        self.pixels: int | None = None
        self.length: int | None = None

    def to_the_end(self, offset: int, buffer: bytes, *, inside: bool = False) -> int:
        """Walk to the pixel data, else to the end.

        Args:
            offset: where the first element is.
            buffer: the bytes at the file's beginning.
            inside: whether this is an item, which is ended by its delimiter.

        Returns:
            Where the walk ended.
        """
        explicit, head_of, values = self.explicit, HEAD.get, self.values
        keys = _KEYS if not inside else _ITEM_KEYS
        base, at, last = 0, offset, len(buffer) - 12
        while True:
            if at > last:
                base, at = base + at, 0
                if base >= self.size and not inside:
                    if base > self.size:
                        raise _Unusual
                    return base
                buffer = self.read(base, _CHUNK)
                last = len(buffer) - 12
                if last < -4:
                    raise _Unusual
            if explicit:
                key, vr, length = _explicit_head(buffer, at)
                head = head_of(vr)
                if head == 8:
                    value = at + 8
                elif head == 12:
                    (length,) = _long(buffer, at + 8)
                    value = at + 12
                elif inside and key == _ITEM_END:
                    return base + at + 8
                else:
                    raise _Unusual
            else:
                key, length = _implicit_head(buffer, at)
                vr, value = b"", at + 8
                if inside and key == _ITEM_END:
                    return base + value
            at = value + length
            if key in keys:
                if length == _UNDEFINED and key not in _PIXELS:
                    at = self._past_sequence(base + value, vr) - base
                    length = at - value - 8  # the delimiter is left away
                tag = keys[key].get(vr)
                if tag is None:
                    raise _Unusual
                if tag in PIXEL_TAGS:
                    self.pixels = base + value
                    self.length = None if length == _UNDEFINED else length
                    return base + value
                if vr == b"SS":
                    self.signed.add(tag)
                if length > _LONGEST_TEXT and vr_of(tag) not in _LONG:
                    raise _Unusual
                found = buffer[value : value + length]
                values[tag] = found if len(found) == length else self._value(base + value, length)
            elif length == _UNDEFINED:
                at = self._past_sequence(base + value, vr) - base

    def _past_sequence(self, offset: int, vr: bytes) -> int:
        """Where a sequence of undefined length ends, behind its delimiter."""
        if self.explicit and vr != b"SQ":
            raise _Unusual  # UN of undefined length is implicit inside (PS3.5 6.2.2)
        depth = 1
        buffer, base = b"", offset
        while depth:
            at = offset - base
            if at + 12 > len(buffer):
                buffer, base, at = self.read(offset, _CHUNK), offset, 0
                if len(buffer) < 8:
                    raise _Unusual
            key, length = _implicit_head(buffer, at)
            head = 8
            if key == _ITEM:
                depth += length == _UNDEFINED
            elif key in _ENDS:
                depth -= 1
                length = 0
            else:
                if self.explicit:
                    key, vr, length = _explicit_head(buffer, at)
                    head = HEAD.get(vr, 0)
                    if head == 12:
                        (length,) = _long(buffer, at + 8)
                    if not head or (length == _UNDEFINED and vr != b"SQ"):
                        raise _Unusual
                depth += length == _UNDEFINED
            offset += head + (0 if length == _UNDEFINED else length)
            if offset > self.size:
                raise _Unusual
        return offset

    def _value(self, offset: int, length: int) -> bytes:
        if length > _LONGEST:
            raise _Unusual
        value = self.read(offset, length)
        if len(value) < length:
            raise _Unusual
        return value


def _items(data: bytes, parent: Elements) -> list[Elements]:
    """The items of a sequence.

    Raises:
        ValueError: the sequence is damaged.
    """
    items, offset = [], 0
    try:
        while offset < len(data):
            key, length = _implicit_head(data, offset)
            begin = offset + 8
            if key != _ITEM or (length != _UNDEFINED and begin + length > len(data)):
                raise _Unusual
            ended = data[begin:] if length == _UNDEFINED else data[begin : begin + length] + _END
            walk = _Walk(_reader(ended), len(ended), parent.explicit)
            end = walk.to_the_end(0, ended, inside=True)
            offset = begin + (end if length == _UNDEFINED else length)
            items.append(
                Elements(walk.values, walk.signed, parent.explicit, parent.encoding, _items)
            )
    except (_Unusual, struct.error):
        raise ValueError("a damaged sequence") from None
    return items


def elements(
    values: dict[int, bytes], explicit: bool, encoding: str, signed: Set[int] = frozenset()
) -> Elements:
    """Elements of their bytes."""
    return Elements(values, signed, explicit, encoding, _items)


def _reader(data: bytes) -> Read:
    return lambda offset, length: data[offset : offset + length]
