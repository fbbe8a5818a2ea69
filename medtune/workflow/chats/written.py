"""What each model writes as the last answer of a conversation, beside what a person wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.text_data import ANSWER
from medtune.errors import DataError
from medtune.evaluation.glossary import mine_terms
from medtune.evaluation.language import (
    Mark,
    chrf,
    edit_effort_characters,
    edit_effort_words,
    rouge_l,
    term_recall,
    words,
)
from medtune.tables.marks import BLANK_PAGE, FINAL_TEXT
from medtune.tables.marks import COLUMNS as MARKS_COLUMNS
from medtune.text.answerer import Answerer
from medtune.text.card import Card
from medtune.text.cases import messages_of, plain_texts
from medtune.text.generic import documents_of
from medtune.text.identifiers import without_placeholders
from medtune.text.last_answer import by_precedent, drawn, last_questions, written
from medtune.text.likelihood import Teller
from medtune.text.redact import Redactor
from medtune.text.right_answer import Question
from medtune.workflow.chats.clause_judge import clause_judge_of
from medtune.workflow.chats.drafting import Looks, looks_of
from medtune.workflow.chats.models import Judged, Marked
from medtune.workflow.progress import Tell
from medtune.workflow.texts.gather import names_in

RETRIEVED = "tfidf"


@dataclass(frozen=True)
class Asked:
    """What the models are asked, and what their answers are held against.

    Attributes:
        questions: of as many customers as there are, with the person's answer.
        left_out: conversations that were drawn and cannot be asked.
        terms: the company's; None where there is nothing to tell them by.
        names: that must not be said.
        looks: what else is looked for in what is written.
    """

    questions: list[Question]
    left_out: int
    terms: frozenset[str] | None
    names: list[str]
    looks: Looks


def asked_of(judged: Judged) -> Asked:
    """Draw the questions and find the company's terms; no model is asked anything.

    Raises:
        InputError: a package or a file is missing or says nothing.
    """
    chrf("a", "a")
    rouge_l("a", "a")
    run, prepared = judged.run, judged.prepared
    names = drawn(prepared.of("test"), run.evaluation.generated, run.evaluation.seed)
    talks = [messages_of(prepared.messages[name]) for name in names]
    questions = last_questions(names, talks, prepared.tokenizer)
    listed, how = run.data.redact.names, run.evaluation.drafts
    return Asked(
        questions=questions,
        left_out=len(names) - len(questions),
        terms=_terms(judged),
        names=[] if listed is None else names_in(listed),
        looks=looks_of(how, _taught(judged), run.evaluation.seed, clause_judge_of(how, judged)),
    )


def written_of(
    judged: Judged, networks: Mapping[str, Teller], card: Card, asked: Asked, tell: Tell
) -> Marked:
    """Let every model answer, and hold its answers, and a blank page, against those of people.

    Args:
        judged: the conversations.
        networks: by name.
        card: of the run's model: all have its tokenizer.
        asked: see ``asked_of``.
        tell: takes lines for a person.
    """
    run, prepared = judged.run, judged.prepared
    groups = prepared.of("test").set_index("case_id")["group_id"]
    answers: dict[str, list[str]] = {}
    cut: dict[str, int] = {}
    for name, network in networks.items():
        tell(f"{name} writes {len(asked.questions)} answers")
        model = Answerer(network.to(judged.hardware.device), card, prepared.tokenizer)
        said = written(model, asked.questions, run.generation)
        answers[name] = [one.text for one in said]
        cut[name] = sum(not one.whole for one in said)
    taught = prepared.messages.loc[prepared.of("train")["case_id"]]
    if asked.questions:
        answers[RETRIEVED] = by_precedent(asked.questions, [messages_of(cell) for cell in taught])
    rows: list[list[object]] = []
    found: dict[str, Counter[str]] = {}

    def put(one: Question, model: str, marks: Mapping[str, Mark]) -> None:
        where = [one.case_id, groups[one.case_id], model, ANSWER]
        rows.extend([*where, measure, *mark] for measure, mark in marks.items())

    for name, texts in answers.items():
        look = Redactor(asked.names, card.redact)
        for one, text in zip(asked.questions, texts, strict=True):
            before = look.counts.total()
            look(text)
            leaks = {"identifiers_said": (float(look.counts.total() > before), 1.0)}
            put(one, name, {**_close(text, one.answer, asked.terms), **leaks})
            put(one, name, _edits(text, one.answer))
            put(one, name, asked.looks.marks(text, one))
        found[name] = look.counts
    for one in asked.questions:
        put(one, BLANK_PAGE, _edits("", one.answer))
        put(one, FINAL_TEXT, asked.looks.marks(one.answer, one))
    return Marked(
        marks=pd.DataFrame(rows, columns=list(MARKS_COLUMNS)),
        settings={
            "conversations": len(asked.questions),
            "groups": len({groups[one.case_id] for one in asked.questions}),
            "left_out": asked.left_out,
            "max_tokens": run.generation.max_tokens,
            "terms": None if asked.terms is None else len(asked.terms),
            "cut": cut,
            "identifiers": {name: dict(count) for name, count in found.items()},
            "looked_at": asked.looks.said,
        },
    )


def about_written(settings: Mapping[str, Any]) -> list[str]:
    """What a reader has to know of the answers that were written, in sentences.

    Args:
        settings: of ``Marked``.
    """
    count, groups = settings["conversations"], settings["groups"]
    whose = ", each of another customer," if count == groups else f" of {groups} customers"
    said = [
        f"The last answers of {count} test conversations{whose} were written "
        f"anew by every model, of at most {settings['max_tokens']} tokens. How alike they are to "
        "what a person wrote is not whether they help.",
        "Edit effort counts characters or words that have to be changed, and is not time: where "
        "post-editing was timed, the two went together only loosely, and here nobody was timed. It "
        "is of texts of customers none of whose texts taught, and says nothing of revisions, where "
        "whoever copies the earlier text has nearly all of the later one.",
        f"Of what has the form of an identifier, or stands in the list of names, these {count} "
        f"answers hold: {'; '.join(_counted(*each) for each in settings['identifiers'].items())}.",
    ]
    said.extend(settings["looked_at"])
    if any(settings["cut"].values()):
        cut = ", ".join(f"{name} {n}" for name, n in settings["cut"].items())
        said.append(f"Answers cut at 'generation.max_tokens': {cut}.")
    if settings["left_out"]:
        said.append(
            f"{settings['left_out']} more test conversations were drawn and could not be asked: "
            "nothing stands before their last answer, or the chat template refuses it."
        )
    if settings["terms"] is None:
        said.append(
            "Whether the company's terms are said was not measured: give 'evaluation.glossary', "
            "or 'evaluation.generic' to tell them by."
        )
    return said


def _taught(judged: Judged) -> dict[str, list[str]]:
    """All answers that teach, by customer."""
    train = judged.prepared.of("train")
    found: dict[str, list[str]] = {}
    for group, cell in zip(
        train["group_id"], judged.prepared.messages.loc[train["case_id"]], strict=True
    ):
        found.setdefault(group, []).extend(one.content for one in messages_of(cell) if one.taught)
    return found


def _counted(name: str, found: Mapping[str, int]) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.items()))
    return f"{name} {kinds or 'none'}"


def _edits(text: str, right: str) -> dict[str, Mark]:
    """What it takes to make a person's answer of what was written, as marks."""
    return {
        "edit_effort_characters": edit_effort_characters(text, right),
        "edit_effort_words": edit_effort_words(text, right),
    }


