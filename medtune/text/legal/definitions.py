"""Where a draft defines its terms: in quotation marks with "means", in brackets, or in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 8  # words of a term
# A capital at the beginning of a sentence is often theirs; none of them is a term.
BEGINNERS = frozenset({
    "a", "after", "all", "an", "and", "any", "are", "as", "at", "because", "before", "both", "but",
    "by", "during", "each", "either", "every", "except", "following", "for", "from", "has", "have",
    "he", "her", "his", "how", "however", "if", "in", "is", "it", "its", "may", "neither", "no",
    "nor", "notwithstanding", "of", "on", "once", "only", "or", "our", "pursuant", "she", "should",
    "since", "such", "that", "the", "their", "these", "they", "this", "those", "though", "to",
    "under", "unless", "until", "upon", "we", "what", "when", "where", "whereas", "which", "while",
    "who", "whose", "will", "with", "within", "without", "you", "your",
})  # fmt: skip
QUOTED = re.compile(r"[\"“„«](?P<term>[^\W_](?:[^\"“”„«»\n]{0,78}[^\s\"“”„«»\n])?)[\"”“»]")
MEANS = re.compile(
    r"(?:\s*\([^()\n]{0,120}\))?[\s,]*(?:(?:shall|will|also|each)\s+){0,2}"
    r"(?:means?\b|ha(?:s|ve)\s+the\s+(?:same\s+)?meanings?\b|refers?\b|is\s+defined\b|"
    r"are\s+defined\b)"
)
CALLED = re.compile(
    r"(?:hereinafter|hereafter|herein|referred\s+to|known\s+as|called|defined\s+as|collectively|"
    r"together|individually)\b[\w\s,]{0,30}$",
    re.IGNORECASE,
)
CHAIN = re.compile(r"[\s,]*(?:(?:and|or)(?:\s+the)?\s*)?")
LISTED = re.compile(
    r"^[ \t]*(?:[-•]\s+|\(?\w{1,5}[.)]\s+)?"
    r"(?P<term>[^\W\d_][\w'’&/-]{0,40}(?:[ \t][\w'’&/-]{1,40}){0,7}?)"
    r"[ \t]+(?:shall[ \t]+)?means?\b",
    re.MULTILINE,
)
BRACKET = 300  # characters between a bracket and the term that it defines
BEFORE = 50  # characters before a term that may call it one
AFTER = 200  # characters after it that may say what it means


@dataclass(frozen=True)
class Definition:
    """A term where it is defined.

    Attributes:
        term: as written, without quotation marks.
        start, end: its place in the text, with its quotation marks.
    """

    term: str
    start: int
    end: int


def definitions_of(text: str) -> list[Definition]:
    """The definitions in a text, in order.

    ``"Affiliate" means``, ``"Fee" and "Charge" have the meaning``, ``(the "Agreement")``,
    ``hereinafter called "Vendor"``, and at the beginning of a line ``Affiliate means``. A term
    begins with a capital or a digit.

    Not seen: definitions in small letters ("we"), in tables, or by underlining alone. What is in
    quotation marks within brackets is taken for a definition though it may be a quotation.

    Args:
        text: without markup, see ``markup.without_markup``.
    """
    quoted = [found for found in QUOTED.finditer(text) if _is_name(found["term"])]
    bracket = _open_brackets(text, [found.start() for found in quoted])
    defined = [False] * len(quoted)
    for place in reversed(range(len(quoted))):
        found = quoted[place]
        after = text[found.end() : found.end() + AFTER]
        before = text[max(0, found.start() - BEFORE) : found.start()]
        follows = (
            place + 1 < len(quoted)
            and defined[place + 1]
            and not bracket[place + 1]
            and CHAIN.fullmatch(text, found.end(), quoted[place + 1].start()) is not None
        )
        defined[place] = bool(
            bracket[place] or follows or MEANS.match(after) or CALLED.search(before)
        )
    places = [
        Definition(found["term"].rstrip(".,;:"), found.start(), found.end())
        for found, is_one in zip(quoted, defined, strict=True)
        if is_one
    ]
    taken = {place.start for place in places}
    places += [
        Definition(found["term"], found.start("term"), found.end("term"))
        for found in LISTED.finditer(text)
        if _is_name(found["term"])
        and found.start("term") not in taken
        and found["term"].split()[0].casefold() not in BEGINNERS
    ]
    return sorted(places, key=lambda place: place.start)


def _is_name(term: str) -> bool:
    words = term.split()
    return len(words) <= LONGEST and (words[0][0].isupper() or words[0][0].isdigit())


def _open_brackets(text: str, places: list[int]) -> list[bool]:
    """Whether each place, in order, stands within a round bracket that opened not long before."""
    marks = _brackets(text)
    opened: list[int] = []
    inside = []
    ahead = next(marks, None)
    for place in places:
        while ahead is not None and ahead < place:
            if text[ahead] == "(":
                opened.append(ahead)
            elif opened:
                opened.pop()
            ahead = next(marks, None)
        inside.append(bool(opened) and place - opened[-1] <= BRACKET)
    return inside


def _brackets(text: str) -> Iterator[int]:
    return (found.start() for found in re.finditer(r"[()]", text))
