"""Texts that stand in the data twice, or nearly so: what one split knows of another."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from medtune.evaluation.language import words

SHINGLE = 5  # words that follow one another
NEAR = 0.8  # Jaccard similarity of shingles from which two texts are nearly the same
HASHES = 128
BANDS = 32  # of 4 hashes: 1 - (1 - 0.8**4)**32 of the pairs at 0.8 share one, all but 5 in 10**8
CROWD = 50  # texts in one band: of more, each is compared with the first only
PRIME = np.uint64((1 << 31) - 1)


@dataclass(frozen=True)
class Twins:
    """Two texts.

    Attributes:
        first, second: their places, the lower first.
        similarity: Jaccard similarity of their shingles; 1 where they are the same but for case,
            blanks and punctuation.
    """

    first: int
    second: int
    similarity: float


def find_twins(texts: Sequence[str], *, near: float = NEAR) -> list[Twins]:
    """Pairs of texts that are the same or nearly so.

    MinHash (Broder 1997) proposes pairs, whose similarity is then counted exactly; of a group of
    equal texts each is paired with the first only.

    Args:
        texts: N of them; those without a word are never alike.
        near: similarity from which a pair is told.
    """
    shingles = [_shingles(text) for text in texts]
    first_of: dict[bytes, int] = {}
    found: list[Twins] = []
    kept: list[int] = []
    for place, hashes in enumerate(shingles):
        if not hashes.size:
            continue
        first = first_of.setdefault(hashes.tobytes(), place)
        if first != place:
            found.append(Twins(first, place, 1.0))
        else:
            kept.append(place)
    for a, b in sorted(_proposed([shingles[place] for place in kept])):
        ours, theirs = shingles[kept[a]], shingles[kept[b]]
        common = np.intersect1d(ours, theirs, assume_unique=True).size
        similarity = common / (ours.size + theirs.size - common)
        if similarity >= near:
            found.append(Twins(kept[a], kept[b], float(similarity)))
    return sorted(found, key=lambda pair: (pair.first, pair.second))


def _shingles(text: str) -> NDArray[np.uint64]:
    """Sorted hashes of a text's runs of five words; of fewer words, of them all."""
    said = words(unicodedata.normalize("NFKC", text))
    if not said:
        return np.empty(0, dtype=np.uint64)
    runs = {" ".join(said[i : i + SHINGLE]) for i in range(max(1, len(said) - SHINGLE + 1))}
    return np.sort(np.fromiter((_hash(run) for run in runs), dtype=np.uint64, count=len(runs)))


def _hash(text: str) -> int:
    """The same in every process, as Python's own hash is not."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _proposed(shingles: Sequence[NDArray[np.uint64]]) -> set[tuple[int, int]]:
    """Pairs that share a band of their signatures."""
    draw = np.random.default_rng(0)
    a = draw.integers(1, PRIME, HASHES, dtype=np.uint64)
    b = draw.integers(0, PRIME, HASHES, dtype=np.uint64)
    pairs: set[tuple[int, int]] = set()
    if not shingles:
        return pairs
    # universal hashing (Carter & Wegman 1979); products of two numbers below 2**31 do not overflow
    signatures = np.stack([(((s % PRIME)[:, None] * a + b) % PRIME).min(axis=0) for s in shingles])
    for band in np.split(signatures, BANDS, axis=1):
        alike: dict[bytes, list[int]] = defaultdict(list)
        for place, key in enumerate(band):
            alike[key.tobytes()].append(place)
        for places in alike.values():
            ahead = places if len(places) <= CROWD else places[:1]
            pairs.update((x, y) for i, x in enumerate(ahead) for y in places[i + 1 :])
    return pairs
