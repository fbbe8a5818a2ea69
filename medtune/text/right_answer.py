"""Which of ten answers belongs to a question: by a language model, and by words in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from medtune.learning.hardware import Hardware
from medtune.learning.sampling import seed_of
from medtune.text.conversation import Message
from medtune.text.likelihood import Teller, likelihoods
from medtune.text.talk_rows import TalkRows
from medtune.text.talks import Talk, gathered, talks_of
from medtune.text.template import Tokenizer

TOGETHER = 10  # answers that a question is shown, its own among them
MOST = 200  # questions that are asked: each costs ten conversations


@dataclass(frozen=True)
class Question:
    """What is asked, and the first answer to it.

    Attributes:
        case_id: of its conversation.
        turns: until the answer.
        answer: that was given.
    """

    case_id: str
    turns: tuple[Message, ...]
    answer: str


def questions_of(
    case_id: Sequence[str], talks: Sequence[Sequence[Message]], tokenizer: Any, most: int
) -> list[Question]:
    """The first answer of each conversation that is learnt, and what was said before it.

    Left out is where the answer alone takes more than half of ``most`` tokens.
    """
    found = []
    for name, messages in zip(case_id, talks, strict=True):
        first = next(i for i, message in enumerate(messages) if message.taught)
        turns = tuple(Message(each.role, each.content) for each in messages[:first])
        said = messages[first].content.strip()
        own = tokenizer([said], add_special_tokens=False, split_special_tokens=True)
        if len(own["input_ids"][0]) <= most // 2:
            found.append(Question(name, turns, said))
    return found


def tens_of(questions: Sequence[Question], seed: int) -> list[list[Question]]:
    """Questions in groups of ten, at random, of which no two have the same answer.

    What is left of the last group is not asked.
    """
    order = sorted(questions, key=lambda one: seed_of(seed, "ranking", one.case_id))
    tens: list[list[Question]] = []
    group: list[Question] = []
    for one in order:
        if len(tens) * TOGETHER >= MOST:
            break
        if one.answer not in {other.answer for other in group}:
            group.append(one)
        if len(group) == TOGETHER:
            tens.append(group)
            group = []
    return tens


def by_likelihood(
    ten: Sequence[Question], tokenizer: Tokenizer, most: int, network: Teller, hardware: Hardware
) -> NDArray[np.float64]:
    """How much likelier each answer is after each question than after any of them.

    log p(a | q) - log p(a), where p(a) is the mean of p(a | q) over the questions: an answer that
    is likely whatever is asked gains nothing by it (Lowe et al. 2015 for the task; Li et al. 2016,
    arXiv 1510.03055, for the difference).

    Returns:
        (questions, answers); NaN where an answer does not fit.
    """
    rows = [
        (*asked.turns, Message("assistant", said.answer, taught=True))
        for asked in ten
        for said in ten
    ]
    found = talks_of(rows, tokenizer, most)
    fits = [isinstance(one, Talk) and len(one.tokens.ids) > 0 for one in found]
    kept = [one for one, here in zip(found, fits, strict=True) if here]
    table = np.full(len(rows), np.nan)
    if kept:
        talks = gathered([str(i) for i in range(len(kept))], kept)
        samples = TalkRows(talks, talks.place.index.tolist())
        table[np.array(fits)] = likelihoods(network, samples, hardware)
    said = table.reshape(len(ten), len(ten))
    return said - np.logaddexp.reduce(said, axis=0)[None] + np.log(len(ten))


def by_words(ten: Sequence[Question], counts: TfidfVectorizer) -> NDArray[np.float64]:
    """Cosine of the words of each question and each answer, (questions, answers)."""
    asked = counts.transform(["\n".join(m.content for m in one.turns) for one in ten])
    said = counts.transform([one.answer for one in ten])
    return np.asarray((asked @ said.T).todense(), np.float64)


def word_counts(texts: Sequence[str]) -> TfidfVectorizer:
    """Words and pairs of words, weighted by how rare they are in these texts."""
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit(texts)


def right_first(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whether each question's own answer comes first alone; NaN where an answer has no score.

    Args:
        scores: (questions, answers), the right ones on the diagonal.
    """
    own = np.diag(scores)
    others = np.where(np.eye(len(scores), dtype=bool), -np.inf, scores).max(axis=1)
    return np.where(np.isnan(scores).any(axis=1), np.nan, (own > others).astype(float))
