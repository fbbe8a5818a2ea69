"""Whether the Capitalised Terms of a draft are defined, and its defined terms used."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from medtune.text.formats.clauses import clauses_of
from medtune.text.legal.definitions import BEGINNERS, LONGEST, definitions_of
from medtune.text.legal.markup import without_markup
from medtune.text.legal.share import Share

Key = tuple[str, ...]

WORD = re.compile(r"[^\W_]+(?:[-'’&/][^\W_]+)*")
ENUMERATOR = re.compile(r"[a-zA-Z]|[ivxIVX]{1,4}|\d+")
ENDS = frozenset(".!?:;•\n|#")  # after these a capital may be a sentence's, not a term's
JOINTS = frozenset({"of"})  # within a term that nobody has defined: Statement of Work
# A capital that is the language's, not the draft's.
NEVER = frozenset({
    "i", "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday",
    "saturday", "sunday", "mr", "mrs", "ms", "dr", "no", "nos",
})  # fmt: skip
# Before a number these are cross-references, see ``cross_references``.
PARTS = frozenset({
    "section", "sections", "article", "articles", "clause", "clauses", "paragraph", "paragraphs",
    "subsection", "exhibit", "exhibits", "schedule", "schedules", "annex", "annexes", "appendix",
    "appendices", "attachment", "attachments", "part", "chapter", "title",
})  # fmt: skip


@dataclass(frozen=True)
class DefinedTerms:
    """The terms of one draft, each once, by its first spelling, in order.

    Attributes:
        defined: terms that the draft defines.
        used: Capitalised Terms that it uses.
        undefined: those of ``used`` that are neither defined nor allowed.
        unused: those of ``defined`` that it never uses.
    """

    defined: tuple[str, ...]
    used: tuple[str, ...]
    undefined: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def used_are_defined(self) -> Share:
        """Of the terms used, those that are defined or allowed; more is better."""
        count = len(self.used)
        return Share(count - len(self.undefined), count, "the draft uses no Capitalised Term")

    @property
    def defined_are_used(self) -> Share:
        """Of the terms defined, those that are used; more is better."""
        count = len(self.defined)
        return Share(count - len(self.unused), count, "the draft defines no term")


@dataclass(frozen=True)
class _Word:
    text: str
    key: str  # in small letters
    single: str  # the same, in the singular
    begins: bool  # at the beginning of a sentence, a line or an item


class _Known:
    """Terms by their first word, so that most words need one look."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = frozenset(keys)
        self._most: dict[str, int] = {}
        for key in self._keys:
            self._most[key[0]] = max(len(key), self._most.get(key[0], 0))

    def longest(self, run: Sequence[_Word], place: int) -> int:
        """Words of the longest term that begins here with a capital or digit; 0 for none."""
        first = run[place]
        if not first.text or not (first.text[0].isupper() or first.text[0].isdigit()):
            return 0
        most = min(self._most.get(first.key, 0), LONGEST, len(run) - place)
        for size in range(most, 1, -1):
            if _key_of(run[place : place + size]) in self._keys:
                return size
        return int((first.single,) in self._keys)


def defined_terms(
    draft: str, *, allowed: Collection[str] = (), names: Collection[str] = ()
) -> DefinedTerms:
    """Check a draft's defined terms.

    A term is a run of capitalised words in the midst of a sentence; within a run, defined and
    allowed terms are taken first, the longest first. Singular and plural are one term. At the
    beginning of a sentence one capital alone says nothing: there only terms count that are known,
    that stand elsewhere in the draft or have several words. Headings are not read. Words all in
    capitals count only where they are defined or allowed.

    It cannot see: whether a definition makes sense; terms in small letters; a proper name that is
    not in ``names`` (a place, a statute, a firm) is taken for an undefined term; a term that only
    ever begins sentences is not seen; languages that capitalise their nouns cannot be judged. Of
    finished contracts with no list of names about a quarter of the terms used are defined (CUAD,
    tests/real/test_legal.py): compare drafts of the same case, and do not read the share alone.

    Args:
        draft: one text.
        allowed: terms that are defined elsewhere (the main agreement, the house's glossary).
        names: proper names, which are no terms and count for nothing.
    """
    text = "\n".join(clause.text for clause in clauses_of(without_markup(draft)))
    places = definitions_of(text)
    defined: dict[Key, str] = {}
    for place in places:
        if key := _key(WORD.findall(place.term)):
            defined.setdefault(key, place.term)
    elsewhere = _keys(allowed) - defined.keys()
    proper = _keys(names)
    runs = _runs(text, [(place.start, place.end) for place in places])
    known = _Known(defined.keys() | elsewhere | proper)
    used: dict[Key, str] = {}
    for run in runs:
        for key, spelt in _terms(run, known, alone=True):
            used.setdefault(key, spelt)
    known = _Known(defined.keys() | elsewhere | proper | used.keys())
    for run in runs:  # now the terms are known that begin sentences
        for key, spelt in _terms(run, known, alone=False):
            used.setdefault(key, spelt)
    used = {key: spelt for key, spelt in used.items() if key not in proper}
    return DefinedTerms(
        tuple(defined.values()),
        tuple(used.values()),
        tuple(s for key, s in used.items() if key not in defined and key not in elsewhere),
        tuple(spelt for key, spelt in defined.items() if key not in used),
    )


