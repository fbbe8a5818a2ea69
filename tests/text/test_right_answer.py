"""The right answer of ten: by likelihood, and by words in common."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.text.conversation import Message
from medtune.text.right_answer import (
    MOST,
    TOGETHER,
    Question,
    by_likelihood,
    by_words,
    questions_of,
    right_first,
    tens_of,
    word_counts,
)
from tests.learning.small import CPU
from tests.text.talking import talk, teller
from tests.text.tokenizers import small_tokenizer


def asked(number: int, said: str) -> Question:
    return Question(str(number), (Message("user", f"what of {said}?"),), f"it is {said} then")


WORDS = ("red", "green", "blue", "black", "white", "brown", "pink", "grey", "gold", "cyan")


def test_the_first_answer_is_asked_for_unless_it_is_too_long():
    talks = [talk(0), talk(1)]
    found = questions_of(["a", "b"], talks, small_tokenizer(None), 256)
    assert [one.case_id for one in found] == ["a", "b"]
    assert found[0].answer == talks[0][1].content
    assert [turn.content for turn in found[0].turns] == [talks[0][0].content]
    assert not any(turn.taught for turn in found[0].turns)
    assert questions_of(["a"], talks[:1], small_tokenizer(None), 8) == []


def test_tens_are_seeded_whole_and_without_the_same_answer_twice():
    many = [asked(n, f"{WORDS[n % 10]} {n // 3}") for n in range(500)]
    tens = tens_of(many, 1)
    assert len(tens) * TOGETHER == MOST
    for ten in tens:
        assert len({one.answer for one in ten}) == TOGETHER
    names = [one.case_id for ten in tens for one in ten]
    assert len(set(names)) == len(names)
    assert [one.case_id for ten in tens_of(many[::-1], 1) for one in ten] == names
    assert [one.case_id for ten in tens_of(many, 2) for one in ten] != names
    assert tens_of(many[:9], 1) == []


def test_ties_are_not_right():
    scores = np.array([[3.0, 1, 2], [1, 1, 0], [0, 0, np.nan]])
    assert right_first(scores)[:2].tolist() == [1, 0]
    assert np.isnan(right_first(scores)[2])


def test_words_in_common_find_their_answer():
    ten = [asked(n, word) for n, word in enumerate(WORDS)]
    counts = word_counts([one.turns[0].content for one in ten])
    assert right_first(by_words(ten, counts)).sum() == 10


def test_what_is_likely_whatever_is_asked_gains_nothing():
    ten = [asked(n, word) for n, word in enumerate(WORDS)]
    scores = by_likelihood(ten, small_tokenizer(None), 256, teller().eval(), CPU)
    assert scores.shape == (10, 10)
    # p(a) is the mean over the questions: exp of the scores of an answer has the mean 1
    assert np.exp(scores).mean(axis=0) == pytest.approx(np.ones(10), rel=1e-4)
