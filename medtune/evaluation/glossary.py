"""The words of a house: terms that its own texts use more than generic text does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from medtune.evaluation.language import words

FEWEST_TEXTS = 3  # a word of one or two texts is nobody's term


@dataclass(frozen=True)
class Term:
    """A term.

    Attributes:
        words: in small letters; one or two words.
        z: how many standard errors its log-odds are above those of generic text.
        texts: in how many of the house's texts it stands.
    """

    words: str
    z: float
    texts: int


def mine_terms(house: Iterable[str], generic: Iterable[str], *, most: int = 300) -> list[Term]:
    """Terms by log-odds with an informative Dirichlet prior.

    Monroe, Colaresi & Quinn 2008, "Fightin' Words", equations 16 and 22: the prior is the generic
    text's own frequencies, so that a word that is rare everywhere needs more evidence.

    Args:
        house: the house's texts; of training only, for the terms judge the test.
        generic: texts of nobody in particular.
        most: how many terms are returned.

    Returns:
        Those with z above 1.96, the strongest first; a pair of words stands for its parts where
        they hardly occur apart.
    """
    ours, texts = _counted(house)
    theirs, _ = _counted(generic)
    total_ours, total_theirs = sum(ours.values()), sum(theirs.values())
    if not total_ours or not total_theirs:
        return []
    both = ours + theirs
    total = total_ours + total_theirs
    strength = 0.1 * total  # pseudo-counts of the prior
    found = []
    for term, count in ours.items():
        if texts[term] < FEWEST_TEXTS or term.isdigit():
            continue
        prior = strength * both[term] / total
        mine, others = count + prior, theirs[term] + prior
        log_odds = math.log(mine / (total_ours + strength - mine)) - math.log(
            others / (total_theirs + strength - others)
        )
        z = log_odds / math.sqrt(1 / mine + 1 / others)
        if z > 1.96:
            found.append(Term(term, z, texts[term]))
    found.sort(key=lambda term: (-term.z, term.words))
    pairs = [term for term in found if " " in term.words]
    within = {
        part for pair in pairs for part in pair.words.split()
        if ours[pair.words] >= 0.8 * ours[part]
    }  # fmt: skip
    return [term for term in found if term.words not in within][:most]


def _counted(texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Words and pairs of neighbouring words: how often, and in how many texts."""
    counts: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for text in texts:
        said = words(text)
        terms = [word for word in said if len(word) > 2]
        terms += [f"{a} {b}" for a, b in pairwise(said) if min(len(a), len(b)) > 2]
        counts.update(terms)
        inside.update(set(terms))
    return counts, inside
