"""A document's clauses, found by its headings and numbering."""

from __future__ import annotations

import re
from dataclasses import dataclass

from medtune.text.formats.numbered import NUMBER, alone

MARKDOWN = re.compile(r"^(?P<level>#{1,6})\s+(?P<title>\S.*)$")
LONGEST_TITLE = 80  # characters of a heading that stands alone in capitals or after a number


@dataclass(frozen=True)
class Clause:
    """One clause.

    Attributes:
        heading: its title without number; empty for what stands before the first heading.
        number: as written, without the last full stop; empty where there is none.
        text: its words, without the heading.
        line: the first line, counted from 1.
    """

    heading: str
    number: str
    text: str
    line: int


def clauses_of(text: str) -> list[Clause]:
    """The clauses of a document, in order; a clause without words is not one.

    A heading is a Markdown heading, a numbered line whose title is short or stands before a full
    stop or colon ("3.2 Term. This Agreement ..."), a short line in capitals, or a numbered line
    that stands alone, whatever the case of its words is ("2. Governing law", "§ 2 Pflichten des
    Auftragnehmers"); see ``numbered.alone``.

    Args:
        text: the document.
    """
    clauses: list[Clause] = []
    heading, number, start = "", "", 1
    words: list[str] = []

    def close() -> None:
        body = "\n".join(words).strip()
        if body:
            clauses.append(Clause(heading, number, body, start))

    lines = text.splitlines()
    for at, (line, found) in enumerate(zip(lines, _headings(lines), strict=True), start=1):
        if found is None:
            words.append(line.rstrip())
            continue
        close()
        number, heading, rest = found
        start, words = at, [rest] if rest else []
    close()
    return clauses


def _headings(lines: list[str]) -> list[tuple[str, str, str] | None]:
    """Number, title and what follows on the same line, of each; None where it is no heading."""
    plain = [line.strip() for line in lines]
    found = [_heading(line) for line in plain]
    whole = [one is not None and not one[2] for one in found]
    for at, title in enumerate(alone(plain, [one is not None for one in found], whole)):
        if title and (number := NUMBER.match(plain[at])):
            found[at] = _number(number["number"]), title, ""
    return found


def _heading(line: str) -> tuple[str, str, str] | None:
    """The heading that a line is whatever stands around it."""
    if not line:
        return None
    if found := MARKDOWN.match(line):
        title = found["title"].rstrip("#").strip("*_ \t")  # not in the pattern: time is linear
        numbered = NUMBER.match(title)
        if numbered:
            return _number(numbered["number"]), numbered["title"].strip(" ."), ""
        return "", title, ""
    if found := NUMBER.match(line):
        title, rest = _title(found["title"])
        return (_number(found["number"]), title, rest) if title else None
    letters = [c for c in line if c.isalpha()]
    alone = len(line) <= LONGEST_TITLE and len(letters) >= 4 and not line.endswith((",", ";"))
    if alone and all(c.isupper() for c in letters):
        return "", line.strip(" .:"), ""
    return None


def _title(text: str) -> tuple[str, str]:
    """A title and the words after it on its line; no title where it is a sentence."""
    for sign in (". ", ": ", ".", ":"):
        head, found, rest = text.partition(sign)
        follows = not rest or rest[0] in ' "“(' or rest[0].isupper()
        if found and len(head) <= LONGEST_TITLE and follows:
            return (head.strip(), rest.strip()) if _titled(head) else ("", "")
    return (text.strip(), "") if len(text) <= LONGEST_TITLE and _titled(text) else ("", "")


SMALL = frozenset({
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with",
})  # fmt: skip


def _titled(head: str) -> bool:
    """Whether words are written as a title: all but small ones with a capital."""
    words = re.findall(r"[^\W\d_]+", head)
    return bool(words) and all(w[0].isupper() or w.lower() in SMALL for w in words)


def _number(text: str) -> str:
    return text.strip().rstrip(".").removeprefix("§").strip()