def _close(text: str, right: str, terms: frozenset[str] | None) -> dict[str, Mark]:
    """How close an answer is to a person's, as marks."""
    close = {"chrf": chrf(text, right), "rouge_l": rouge_l(text, right)}
    if terms is not None:
        plain, wanted = without_placeholders(text), without_placeholders(right)
        close["term_recall"] = term_recall(plain, wanted, terms)
    return close


def _terms(judged: Judged) -> frozenset[str] | None:
    """The company's terms: given, or more frequent in what teaches than in generic text."""
    how, prepared = judged.run.evaluation, judged.prepared
    if how.glossary is not None:
        return glossary_in(how.glossary)
    if how.generic is None:
        return None
    taught = plain_texts(prepared.messages.loc[prepared.of("train")["case_id"]].tolist())
    house: Sequence[str] = [without_placeholders(text) for text in taught]
    return frozenset(term.words for term in mine_terms(house, documents_of(how.generic)))


def glossary_in(path: Path) -> frozenset[str]:
    """The terms of a list, one a line, as their words in small letters.

    Raises:
        DataError: it cannot be read, or has none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The glossary {path.name} cannot be read as UTF-8 text.") from error
    terms = frozenset(" ".join(words(line)) for line in lines) - {""}
    if not terms:
        raise DataError(f"The glossary {path.name} has no term.")
    return terms
