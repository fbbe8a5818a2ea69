"""Whether the authorities that a draft cites are ones that the firm knows to exist."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medtune.errors import DataError, InputError
from medtune.evaluation.language import words
from medtune.text.legal.share import Share

Key = tuple[str, ...]  # kind, reporter in its standard spelling, then volume and page or section

UNKNOWN = "UnknownCitation"  # a sign of a section with something that it cannot read
KINDS = ("FullCaseCitation", "FullLawCitation", "FullJournalCitation")
NOMINATIVE = "nominative"  # "(1 Cranch)": a second name of the same volume
LEGAL_WORDS = frozenset(
    {"v", "vs", "in", "re", "the", "of", "and", "inc", "co", "corp", "llc", "ltd"}
)


@dataclass(frozen=True)
class Citation:
    """A full citation of a case, a statute or an article.

    Attributes:
        text: as written, such as "410 U.S. 113".
        key: what it is looked up by, whatever its spelling.
        parties: words of the case's name, in small letters; empty where none is given.
    """

    text: str
    key: Key
    parties: frozenset[str]


@dataclass(frozen=True)
class Citations:
    """The full citations of one draft, each once, in order.

    Attributes:
        found: all.
        unknown: those that are not in the list.
        misnamed: those in the list whose case has another name there: no word in common.
    """

    found: tuple[Citation, ...]
    unknown: tuple[Citation, ...]
    misnamed: tuple[Citation, ...]

    @property
    def unresolved(self) -> Share:
        """Of the citations, those that are unknown or misnamed; less is better."""
        wrong = len(self.unknown) + len(self.misnamed)
        return Share(wrong, len(self.found), "the draft cites no case, statute or article in full")


def citations(draft: str, allowed: Mapping[Key, frozenset[str]]) -> Citations:
    """Look the citations of a draft up in a list (Cushman, Dahl & Lissner 2021, eyecite).

    It cannot see: whether a listed authority says what the draft has it say; citations in a form
    that eyecite does not know (it knows those of the United States, but no section with a letter
    as in "15 U.S.C. § 78j"); short forms ("id.", "supra", "410 U.S., at 155"); subsections.
    What is not in the list is unresolved, which is not to say invented: the list is the firm's,
    and is as whole as the firm made it.

    Args:
        draft: one text.
        allowed: see ``read_allowed``.

    Raises:
        InputError: eyecite is not installed.
    """
    found: dict[Key, Citation] = {}
    for one in citations_of(draft):
        found.setdefault(one.key, one)
    return Citations(
        tuple(found.values()),
        tuple(one for one in found.values() if one.key not in allowed),
        tuple(one for one in found.values() if _other_name(one.parties, allowed.get(one.key))),
    )


def citations_of(text: str) -> list[Citation]:
    """The full citations in a text, in order, repeated ones too.

    Raises:
        InputError: eyecite is not installed.
    """
    return [_citation(one) for one in _read(text) if type(one).__name__ in KINDS]


def read_allowed(path: Path) -> dict[Key, frozenset[str]]:
    """The authorities that a firm allows, one or several a line, as they would be cited.

    Empty lines and those that begin with # are passed over.

    Returns:
        Words of the case's name by key; empty where the list gives no name.

    Raises:
        DataError: the file is not text, or a line has no citation that eyecite knows.
        InputError: eyecite is not installed.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise DataError(f"There is no list of citations {path.name}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not text in UTF-8.") from error
    return allowed_of(lines, path.name)


def allowed_of(lines: Iterable[str], name: str) -> dict[Key, frozenset[str]]:
    """The same of lines; ``name`` is that of their file, for the message."""
    allowed: dict[Key, frozenset[str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        read = _read(line)
        found = [_citation(one) for one in read if type(one).__name__ in KINDS]
        if not found or any(type(one).__name__ == UNKNOWN for one in read):
            raise DataError(f"{name}, line {number}: this is no citation that eyecite knows.")
        for one in found:
            allowed[one.key] = allowed.get(one.key, frozenset()) | one.parties
    if not allowed:
        raise DataError(f"{name} lists no citation.")
    return allowed


def _read(text: str) -> list[Any]:
    """What eyecite finds in a text, whatever its kind."""
    try:
        from eyecite import get_citations
    except ImportError as error:
        raise InputError(
            "Looking citations up needs the package eyecite, which is not installed: "
            "pip install 'medtune[text]'"
        ) from error
    logging.getLogger("eyecite").setLevel(logging.CRITICAL)  # its warnings quote the draft
    return list(get_citations(text)) if text.strip() else []  # of an empty one it makes an error


def _citation(one: Any) -> Citation:
    parts = [
        str(value).strip().casefold()
        for name, value in sorted(one.groups.items())
        if value and name != "reporter" and NOMINATIVE not in name
    ]
    corrected = getattr(one, "corrected_reporter", None)
    reporter = str(corrected() if corrected else one.groups["reporter"]).strip()
    named = [getattr(one.metadata, side, None) or "" for side in ("plaintiff", "defendant")]
    parties = {word for name in named for word in words(name)} - LEGAL_WORDS
    return Citation(one.matched_text().strip(), (reporter, *parts), frozenset(parties))


def _other_name(ours: frozenset[str], theirs: frozenset[str] | None) -> bool:
    return bool(ours) and bool(theirs) and not ours & (theirs or frozenset())
