"""The numbered parts that a document has: sections, items below them, exhibits."""

from __future__ import annotations

import re
from collections.abc import Iterable

Part = tuple[str, ...]  # ("", "4", "2", "b") is section 4.2(b); ("exhibit", "a") is Exhibit A

# The words for parts that are numbered through, and for those that are attached to a document.
SECTIONS = (
    "sections?", r"sec\.", "subsections?", "sub-sections?", "clauses?", "sub-clauses?",
    "articles?", r"art\.", "paragraphs?", "§§?",
)  # fmt: skip
ATTACHED = {
    "exhibit": "exhibits?", "schedule": "schedules?", "annex": "annex(?:es)?",
    "appendix": "appendix|appendices", "attachment": "attachments?", "addendum": "addend(?:um|a)",
}  # fmt: skip
ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
IS_ROMAN = re.compile(r"(?:c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
LABEL = r"(?:\d{1,4}(?:\.\d{1,4}){0,8}|[IVXLC]{1,7}\b|[A-Z]\b(?:-?\d{1,3})?)"
ITEMS = r"(?:\((?:[A-Za-z]{1,5}|\d{1,3})\)){0,6}"

LINE = re.compile(
    rf"^(?P<indent>[ \t]{{0,40}})(?:[#>|]{{1,6}}[ \t]+|[-•][ \t]+)?"
    rf"(?:(?P<word>(?i:{'|'.join(SECTIONS)}))[ \t]*)?(?P<label>{LABEL})(?P<sign>[.):]?)"
    rf"(?P<after>[ \t]+\S|[ \t]*$)"
)
ATTACHED_LINE = re.compile(
    rf"^[ \t]{{0,40}}(?:#{{1,6}}[ \t]+)?(?P<word>(?i:{'|'.join(ATTACHED.values())}))[ \t]+"
    r"(?P<label>\d{1,4}(?:\.\d{1,4}){0,3}|[IVXLC]{1,7}\b|[A-Z]{1,2}\b(?:-?\d{1,3})?)"
    rf"(?P<items>{ITEMS})[.:)]?"
    r"(?P<after>[ \t]+\S|[ \t]*$)"
)
# Of texts without lines of their own for headings: "... notice. 4.2. Term. The ..."
WITHIN = re.compile(
    r"[.;:!?\"”)][ \t]+(?P<label>\d{1,3}(?:\.\d{1,3}){0,6})(?P<sign>\.?)[ \t]+(?=[A-Z\"“])"
)
ITEM = re.compile(
    r"(?:(?<=\s)|^)\(?(?P<item>[ivx]{1,5}|([a-z])\2|[a-z]|\d{1,2}|[A-Z])\)(?=[\s\"“])"
)
# What stands before an item that is referred to, not given: "clause (b)", "4(a) and (b)"
REFERS = re.compile(
    r"(?:(?:sections?|sec\.|clauses?|articles?|paragraphs?|items?|§)|"
    r"[)\d],?\s(?:and|or|to|through))\s?$",
    re.IGNORECASE,
)


def parts_of(lines: Iterable[str]) -> set[Part]:
    """The numbered parts of a document; every part has its parents.

    A line begins a part with its number ("4.2 Term", "ARTICLE IV", "7. Fees", "Exhibit A: Fees"),
    below a number by its indent, too (nested lists). Within a line a number counts after the end
    of a sentence, and an item ("(b)") wherever it stands. Items whose level is not plain - (i) is
    a letter and a Roman number - are taken to be either: a reference is rather believed.

    Args:
        lines: of the text, without markup.
    """
    parts: set[Part] = set()
    levels: list[tuple[int, Part]] = []  # indents and numbers of the lists that are open
    items = _Items(parts, ("",))
    for line in lines:
        if (found := ATTACHED_LINE.match(line)) and _is_heading(line, found):
            _add(parts, (kind_of(found["word"]), *steps_of(found["label"], found["items"])))
            continue
        start = 0
        found = LINE.match(line)
        if found and _is_number(line, found):
            indent, section = len(found["indent"].expandtabs(4)), ("", *steps_of(found["label"]))
            while levels and levels[-1][0] >= indent:
                levels.pop()
            _add(parts, section)
            if levels and len(section) == 2:
                section = (*levels[-1][1], section[1])
                _add(parts, section)
            levels.append((indent, section))
            items = _Items(parts, section)
            start = found.end("sign")
        marks = [*WITHIN.finditer(line, start), *ITEM.finditer(line, start)]
        for at in sorted(marks, key=lambda mark: mark.start(1)):
            if at.re is ITEM:
                place = at.start("item")
                if not REFERS.search(line[max(0, place - 20) : place].rstrip("(")):
                    items.add(at["item"].lower())
            elif at["sign"] or "." in at["label"]:
                section = ("", *steps_of(at["label"]))
                _add(parts, section)
                items = _Items(parts, section)
    return parts


class _Items:
    """The items below one section, each at every level where it may stand."""

    def __init__(self, parts: set[Part], section: Part) -> None:
        self._parts, self._section = parts, section
        self._letter = self._roman = ""

    def add(self, item: str) -> None:
        _add(self._parts, (*self._section, item))
        after = chr(ord(self._letter[0]) + 1) if self._letter else ""
        is_roman = not set(item) - set("ivx") and item[0] != after and self._letter != ""
        if self._letter:
            _add(self._parts, (*self._section, self._letter, item))
        if is_roman:
            self._roman = item
            return
        if self._roman:
            _add(self._parts, (*self._section, self._letter, self._roman, item))
        if item.isalpha():
            self._letter, self._roman = item, ""


def begins_part(line: str) -> bool:
    """Whether a line is the beginning of a part, not a sentence about one."""
    found = ATTACHED_LINE.match(line)
    if found and _is_heading(line, found):
        return True
    found = LINE.match(line)
    return found is not None and _is_number(line, found)


def steps_of(label: str, items: str = "") -> tuple[str, ...]:
    """The steps to a part: "4.2" and "(b)(i)" are 4, 2, b and i; IV is 4."""
    head: tuple[str, ...]
    if label[0].isdigit():
        head = tuple(str(int(step)) for step in label.split("."))
    else:
        number = number_of_roman(label.lower()) if len(label) > 1 or label in "IVX" else 0
        head = (str(number) if number else label.lower(),)
    return (*head, *re.findall(r"\w+", items.lower()))


def kind_of(word: str) -> str:
    """The kind of an attached part by its word; empty of what is numbered through."""
    for kind, form in ATTACHED.items():
        if re.fullmatch(form, word, re.IGNORECASE):
            return kind
    return ""


def number_of_roman(text: str) -> int:
    """The value of a Roman number up to 399 in small letters; 0 of anything else."""
    if not text or not IS_ROMAN.fullmatch(text):
        return 0
    values = [ROMAN[letter] for letter in text]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))


def _add(parts: set[Part], part: Part) -> None:
    parts.update(part[:size] for size in range(2, len(part) + 1))


def _is_heading(line: str, found: re.Match[str]) -> bool:
    """Whether a title or nothing follows, so that it is no sentence that begins with its name."""
    after = line[found.end() - 1 :] if found["after"].strip() else ""
    return not after or (not after[0].islower() and after[0] not in ",;")


def _is_number(line: str, found: re.Match[str]) -> bool:
    """Whether a line begins with the number of a part, not with a quantity or a sentence."""
    label, sign = found["label"], found["sign"]
    if found["word"]:
        return _is_heading(line, found)
    if not label[0].isdigit():
        return bool(sign) and _is_heading(line, found)
    if sign:
        return True
    return "." in label and _is_heading(line, found)
