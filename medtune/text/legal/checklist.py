"""The house's checklist of clauses, and how much of it a draft covers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import yaml

from medtune.errors import DataError
from medtune.evaluation.language import terms_in, words
from medtune.text.legal.markup import without_markup
from medtune.text.legal.share import Share

# From a draft to the kinds of clause in it: by phrases (below) or as ``clause_kinds`` learnt them.
Judge = Callable[[str], Collection[str]]


def covered(found: Collection[str], wanted: Collection[str]) -> Share:
    """Of the kinds that are wanted, those in the draft: by the checklist, or by the final text.

    With the kinds of the final text it is recall.
    """
    both = set(found) & set(wanted)
    return Share(len(both), len(set(wanted)), "no kind of clause is asked for")


def precise(found: Collection[str], wanted: Collection[str]) -> Share:
    """Of the kinds in the draft, those that are wanted: precision."""
    both = set(found) & set(wanted)
    return Share(len(both), len(set(found)), "the draft has no clause of a known kind")


def read_checklist(path: Path) -> dict[str, tuple[str, ...]]:
    """A checklist: a YAML file that gives phrases for each kind of clause.

    For example::

        Governing Law: [governed by the laws, governing law]
        Audit Rights: [right to audit, inspect the books]

    Raises:
        DataError: the file is missing or no YAML, or a kind has no phrase with a word in it.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            said = yaml.safe_load(file)
    except FileNotFoundError as error:
        raise DataError(f"There is no checklist {path.name}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} is not text in UTF-8.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise DataError(f"{path.name}{where}: this is not YAML.") from error
    if not isinstance(said, dict) or not said:
        raise DataError(f"{path.name} is no checklist: it needs phrases for each kind of clause.")
    checklist: dict[str, tuple[str, ...]] = {}
    for kind, phrases in said.items():
        listed = [phrases] if isinstance(phrases, str) else phrases
        fits = isinstance(listed, list) and all(
            isinstance(one, str) and words(one) for one in listed
        )
        if not fits or not listed:
            raise DataError(
                f"{path.name}: '{kind}' needs a list of phrases, such as [governed by, laws of]."
            )
        checklist[str(kind)] = tuple(listed)
    return checklist


def by_phrases(checklist: Mapping[str, Collection[str]]) -> Judge:
    """A judge that finds a kind where one of its phrases stands in the draft as whole words.

    It cannot see: what a clause says, or that it says the contrary ("there is no right to
    audit"); a clause in other words than the phrases. Case and punctuation do not matter.
    """
    kinds = {kind: {" ".join(words(one)) for one in said} for kind, said in checklist.items()}
    every = frozenset().union(*kinds.values())

    def judge(draft: str) -> Collection[str]:
        there = terms_in(without_markup(draft), every)
        return {kind for kind, phrases in kinds.items() if phrases & there}

    return judge
