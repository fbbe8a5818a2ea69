"""The headers of many files at once: numpy walks all of them in step, an element at a time.

It is the walk of ``scan`` for files that are in every way usual; the others are left to it.
Python then touches the wanted values only, not the hundred others that a radiograph has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medtune.dicom.elements import tag_of, vr_of
from medtune.dicom.scan import HEAD, PIXEL_TAGS, is_explicit
from medtune.dicom.wanted import META, TOLD

WINDOW = 8192  # bytes of a file that are looked at, at a time
SPARE = 2  # a file in so many may need another window
_PREAMBLE = 128
_UNDEFINED = 0xFFFFFFFF
# The group of what opens and closes items, and two of its elements as ``scan`` has them
_DELIMITERS, _ITEM_END, _SEQUENCE_END = 0xFFFE, 0xE00DFFFE, 0xE0DDFFFE
_MOST_STEPS = 2000
_LONGEST = 4096  # bytes of a wanted value; the longer ones are left to ``scan``

COLUMNS: Final = tuple(tag_of(keyword) for keyword in (*META, *TOLD))
_PIXELS = len(COLUMNS)  # the column of pixel data
_SYNTAX = COLUMNS.index(tag_of("TransferSyntaxUID"))
_NONE = _PIXELS + 1

More = Callable[[int, int, int], int]
"""From a file, an offset in it and a window: read on into that window; how many bytes came."""


def _code(vr: str | bytes) -> int:
    return int.from_bytes(vr if isinstance(vr, bytes) else vr.encode(), "little")


def _columns() -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Tables from a group to its place in the second, and from that and an element to a column."""
    tags = {tag: column for column, tag in enumerate(COLUMNS)}
    tags |= dict.fromkeys(PIXEL_TAGS, _PIXELS)
    groups = sorted({tag >> 16 for tag in tags})
    place = np.zeros(1 << 16, np.int32)
    place[groups] = np.arange(1, len(groups) + 1) << 16
    column = np.full((len(groups) + 1) << 16, _NONE, np.uint8)
    for tag, number in tags.items():
        column[place[tag >> 16] + (tag & 0xFFFF)] = number
    return place, column


def _allowed() -> NDArray[np.uint16]:
    """(2, columns): the value representations that a column may have."""
    allowed = np.zeros((2, _NONE + 1), np.uint16)
    for place, tag in enumerate((*COLUMNS, PIXEL_TAGS[-1])):
        vrs = [_code(vr) for vr in vr_of(tag).split(" or ")]
        allowed[:, place] = vrs[0], vrs[-1]
    return allowed


_GROUP, _COLUMN = _columns()
_ALLOWED = _allowed()
_HEADS: Final = np.zeros(1 << 16, np.int64)
for _vr, _bytes in HEAD.items():
    _HEADS[_code(_vr)] = _bytes
_SQ = _code("SQ")


@dataclass(slots=True)
class Walked:
    """What was found in one file.

    Attributes:
        columns: the columns of ``COLUMNS`` that it has, one a byte, in its order.
        values: the value of each, and None behind them.
        explicit: whether elements state their value representation.
    """

    columns: bytes
    values: list[bytes | None]
    explicit: bool


