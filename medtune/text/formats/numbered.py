"""Numbered lines that are headings by standing alone, in whatever case their titles are."""

from __future__ import annotations

import re
from collections.abc import Sequence

# "1.", "1.2", "12.3.4", "Article IV", "Section 3.2", "Clause 4:", "§ 5", with words after it
NUMBER = re.compile(
    r"^(?P<number>(?P<word>(?:article|section|clause|schedule|exhibit|artikel|abschnitt)\s+)?"
    r"(?P<sign>§\s*)?(?P<value>\d+(?:\.\d+)*|[IVXLC]+(?=[.:\s]))\.?)"
    r"(?P<after>(?::(?=\s))?[\s.)–—-]+)(?P<title>\S.*)$",
    re.IGNORECASE,
)
LONGEST = 80  # characters of a line that may be a heading
LONG = 50  # characters from which a line may be broken, and go on in the next one
# Words after which something must follow.
OPEN_ENDS = frozenset({
    "a", "an", "and", "are", "by", "following", "follows", "for", "from", "if", "including", "is",
    "may", "must", "of", "or", "please", "that", "the", "to", "which", "will", "with", "das",
    "dass", "dem", "den", "der", "des", "die", "ein", "eine", "einem", "einen", "einer", "eines",
    "folgende", "folgendes", "oder", "und", "vom", "von", "wenn", "zum", "zur",
})  # fmt: skip
OF_SENTENCES = frozenset({"shall"})  # no title has these
_SENTENCE = re.compile(r";\s|[.?!]\s+[\"“„(]?[^\W\d_a-zß-öø-ÿ]")  # ends, and another begins
_ITEM = re.compile(r"\s\((?:[a-z]|[ivx]{2,4}|\d{1,2})\)\s")  # of a list in a sentence: " (i) "
_ENUMERATOR = re.compile(r"\w{1,4}[.)]")

Kind = tuple[str, bool, bool, int]  # of a number: its word, whether with §, in digits, how deep


def alone(lines: Sequence[str], taken: Sequence[bool], whole: Sequence[bool]) -> list[str]:
    """The titles of numbered lines that stand alone.

    Such a line has at most 80 characters, begins with a number that is surely one ("2.", "2)",
    "3.2", "§ 2", "Section 2:") and a capital, and is no sentence. It does not stand alone in a list
    (a line with such a number is next to it) or in a paragraph that goes on around it.

    Args:
        lines: of a document, without blanks around them.
        taken: which of them are headings anyway.
        whole: which of those have no words behind their title.

    Returns:
        A title for each line; empty where it is none.
    """
    numbers = [_kind(line) for line in lines]
    titles = ["" if taken[at] or numbers[at] is None else _title(line)
              for at, line in enumerate(lines)]  # fmt: skip
    filled = [at for at, line in enumerate(lines) if line]
    found = [""] * len(lines)
    for place, at in enumerate(filled):
        if not titles[at] or at == filled[-1]:  # the last one would be a clause without words
            continue
        after = filled[place + 1]
        if numbers[after] == numbers[at] or (after == at + 1 and _goes_on(lines[after])):
            continue
        if place:
            before = filled[place - 1]
            listed = numbers[before] == numbers[at] and (titles[before] or whole[before])
            if listed or (before == at - 1 and not taken[before] and _is_broken(lines[before])):
                continue
        found[at] = titles[at]
    return found


def _kind(line: str) -> Kind | None:
    """What kind of number a line begins with; lines of one kind may be a list."""
    found = NUMBER.match(line)
    if found is None:
        return None
    value, named = found["value"], bool(found["word"] or found["sign"])
    digits = value[0].isdigit()
    marked = "." in found["number"] or found["after"].strip() != ""
    if not named and not (marked and (digits or set(value) <= set("IVX"))):
        return None  # "30 Days", "C. Other" (a letter), "ii. An item"
    word = (found["word"] or "").strip().lower()
    return word, bool(found["sign"]), digits, value.count(".")


def _title(line: str) -> str:
    """The title of a line if it stands alone; empty where it is none in any case."""
    found = NUMBER.match(line)
    title = found["title"].strip() if found and len(line) <= LONGEST else ""
    words = re.findall(r"[^\W\d_]+", title)
    if not words or not title[0].isupper():  # '"Goods" means' is a definition, and no title
        return ""
    small = [word.lower() for word in words]
    if title[-1] in ".;,-–" or small[-1] in OPEN_ENDS or not OF_SENTENCES.isdisjoint(small):
        return ""
    return "" if _SENTENCE.search(title) or _ITEM.search(title) else title.rstrip(" :")


def _goes_on(line: str) -> bool:
    """Whether a line takes up the one before: it begins small, and is no item of a list."""
    return line[0].islower() and not _ENUMERATOR.match(line)


def _is_broken(line: str) -> bool:
    """Whether a line ends in the midst of a sentence."""
    return line[-1] == "," or (len(line) >= LONG and (line[-1].isalnum() or line[-1] in "-–(&"))
