"""The last answer of a conversation, written anew: by a language model, and by precedent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from medtune.config.generation import Generation
from medtune.learning.sampling import seed_of
from medtune.text.answerer import Answerer
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.generate import Said, answer
from medtune.text.right_answer import Question, word_counts
from medtune.text.template import prompt_of


def drawn(cases: pd.DataFrame, count: int, seed: int) -> list[str]:
    """So many conversations at random, one of each customer before a second of any.

    A larger draw has the smaller one in it, and no case moves before another when others are added
    or left out of other customers.

    Args:
        cases: columns case_id and group_id.
        count: how many; fewer where there are no more.
        seed: of the draw.
    """
    place = [seed_of(seed, "last answer", case) for case in cases["case_id"]]
    order = cases.assign(place=place).sort_values("place")
    order = order.assign(turn=order.groupby("group_id").cumcount())
    order = order.sort_values("turn", kind="stable")
    return [str(case) for case in order["case_id"].head(count)]


def last_questions(
    case_id: Sequence[str], talks: Sequence[Sequence[Message]], tokenizer: Any
) -> list[Question]:
    """What was said before the last answer of each conversation that is learnt, and that answer.

    Left out is where nothing was said before it, and where the chat template takes the whole but
    not the beginning.
    """
    found = []
    for name, messages in zip(case_id, talks, strict=True):
        asked = _asked(name, messages)[-1]
        try:
            prompt_of(tokenizer, asked.turns)
        except FaultError:
            continue
        if asked.turns:
            found.append(asked)
    return found


def written(answerer: Answerer, questions: Sequence[Question], how: Generation) -> list[Said]:
    """What a model writes, the most probable token each time whatever ``how`` says of drawing."""
    greedy = how.model_copy(update={"temperature": 0.0})
    return [answer(answerer, one.turns, greedy) for one in questions]


def by_precedent(questions: Sequence[Question], taught: Sequence[Sequence[Message]]) -> list[str]:
    """The answer that was given where most alike was asked, by words in common (TF-IDF cosine).

    Args:
        questions: what is asked.
        taught: conversations with the answers to choose from; of equally near ones the first.
    """
    bank = [one for messages in taught for one in _asked("", messages) if one.turns]
    counts = word_counts([_said(one) for one in bank])
    known = counts.transform([_said(one) for one in bank])
    near = (counts.transform([_said(one) for one in questions]) @ known.T).toarray()
    return [bank[at].answer for at in near.argmax(axis=1)]


def _asked(case_id: str, messages: Sequence[Message]) -> list[Question]:
    """Every answer of a conversation that is learnt, with all that was said before it."""
    turns = tuple(Message(each.role, each.content) for each in messages)
    return [
        Question(case_id, turns[:at], each.content.strip())
        for at, each in enumerate(messages)
        if each.taught
    ]


def _said(question: Question) -> str:
    return "\n".join(turn.content for turn in question.turns)
