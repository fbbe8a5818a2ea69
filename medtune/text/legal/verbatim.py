"""Which runs of words stand verbatim in a collection of texts, in linear time and exactly."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from medtune.evaluation.language import words

Hashes = NDArray[np.uint64]

# splitmix64 (Steele, Lea & Flood 2014): two runs of words have one hash by chance once in 2**64
GOLDEN, FIRST, SECOND = (
    np.uint64(c) for c in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
NOBODY = -1


def word_hashes(text: str) -> Hashes:
    """One number a word, in any case, punctuation left out; the same in every process."""
    known: dict[str, int] = {}
    said = words(text)
    for word in said:
        if word not in known:
            digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            known[word] = int.from_bytes(digest, "little")
    return np.fromiter((known[word] for word in said), dtype=np.uint64, count=len(said))


class Collection:
    """Texts, each of somebody, that can be asked for runs of words.

    Args:
        texts: of any number.
        owners: whose each text is, a number from 0; of runs of words of one's own nobody asks.
        size: words of the shortest run that counts.
    """

    def __init__(self, texts: Sequence[str], owners: Sequence[int], size: int) -> None:
        parts: list[Hashes] = []
        whose: list[NDArray[np.int64]] = []
        for place, (text, owner) in enumerate(zip(texts, owners, strict=True)):
            said = word_hashes(text)
            border = _mixed(
                np.array([place], np.uint64), np.array([size], np.uint64)
            )  # no word: a run ends here
            parts += [said, border]
            whose.append(np.full(len(said) + 1, owner))
        self._size = size
        self._words = np.concatenate(parts) if parts else np.empty(0, np.uint64)
        self._owner = np.concatenate(whose) if whose else np.empty(0, np.int64)
        self._doubled: dict[int, Hashes] = {}
        runs = self._runs_of(size)
        order = np.argsort(runs, kind="stable")
        self._known, first = np.unique(runs[order], return_index=True)
        owners_of = self._owner[: len(runs)][order]
        if len(runs):  # whose a run is, or nobody's alone
            low = np.minimum.reduceat(owners_of, first)
            high = np.maximum.reduceat(owners_of, first)
            self._only = np.where(low == high, low, NOBODY)
        else:
            self._only = np.empty(0, np.int64)

    def holds(self, said: Hashes, but_of: int | None = None) -> NDArray[np.bool_]:
        """Whether the run of ``size`` words at each place stands in a text of somebody else.

        Args:
            said: words of a draft, see ``word_hashes``.
            but_of: an owner whose texts do not count.

        Returns:
            One value for each run: ``size - 1`` fewer than words.
        """
        runs = runs_of(said, self._size)
        if not len(self._known) or not len(runs):
            return np.zeros(len(runs), bool)
        place = np.minimum(np.searchsorted(self._known, runs), len(self._known) - 1)
        found = self._known[place] == runs
        return found if but_of is None else found & (self._only[place] != but_of)

    def longest(self, said: Hashes, allowed: NDArray[np.bool_], but_of: int | None = None) -> int:
        """Words of the longest run of a draft that stands in one text of somebody else.

        A part of a run that stands there stands there too, so the length is found by halving.

        Args:
            said: words of a draft.
            allowed: for each run of ``size`` words, whether it may be part of the longest.
            but_of: an owner whose texts do not count.
        """
        stretches = _stretches(self.holds(said, but_of) & allowed)
        low = self._size if stretches else 0
        high = max((end - start + self._size - 1 for start, end in stretches), default=0)
        while low < high:
            middle = (low + high + 1) // 2
            asked = [
                runs_of(said[start : end + self._size - 1], middle) for start, end in stretches
            ]
            if self._any_of(np.concatenate(asked), middle, but_of):
                low = middle
            else:
                high = middle - 1
        return low

    def _any_of(self, asked: Hashes, length: int, but_of: int | None) -> bool:
        asked, ours = np.unique(asked), self._runs_of(length)
        if not len(asked) or not len(ours):
            return False
        place = np.minimum(np.searchsorted(asked, ours), len(asked) - 1)
        found = asked[place] == ours
        if but_of is not None:
            found &= self._owner[: len(ours)] != but_of
        return bool(found.any())

    def _runs_of(self, length: int) -> Hashes:
        return runs_of(self._words, length, self._doubled)


def runs_of(said: Hashes, length: int, doubled: dict[int, Hashes] | None = None) -> Hashes:
    """One number for each run of so many words, in order.

    A run is named by its first and its last power of two of words, which overlap and so say it
    whole (Karp, Miller & Rosenberg 1972): log2 of the length in steps, each over all words.

    Args:
        said: words.
        length: at least 1.
        doubled: what earlier calls with the same words computed, by powers of two.
    """
    if len(said) < length:
        return np.empty(0, np.uint64)
    doubled = {} if doubled is None else doubled
    doubled.setdefault(1, said)
    power = 1
    while 2 * power <= length:
        if 2 * power not in doubled:
            doubled[2 * power] = _mixed(doubled[power][:-power], doubled[power][power:])
        power *= 2
    runs, rest = doubled[power], length - power
    return runs if not rest else _mixed(runs[:-rest], runs[rest:])


def _mixed(first: Hashes, second: Hashes) -> Hashes:
    z = (first * FIRST + GOLDEN) ^ (second + (first >> np.uint64(29)))
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return z ^ (z >> np.uint64(31))


def _stretches(true: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where runs of true values begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
