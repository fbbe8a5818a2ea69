"""Whose small words a draft has: Burrows's Delta."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from medtune.errors import DataError
from medtune.evaluation.language import words
from medtune.text.legal.markup import without_markup
from medtune.text.legal.share import Share

MOST = 150  # of the most frequent words: they are small words, which no subject asks for
FEWEST = 100  # words of a draft; it is unsure below some thousands (Eder 2015)


class Delta:
    """Distances of a draft from the house and from others, by the most frequent words.

    Burrows 2002, "Delta": frequencies as z-scores over all documents, and the mean absolute
    difference to the mean of each side. It needs no teaching, and so is a second opinion beside
    ``house_style``; the house's subject matters less to it.

    It cannot see: anything of texts under ``FEWEST`` words; rare words, layout, terms. Of clauses
    it is unsure.

    Args:
        house: documents of the house, of training matters only.
        generic: documents of others.

    Raises:
        DataError: a side has no words, or there are fewer than three documents in all.
    """

    def __init__(self, house: Sequence[str], generic: Sequence[str]) -> None:
        sides = [[*filter(None, (_words(text) for text in side))] for side in (house, generic)]
        if not all(sides) or sum(map(len, sides)) < 3:
            raise DataError("Delta needs documents of both sides, and three in all.")
        total = Counter(word for side in sides for said in side for word in said)
        ordered = sorted(total, key=lambda word: (-total[word], word))[:MOST]
        self._place = {word: place for place, word in enumerate(ordered)}
        shares = [np.stack([self._shares(said) for said in side]) for side in sides]
        every = np.concatenate(shares)
        self._mean, spread = every.mean(axis=0), every.std(axis=0, ddof=1)
        self._spread = np.where(spread > 0, spread, np.inf)  # a word that tells nothing
        self._centres = [self._z(side.mean(axis=0)) for side in shares]

    def distances(self, draft: str) -> tuple[float, float] | None:
        """Delta to the house and to the others; None of too few words."""
        said = _words(draft)
        if len(said) < FEWEST:
            return None
        z = self._z(self._shares(said))
        house, generic = (float(np.abs(z - centre).mean()) for centre in self._centres)
        return house, generic

    def nearer_to_house(self, draft: str) -> Share:
        """1 where the draft is nearer to the house than to the others."""
        found = self.distances(draft)
        nothing = f"the draft has fewer than {FEWEST} words"
        return Share(0, 0, nothing) if found is None else Share(found[0] < found[1], 1, nothing)

    def _shares(self, said: list[str]) -> NDArray[np.float64]:
        counts = np.zeros(len(self._place))
        for word in said:
            if (place := self._place.get(word)) is not None:
                counts[place] += 1
        return counts / len(said)

    def _z(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        return (shares - self._mean) / self._spread


def _words(text: str) -> list[str]:
    return words(without_markup(text))
