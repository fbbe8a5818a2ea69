"""Whether the references of a draft to its own parts lead anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from medtune.text.legal.markup import without_markup
from medtune.text.legal.numbering import (
    ATTACHED,
    ITEMS,
    LABEL,
    SECTIONS,
    Part,
    begins_part,
    kind_of,
    parts_of,
    steps_of,
)
from medtune.text.legal.share import Share

REFERENCE = re.compile(
    rf"(?<![\w§.])(?P<word>(?i:{'|'.join((*SECTIONS, *ATTACHED.values()))}))"
    r"(?:\s{1,3}|(?<=[§.])\s{0,3})"
    rf"(?P<label>{LABEL})(?P<items>{ITEMS})(?!\w)"
)
MORE = re.compile(
    r"\s?,?\s{0,3}(?:(?<=,\s)|(?:and/or|and|or|to|through|[-–])\s{0,3})"
    rf"(?P<label>{LABEL})(?P<items>{ITEMS})(?!\w)"
)
# Of another document: "of the Securities Act", "to the Master Agreement", "GDPR"
ELSEWHERE = re.compile(
    r"\s{1,3}(?:(?P<link>of|to)\s{1,3}(?:the|that|such|an?)\s{1,3}(?:certain\s)?"
    r"(?P<name>[A-Z0-9][\w.&'’-]{0,40}(?:\s[A-Z][\w.&'’-]{0,40}){0,6})|(?P<short>[A-Z]{2,8}\b))"
)
CODE = re.compile(r"(?:U\.\s?S\.\s?C\.|C\.\s?F\.\s?R\.|Code|Act|Reg\.)\s{0,3}$")
OWN = frozenset({"agreement", "contract", "terms", "policy", "deed", "lease", "licence", "license"})


@dataclass(frozen=True)
class Reference:
    """A part that the draft refers to.

    Attributes:
        text: as first written, such as "Section 4.2(b)".
        part: its steps, see ``numbering.Part``.
    """

    text: str
    part: Part


@dataclass(frozen=True)
class CrossReferences:
    """The references of one draft, each part once, in order.

    Attributes:
        found: all to parts of its own document.
        unresolved: those of which the document has no such part.
    """

    found: tuple[Reference, ...]
    unresolved: tuple[Reference, ...]

    @property
    def resolve(self) -> Share:
        """Of the references, those that lead to a part; more is better."""
        count = len(self.found)
        return Share(count - len(self.unresolved), count, "the draft refers to no numbered part")


def cross_references(draft: str, *, headings: Iterable[str] = ()) -> CrossReferences:
    """Check the references of a draft.

    Sections, clauses, articles and paragraphs are one numbering; exhibits, schedules, annexes,
    appendices, attachments and addenda each their own. Of a range only both ends are looked up.

    It cannot see: whether the part says what the reference needs; references without a number
    ("the preceding section", "clause (b) above", "Section [●]"); those to other documents, which
    are left out where the document is named after them ("Section 5 of the Securities Act"); an
    exhibit that is there without a heading. Words are English. Where the numbering of a text is
    not plain, a reference is rather believed.

    Args:
        draft: a whole document, or one clause of it.
        headings: of the document that the draft is part of, with their numbers.
    """
    text = without_markup(draft)
    parts = parts_of(text.splitlines())
    parts |= parts_of(line for heading in headings for line in without_markup(heading).splitlines())
    found: dict[Part, Reference] = {}
    start = 0
    for line in text.splitlines(keepends=True):
        start += len(line)
        headed = begins_part(line.rstrip("\n"))
        for group in _groups(text, start - len(line), start, headed=headed):
            for one in group:
                found.setdefault(one.part, one)
    return CrossReferences(
        tuple(found.values()), tuple(one for one in found.values() if one.part not in parts)
    )


def _groups(text: str, start: int, end: int, *, headed: bool) -> Iterator[list[Reference]]:
    """The references that begin in one line: a word, and the labels that belong to it."""
    first = True
    for at in REFERENCE.finditer(text, start, end):
        title = headed and first and not any(c.isalnum() for c in text[start : at.start()])
        first = False
        if title or CODE.search(text, max(0, at.start() - 12), at.start()):
            continue
        word, last = at["word"], at.end()
        kind = kind_of(word)
        group = [(at["label"], at["items"])]
        several = word.casefold().endswith("s") or word == "§§" or word.casefold() == "appendices"
        while (more := MORE.match(text, last)) is not None:
            if not (several or "." in more["label"] or more["items"]):
                break
            group.append((more["label"], more["items"]))
            last = more.end()
        if not _is_elsewhere(text, last, word):
            yield [
                Reference(f"{word} {label}{items}", (kind, *steps_of(label, items)))
                for label, items in group
            ]


def _is_elsewhere(text: str, end: int, word: str) -> bool:
    """Whether another document is named after a reference."""
    found = ELSEWHERE.match(text, end)
    if found is None:
        return False
    if found["short"]:
        return not word.isupper()
    if found["link"] == "to" and not kind_of(word):
        return False
    return found["name"].rstrip(".").casefold() not in OWN