def walk(window: bytearray, read: Sequence[int], more: More) -> list[Walked | None]:
    """Walk through the headers of files, up to their pixel data.

    Args:
        window: room for as many windows as there are files, for one in ``SPARE`` more, and 16
            bytes; the first bytes of each file stand in its window.
        read: how many bytes of each file there are.
        more: reads on.

    Returns:
        For each file what was found; None where the walk did not come to the pixel data.
    """
    count = len(read)
    # A word of 8 bytes, and one of 4, from every byte on
    words = np.ndarray((len(window) - 7,), "<u8", window, 0, (1,))
    fours = np.ndarray((len(window) - 3,), "<u4", window, 0, (1,))
    start = np.arange(count) * WINDOW
    file = np.flatnonzero(fours[start + _PREAMBLE] == _code(b"DICM"))
    at, limit = start[file] + _PREAMBLE + 4, (start + np.asarray(read))[file] - 12
    behind = -start[file]  # what makes a place in the window an offset in the file
    meta = np.ones(len(file), bool)
    plain = np.zeros(len(file), bool)  # whether a length of 4 bytes follows the tag
    depth = np.zeros(len(file), np.int64)
    owner = list(range(count))  # of each window
    nested, in_meta = False, True  # whether any walk is inside a sequence, or the meta information
    taken: list[tuple[NDArray[Any], ...]] = []
    syntax: dict[int, bytes] = {}
    explicit, usual = [True] * count, [False] * count
    for _ in range(_MOST_STEPS):
        if not len(file):
            break
        word = words[at]
        parts = word.view("<u2").reshape(-1, 4)
        group, vr = parts[:, 0], parts[:, 2]
        head, length = _HEADS[vr], parts[:, 3].astype(np.int64)
        odd = head == 0
        if in_meta:
            for place in np.flatnonzero(meta & (group != 2)).tolist():
                said = _encoding(syntax.get(int(file[place]), b""))
                explicit[file[place]] = said is True
                plain[place], odd[place] = said is False, odd[place] or said is None
                meta[place] = False
            in_meta = bool(meta.any())
        four = plain | (group == _DELIMITERS) if nested else plain
        if four.any():
            head[four] = 8
            length[four] = word.view("<u4").reshape(-1, 2)[four, 1]
            odd &= ~four
        long = np.flatnonzero(head == 12)
        if len(long):
            length[long] = fours[at[long] + 8]
        column = _COLUMN[_GROUP[group] + parts[:, 1]]
        value = at + head
        at = value + length
        if nested or length.max() == _UNDEFINED:
            undefined = length == _UNDEFINED
            key = word & 0xFFFFFFFF
            closed = (key == _ITEM_END) | (key == _SEQUENCE_END)
            opened = undefined & ~((column == _PIXELS) & (depth == 0))
            at = np.where(undefined | closed, value, at)
            # Of a wanted sequence the end is not known yet; UN of undefined length is implicit
            # inside (PS3.5 6.2.2); what closes here was never opened.
            odd |= opened & (((column != _NONE) & (depth == 0)) | ~(four | (vr == _SQ)))
            odd |= closed & (depth == 0)
            column = np.where(depth == 0, column, _NONE)
            depth += opened
            depth -= closed
            nested = bool(depth.any())
        here = np.flatnonzero(column != _NONE)
        done = odd
        if len(here):
            which, stated, behind_it = column[here], vr[here], at[here]
            pixels = which == _PIXELS
            strange = (_ALLOWED[0, which] != stated) & (_ALLOWED[1, which] != stated)
            strange &= ~four[here]
            strange |= ~pixels & ((behind_it > limit[here]) | (length[here] > _LONGEST))
            strange |= odd[here]
            done = odd.copy()
            done[here[strange | pixels]] = True
            for found in file[here[pixels & ~strange]].tolist():
                usual[found] = True
            kept = ~(strange | pixels)
            here, which = here[kept], which[kept]
            taken.append((value[here], which, behind_it[kept]))
            if in_meta:
                for place in here[which == _SYNTAX].tolist():
                    syntax[int(file[place])] = bytes(window[value[place] : at[place]])
        for place in np.flatnonzero((at > limit) & ~done).tolist():
            offset, begin = int(at[place] + behind[place]), len(owner) * WINDOW
            fits = begin + WINDOW + 16 <= len(window)
            came = more(int(file[place]), offset, len(owner)) if fits else 0
            done[place] = came < 12
            if fits:
                owner.append(int(file[place]))
            at[place], limit[place] = begin, begin + came - 12
            behind[place] = offset - begin
        if done.any():
            on = ~done
            file, at, limit, behind = file[on], at[on], limit[on], behind[on]
            meta, plain, depth = meta[on], plain[on], depth[on]
    return _sliced(window, taken, owner, usual, explicit)


def _sliced(
    window: bytearray,
    taken: list[tuple[NDArray[Any], ...]],
    owner: list[int],
    usual: list[bool],
    explicit: list[bool],
) -> list[Walked | None]:
    """Cut the values out, window by window: their bytes are near each other then."""
    found: list[Walked | None] = [None] * len(usual)
    if not taken:
        return found
    first, column, last = (np.concatenate(each) for each in zip(*taken, strict=True))
    place = first // WINDOW
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(owner)), side="right").tolist()
    columns = column[order].tobytes()
    first, last = first - place * WINDOW, last - place * WINDOW
    firsts, lasts = first[order].tolist(), last[order].tolist()
    view, begin = memoryview(window), 0
    for number, (file, end) in enumerate(zip(owner, ends, strict=True)):
        if usual[file] and end > begin:
            whole = bytes(view[number * WINDOW : (number + 1) * WINDOW])
            values: list[bytes | None] = [
                whole[a:b] for a, b in zip(firsts[begin:end], lasts[begin:end], strict=True)
            ]
            values.append(None)
            before = found[file]
            if before is None:
                found[file] = Walked(columns[begin:end], values, explicit[file])
            else:
                both = before.values[:-1] + values
                found[file] = Walked(before.columns + columns[begin:end], both, explicit[file])
        begin = end
    return found


def _encoding(syntax: bytes) -> bool | None:
    """Whether the data set is explicit; None where it is unusual."""
    return is_explicit(syntax.decode("latin-1").rstrip("\0 "))
