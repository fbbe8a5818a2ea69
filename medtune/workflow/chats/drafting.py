"""What a house looks for in a draft, and in what it finally wrote: marks by what the run says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from medtune.config.evaluation import Drafts
from medtune.errors import DataError
from medtune.evaluation.language import Mark
from medtune.text.legal.cross_references import cross_references
from medtune.text.legal.defined_terms import defined_terms
from medtune.text.right_answer import Question

# From a draft and what was asked for to marks: a ratio each, see ``tables.marks``.
Look = Callable[[str, Question], Mapping[str, Mark]]


def looks_of(how: Drafts | None) -> list[Look]:
    """What is looked for; nothing where the run has no section ``evaluation.drafts``.

    Raises:
        InputError: a file of the section cannot be used, or a package is missing.
    """
    if how is None:
        return []
    terms = frozenset[str]() if how.terms is None else frozenset(lines_of(how.terms))
    return [partial(_terms, terms), _references]


def marks_of_draft(looks: Sequence[Look], draft: str, asked: Question) -> dict[str, Mark]:
    """All that is looked for in one draft."""
    return {name: mark for look in looks for name, mark in look(draft, asked).items()}


def _terms(allowed: frozenset[str], draft: str, asked: Question) -> dict[str, Mark]:
    found = defined_terms(draft, allowed=allowed)
    return {
        "terms_defined": found.used_are_defined.mark,
        "terms_used": found.defined_are_used.mark,
    }


def _references(draft: str, asked: Question) -> dict[str, Mark]:
    return {"references_resolve": cross_references(draft).resolve.mark}


def lines_of(path: Path) -> list[str]:
    """The entries of a list, one a line.

    Raises:
        DataError: it cannot be read, or has none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The list {path.name} cannot be read as UTF-8 text.") from error
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise DataError(f"The list {path.name} has no entry.")
    return found
