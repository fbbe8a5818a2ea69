"""What a house looks for in a draft, and in what it finally wrote: marks by what the run says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from medtune.config.drafts import Drafts
from medtune.errors import DataError
from medtune.evaluation.language import Mark
from medtune.text.generic import documents_of
from medtune.text.legal.checklist import Judge, covered, precise
from medtune.text.legal.citations import Key, citations, read_allowed
from medtune.text.legal.client_facts import ClientFacts
from medtune.text.legal.cross_references import cross_references
from medtune.text.legal.defined_terms import defined_terms
from medtune.text.legal.house_style import HouseStyle
from medtune.text.legal.overlap import Overlaps
from medtune.text.right_answer import Question
from medtune.workflow.chats.clause_judge import ClauseJudge

# From a draft and what it was asked for, with the final text, to marks: see ``tables.marks``.
Look = Callable[[str, Question], Mapping[str, Mark]]


@dataclass
class Looks:
    """What is looked for.

    Attributes:
        each: what gives marks.
        said: what is to stand beside their figures, in sentences.
    """

    each: list[Look] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def marks(self, draft: str, asked: Question) -> dict[str, Mark]:
        """All that is looked for in one draft."""
        return {name: mark for look in self.each for name, mark in look(draft, asked).items()}


def looks_of(
    how: Drafts | None,
    taught: Mapping[str, Sequence[str]],
    seed: int,
    clauses: ClauseJudge | None = None,
) -> Looks:
    """What is looked for; nothing where the run has no section ``evaluation.drafts``.

    Args:
        how: the section.
        taught: answers that teach, by company or matter; what is drafted is for others.
        seed: of what is drawn.
        clauses: tells the kinds of clause; None: nobody looks at them.

    Raises:
        InputError: a file of the section cannot be used, or a package is missing.
    """
    if how is None:
        return Looks()
    terms = frozenset[str]() if how.terms is None else frozenset(lines_of(how.terms))
    looks = Looks([partial(_terms, terms), _references], [RULES])
    if how.citations is not None:
        allowed = read_allowed(how.citations)
        citations("", allowed)  # a package that is missing is told before a look is spent
        looks.each.append(partial(_citations, allowed))
    if clauses is not None:
        looks.each.append(partial(_clauses, clauses.judge))
        looks.said.extend(clauses.said)
    bank = [] if how.bank is None else documents_of(how.bank)
    overlaps = Overlaps(bank, taught)
    if how.bank is not None:
        looks.each.append(partial(_bank, overlaps))
    if how.other_matters:
        looks.each.append(partial(_others, overlaps, ClientFacts(taught, bank=bank)))
        looks.said.append(WITHOUT_BANK if how.bank is None else OTHERS)
    if how.other_houses is not None:
        house = ["\n".join(texts) for texts in taught.values()]
        style = HouseStyle(house, documents_of(how.other_houses), seed=seed)
        looks.each.append(partial(_style, style))
        looks.said.append(style.check.sentence)
    return looks


RULES = (
    "What a house looks for in a draft is read off its words by rules that take no notice of "
    "sense, so that what was finally written stands beside it. Drafts of a clause use terms and "
    "refer to parts that stand elsewhere."
)
OTHERS = (
    "What a draft has in common with training texts of others is counted in runs of 8 words that "
    "are not in the bank; names of firms and sums of others are counted apart. What is found is to "
    "be looked at, and what is not found is not proven absent."
)
WITHOUT_BANK = (
    f"{OTHERS} Without 'evaluation.drafts.bank' every phrase of the trade that others use counts "
    "as theirs."
)


def _terms(allowed: frozenset[str], draft: str, asked: Question) -> dict[str, Mark]:
    found = defined_terms(draft, allowed=allowed)
    return {
        "terms_defined": found.used_are_defined.mark,
        "terms_used": found.defined_are_used.mark,
    }


def _references(draft: str, asked: Question) -> dict[str, Mark]:
    return {"references_resolve": cross_references(draft).resolve.mark}


def _citations(
    allowed: Mapping[Key, frozenset[str]], draft: str, asked: Question
) -> dict[str, Mark]:
    return {"citations_unknown": citations(draft, allowed).unresolved.mark}


def _clauses(judge: Judge, draft: str, asked: Question) -> dict[str, Mark]:
    """Kinds of clause in the draft, by those of the final text."""
    found, wanted = judge(draft), judge(asked.answer)
    return {
        "clause_recall": covered(found, wanted).mark,
        "clause_precision": precise(found, wanted).mark,
    }


def _bank(overlaps: Overlaps, draft: str, asked: Question) -> dict[str, Mark]:
    return {"bank_overlap": overlaps.of(draft).with_bank.mark}


def _others(overlaps: Overlaps, facts: ClientFacts, draft: str, asked: Question) -> dict[str, Mark]:
    request = "\n".join(turn.content for turn in asked.turns)
    return {
        "others_overlap": overlaps.of(draft).with_others.mark,
        "others_facts": facts.foreign(draft, given=request).told.mark,
    }


def _style(style: HouseStyle, draft: str, asked: Question) -> dict[str, Mark]:
    return {"house_style": style.probability(draft).mark}


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
