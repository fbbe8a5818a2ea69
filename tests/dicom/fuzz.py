"""Damage done to good files: a function of a seed, so that what it finds can be found again."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np

from medtune.dicom.decoders import SYNTAXES

Damage = Callable[[bytearray, np.random.Generator, Sequence[bytes]], bytearray]

HEADER = 4096  # most of what a header says stands in its first bytes
EXTREMES = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
SHAPE = (0x0002, 0x0008, 0x0010, 0x0011, 0x0100, 0x0101, 0x0102, 0x0103, 0x0120, 0x0121)


def damaged(seed: int, files: Sequence[bytes]) -> bytes:
    """One file, damaged one to three times.

    Args:
        seed: of everything that is drawn.
        files: good ones, in an order that does not change.
    """
    rng = np.random.default_rng(seed)
    file = bytearray(files[rng.integers(len(files))])
    for _ in range(rng.integers(1, 4)):
        file = DAMAGES[rng.integers(len(DAMAGES))](file, rng, files)
    return bytes(file)


def _place(file: bytearray, rng: np.random.Generator, width: int = 1) -> int:
    """Somewhere, half of the time in the header."""
    end = len(file) if rng.random() < 0.5 else min(HEADER, len(file))
    return int(rng.integers(0, max(end - width, 0) + 1))


def flip(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """Turn some bits over."""
    for _ in range(rng.integers(1, 65)):
        place = _place(file, rng)
        if place < len(file):
            file[place] ^= 1 << rng.integers(8)
    return file


def cut(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """Leave the end away."""
    return file[: _place(file, rng)]


def remove(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """Take something out of the middle."""
    place = _place(file, rng)
    del file[place : place + int(rng.integers(1, 300))]
    return file


def lengthen(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """Put something in: noise, zeros, or what stands there already, again and again."""
    place, length = _place(file, rng), int(rng.integers(1, 300))
    kind = rng.integers(3)
    if kind == 0:
        more = rng.bytes(length)
    elif kind == 1:
        more = bytes(length)
    else:
        more = bytes(file[place : place + length]) * int(rng.integers(1, 50))
    file[place:place] = more
    return file


def splice(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """Go on as another file does."""
    other = bytearray(files[rng.integers(len(files))])
    return file[: _place(file, rng)] + other[_place(other, rng) :]


def extreme(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """A number as great, or as small, as it gets: a length, if it falls on one."""
    value = EXTREMES[rng.integers(len(EXTREMES))]
    form = "<I" if value > 0xFFFF or rng.random() < 0.5 else "<H"
    place = _place(file, rng, 4) & ~1
    if place + 4 <= len(file):
        struct.pack_into(form, file, place, value)
    return file


def reshape(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """Another number in the image pixel module: rows, columns, bits, sign, padding."""
    element = SHAPE[rng.integers(len(SHAPE))]
    place = file.find(struct.pack("<HH2sH", 0x0028, element, b"US", 2))
    if 0 <= place <= len(file) - 10:
        values = (*EXTREMES[:4], 8, 12, 16, int(rng.integers(0x10000)))
        struct.pack_into("<H", file, place + 8, values[rng.integers(len(values))])
    return file


def retell(file: bytearray, rng: np.random.Generator, files: Sequence[bytes]) -> bytearray:
    """Another transfer syntax than the file is in."""
    place = file.find(struct.pack("<HH2s", 0x0002, 0x0010, b"UI"))
    if place >= 0 and place + 8 <= len(file):
        length = struct.unpack_from("<H", file, place + 6)[0]
        uid = list(SYNTAXES)[rng.integers(len(SYNTAXES))].encode()
        uid += b"\0" * (len(uid) % 2)
        file[place + 6 : place + 8 + length] = struct.pack("<H", len(uid)) + uid
    return file


DAMAGES: tuple[Damage, ...] = (flip, cut, remove, lengthen, splice, extreme, reshape, retell)
