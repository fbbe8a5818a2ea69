"""Several conversations in one row of tokens: fewer empty places, the same loss."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence


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