def _runs(text: str, spans: list[tuple[int, int]]) -> list[list[_Word]]:
    """Words that nothing but blanks keep apart; those of definitions and enumerators left out."""
    starts = [start for start, _ in spans]
    runs: list[list[_Word]] = []
    end, begins, cut = 0, True, True
    for found in WORD.finditer(text):
        gap = text[end : found.start()]
        begins = begins or not ENDS.isdisjoint(gap)
        joined = not cut and gap != "" and gap.isspace() and not begins
        end, cut = found.end(), False
        span = bisect_right(starts, found.start()) - 1
        if span >= 0 and found.start() < spans[span][1]:
            begins, cut = False, True
            continue
        word = found[0]
        opened = text[found.start() - 1 : found.start()] == "("
        closed = text[found.end() : found.end() + 1] in (")", ".")
        if ENUMERATOR.fullmatch(word) and closed and (opened or begins):
            begins, cut = True, True
            continue
        plain = word.removesuffix("'s").removesuffix("’s").rstrip("'’")
        small = plain.casefold()
        one = _Word(plain, small, _singular(small), begins)
        if joined and runs:
            runs[-1].append(one)
        else:
            runs.append([one])
        begins = False
    return runs


def _terms(run: list[_Word], known: _Known, *, alone: bool) -> Iterable[tuple[Key, str]]:
    """The terms of a run: known ones, the longest first; ``alone``: what is left over, too."""
    place = 0
    left: list[_Word] = []
    while place < len(run):
        size = known.longest(run, place)
        unknown = not size and alone and (
            _is_term(run, place) or _begins_term(run, place, known)
            or (bool(left) and _joins(run, place, known))
        ) and len(left) < LONGEST  # fmt: skip
        if unknown:
            left.append(run[place])
            place += 1
            continue
        if left:
            yield _named(left)
            left = []
        if size:
            yield _named(run[place : place + size])
        place += size or 1 + _is_reference(run, place)
    if left:
        yield _named(left)


def _is_term(run: list[_Word], place: int) -> bool:
    """Whether a word has a capital that neither its sentence nor the language gives it."""
    word = run[place]
    return _is_capital(word) and not word.begins and not _is_reference(run, place)


def _begins_term(run: list[_Word], place: int, known: _Known) -> bool:
    """Whether a sentence begins with a term of several words that nobody knows."""
    word, after = run[place], place + 1
    return (
        word.begins and _is_capital(word) and word.key not in BEGINNERS and after < len(run)
        and _is_term(run, after) and not known.longest(run, after)
    )  # fmt: skip


def _joins(run: list[_Word], place: int, known: _Known) -> bool:
    """Whether a small word stands between two parts of a term: Statement of Work."""
    after = place + 1
    return (
        run[place].key in JOINTS and after < len(run)
        and _is_term(run, after) and not known.longest(run, after)
    )  # fmt: skip


def _is_capital(word: _Word) -> bool:
    text = word.text
    return len(text) > 1 and text[0].isupper() and not text.isupper() and word.key not in NEVER


def _is_reference(run: list[_Word], place: int) -> bool:
    """Whether it names a part of a document: Section 4, Exhibit B."""
    if run[place].key not in PARTS or place + 1 == len(run):
        return False
    text = run[place + 1].text
    return text[0].isdigit() or len(text) == 1 or all(letter in "IVXLC" for letter in text)


def _named(words: list[_Word]) -> tuple[Key, str]:
    return _key_of(words), " ".join(word.text for word in words)


def _key_of(words: Sequence[_Word]) -> Key:
    return (*(word.key for word in words[:-1]), words[-1].single)


def _keys(terms: Iterable[str]) -> set[Key]:
    return {key for key in (_key(WORD.findall(term)) for term in terms) if key}


def _key(words: Iterable[str]) -> Key:
    """Small letters, the last word in the singular, and no article before it."""
    found = [word.removesuffix("'s").removesuffix("’s").casefold() for word in words]
    if len(found) > 1 and found[0] in ("the", "a", "an"):
        found = found[1:]
    return (*found[:-1], _singular(found[-1])) if found else ()


def _singular(word: str) -> str:
    """A rough English singular: parties, services, boxes."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
