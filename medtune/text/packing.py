"""Several conversations in one row of tokens: fewer empty places, the same loss."""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from collections.abc import Sequence

USEFUL = 0.995  # share of places that hold a token: rows that are as full are left as they are
ROWS = (12, 20)  # taken apart in one try
LONGEST = 0.9  # how often a row begins with the longest that is left
SEED = 0  # of the tries: the same lengths, the same rows


def full_rows(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Which conversations share a row: by best fit, and better where that leaves places empty.

    Some rows, the emptier ones rather, are taken apart and filled anew, each as far as its
    conversations can (minimum bin slack: Gupta & Ho 1999; Fleszar & Hindi 2002, Comput. Oper. Res.
    29:821). What is no better is thrown away; better are fewer rows, or emptiness in fewer of them.
    It ends with ``USEFUL``, with the fewest rows that could be, or after half as many tries as
    there are conversations. It is a function of the lengths alone.

    Args:
        lengths: tokens of each; none longer than ``room``.
        room: of a row.

    Returns:
        Rows of numbers, each number once.

    Raises:
        ValueError: one is longer than a row: what is too long is told before, never cut here.
    """
    rows = best_fit(lengths, room)
    if not rows:
        return rows
    least = min(lengths)
    alone = [row for row in rows if lengths[row[0]] + least > room]
    rows = [row for row in rows if lengths[row[0]] + least <= room]
    shared = sum(lengths[i] for row in rows for i in row)
    goal = max(-(-shared // room), int(sum(lengths) / (USEFUL * room)) - len(alone))
    free = [room - sum(lengths[i] for i in row) for row in rows]
    draw = random.Random(SEED)
    for _ in range(len(lengths) // 2):
        if len(rows) <= goal:
            break
        pairs = [(draw.randrange(len(rows)), draw.randrange(len(rows)))
                 for _ in range(draw.randint(*ROWS))]  # fmt: skip
        taken = sorted({max(pair, key=free.__getitem__) for pair in pairs})
        new = _filled([i for at in taken for i in rows[at]], lengths, room, len(taken), draw)
        left = [room - sum(lengths[i] for i in row) for row in new]
        empty = [room] * (len(taken) - len(new))
        if not new or sum(n**2 for n in left + empty) < sum(free[at] ** 2 for at in taken):
            continue
        for at, row, space in zip(taken, new, left, strict=False):
            rows[at], free[at] = row, space
        for at in reversed(taken[len(new) :]):
            del rows[at], free[at]
    return alone + rows


def _filled(
    numbers: list[int], lengths: Sequence[int], room: int, most: int, draw: random.Random
) -> list[list[int]]:
    """Conversations in at most so many rows, one after the other as full as can be; or none.

    A row begins with the longest that is left, now and then with any, so that no two tries are the
    same; it takes what fills it best.
    """
    left = sorted(numbers, key=lambda i: (-lengths[i], i))
    sizes = [lengths[i] for i in left]
    rows: list[list[int]] = []
    while left:
        if len(rows) == most:
            return []
        first = 0 if draw.random() < LONGEST else draw.randrange(len(left))
        row, gap = [left.pop(first)], room - sizes.pop(first)
        for at in _filling(sizes, gap):  # the last first, so that the others keep their places
            row.append(left.pop(at))
            del sizes[at]
        rows.append(row)
    return rows


def _filling(lengths: Sequence[int], gap: int) -> list[int]:
    """Which of these lengths fill a gap as far as can be, by the sums that can be had.

    Args:
        lengths: the longest first.
        gap: to be filled.

    Returns:
        Their places, the last first.
    """
    within = (1 << (gap + 1)) - 1
    sums = 1  # bit s is set where some of the lengths so far have the sum s
    steps: list[tuple[int, int]] = []  # which, and the sums before it
    for at in range(bisect_left(lengths, -gap, key=int.__neg__), len(lengths)):
        steps.append((at, sums))
        sums |= (sums << lengths[at]) & within
        if sums >> gap:
            break
    total = sums.bit_length() - 1
    chosen = []
    for at, before in reversed(steps):
        if not before >> total & 1:
            chosen.append(at)
            total -= lengths[at]
    return chosen


def best_fit(lengths: Sequence[int], room: int) -> list[list[int]]:
    """Which conversations share a row: the longest first, each where it leaves least room.

    Best-fit decreasing needs at most 11/9 of the fewest rows, and one (Johnson et al. 1974). It
    is a function of the lengths alone; equal ones keep their order.

    Args:
        lengths: tokens of each; none longer than ``room``.
        room: of a row.

    Returns:
        Rows of numbers, each number once.

    Raises:
        ValueError: one is longer than a row: what is too long is told before, never cut here.
    """
    if any(length > room for length in lengths):
        raise ValueError("a conversation is longer than a row")
    rows: list[list[int]] = []
    free: list[tuple[int, int]] = []  # (room left, row), sorted
    for number in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        length = lengths[number]
        at = bisect_left(free, (length, -1))
        if at == len(free):
            rows.append([number])
            insort(free, (room - length, len(rows) - 1))
            continue
        left, row = free.pop(at)
        rows[row].append(number)
        insort(free, (left - length, row))
    return rows
