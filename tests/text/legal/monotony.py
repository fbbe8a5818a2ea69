"""Texts that make a careless pattern try everything: one piece over and over."""

from __future__ import annotations

import time
from collections.abc import Callable

PIECES = [
    '"', "“A", "(", '("', '("A', "A ", "Aa ", "a", "# ", "Aa of ", "<a ", "[a](", "\n", '"A" and ',
    "A means", "Section 1, ", "1.", "1.1 ", "Section 1(a)", "é", "---\n", "$1,", "$ ", "(a) ",
]  # fmt: skip
FEW = PIECES[::9]  # for every test run; all of them where there is time


def within_seconds(measure: Callable[[str], object], piece: str, size: int) -> None:
    """Let a measure read so many characters, in 20 s of processor time a megabyte at most."""
    text = piece * (size // len(piece))
    begin = time.process_time()
    measure(text)
    spent = time.process_time() - begin
    assert spent < 5 + 20 * size / 1_000_000, f"{spent:.1f} s for {size} characters of {piece!r}"
