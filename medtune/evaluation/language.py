"""How close an answer is to the right one: each measure as (numerator, denominator) of one case."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from medtune.errors import InputError

Mark = tuple[float, float]
WORD = re.compile(r"\w+(?:[-'’]\w+)*")


def words(text: str) -> list[str]:
    """The words of a text in small letters, punctuation left out."""
    return [word.lower() for word in WORD.findall(text)]


def chrf(answer: str, reference: str) -> Mark:
    """Character n-gram F-score, chrF2 (Popović 2015), by sacrebleu; the denominator is 1.

    Raises:
        InputError: sacrebleu is not installed.
    """
    try:
        from sacrebleu.metrics import CHRF
    except ImportError as error:
        raise _missing("sacrebleu") from error
    return float(CHRF().sentence_score(answer, [reference]).score) / 100, 1.0


def rouge_l(answer: str, reference: str) -> Mark:
    """F-measure of the longest common subsequence of words (Lin 2004); the denominator is 1.

    Raises:
        InputError: rapidfuzz is not installed.
    """
    ours, theirs = words(answer), words(reference)
    if not ours or not theirs:
        return float(ours == theirs), 1.0
    common = _subsequence(ours, theirs)
    precision, recall = common / len(ours), common / len(theirs)
    return (2 * precision * recall / (precision + recall) if common else 0.0), 1.0


def edit_effort_characters(draft: str, final: str) -> Mark:
    """Insertions, deletions and replacements from a draft to the final text, by its characters.

    An empty draft costs 1 a character, as a blank page does; a long wrong one costs more
    (Levenshtein 1966; as HTER of Snover et al. 2006, without moves of blocks).

    Raises:
        InputError: rapidfuzz is not installed.
    """
    return float(_edits(draft, final)), float(len(final))


def edit_effort_words(draft: str, final: str) -> Mark:
    """The same in words.

    Raises:
        InputError: rapidfuzz is not installed.
    """
    ours, theirs = draft.split(), final.split()
    return float(_edits(ours, theirs)), float(len(theirs))


def exact_match(answer: str, reference: str) -> Mark:
    """Whether both have the same words."""
    return float(words(answer) == words(reference)), 1.0


def term_recall(answer: str, reference: str, terms: Collection[str]) -> Mark:
    """Of the terms in the reference, how many stand in the answer.

    Args:
        answer: the model's.
        reference: the right one.
        terms: of the house's glossary, in small letters; of one or several words.
    """
    wanted = terms_in(reference, terms)
    return float(len(wanted & terms_in(answer, terms))), float(len(wanted))


def terms_in(text: str, terms: Collection[str]) -> set[str]:
    """Terms that stand in a text as whole words."""
    said = words(text)
    longest = max((term.count(" ") + 1 for term in terms), default=0)
    known = set(terms)
    found = set()
    for size in range(1, longest + 1):
        for start in range(len(said) - size + 1):
            phrase = " ".join(said[start : start + size])
            if phrase in known:
                found.add(phrase)
    return found


def shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    """Runs of so many words, counted."""
    said = words(text)
    return Counter(tuple(said[i : i + size]) for i in range(len(said) - size + 1))


def _edits(ours: Sequence[str], theirs: Sequence[str]) -> int:
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError as error:
        raise _missing("rapidfuzz") from error
    return int(Levenshtein.distance(ours, theirs))


def _subsequence(ours: Sequence[str], theirs: Sequence[str]) -> int:
    try:
        from rapidfuzz.distance import LCSseq
    except ImportError as error:
        raise _missing("rapidfuzz") from error
    return int(LCSseq.similarity(ours, theirs))


def _missing(package: str) -> InputError:
    return InputError(
        f"This measure needs the package {package}, which is not installed: "
        "pip install 'medtune[text]'"
    )
