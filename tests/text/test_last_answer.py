"""The last answer, written anew: which conversations, what is asked, and the nearest precedent."""

from __future__ import annotations

import pandas as pd

from medtune.text.conversation import Message
from medtune.text.last_answer import by_precedent, drawn, last_questions
from medtune.text.right_answer import Question
from tests.text.talking import talk
from tests.text.tokenizers import small_tokenizer


def cases(count: int) -> pd.DataFrame:
    """Two conversations a customer."""
    return pd.DataFrame(
        {
            "case_id": [f"c{n}" for n in range(count)],
            "group_id": [f"g{n // 2}" for n in range(count)],
        }
    )


def test_each_customer_is_asked_before_one_is_asked_again():
    table = cases(200)
    names = drawn(table, 30, 1)
    assert len(names) == 30
    assert table.set_index("case_id").loc[names, "group_id"].is_unique
    assert drawn(table, 20, 1) == names[:20]
    assert drawn(table.iloc[::-1], 30, 1) == names
    assert drawn(table, 30, 2) != names
    both = drawn(table, 500, 1)
    assert sorted(both) == sorted(table["case_id"])
    assert both[:30] == names
    group = table.set_index("case_id").loc[both, "group_id"]
    assert group[:100].is_unique
    assert group[100:].is_unique
    fewer = table[~table["case_id"].isin(names[:1])]
    kept = [name for name in drawn(fewer, 30, 1) if name in names]
    assert kept == [name for name in names[1:] if name in kept]
    assert len(kept) >= 28


def test_the_last_answer_is_asked_for_and_is_not_in_what_is_read():
    said = talk(1)
    (one,) = last_questions(["a"], [said], small_tokenizer(None))
    assert one.answer == said[3].content
    assert [turn.content for turn in one.turns] == [turn.content for turn in said[:3]]
    assert not any(turn.taught for turn in one.turns)
    untaught = (*said[:3], Message("assistant", "not learnt"))
    (first,) = last_questions(["a"], [untaught], small_tokenizer(None))
    assert first.answer == said[1].content


def test_who_answers_before_anything_is_asked_is_left_out():
    begins = (Message("assistant", "Hello.", taught=True), Message("user", "Hi."))
    assert last_questions(["a"], [begins], small_tokenizer(None)) == []


def test_the_precedent_is_the_answer_to_the_likest_question():
    taught = [talk(number) for number in range(4)]
    asked = [
        Question("x", (Message("user", f"Item 9: which light is {colour}?"),), "")
        for colour in ("blue", "red")
    ]
    assert by_precedent(asked, taught) == ["It is blue.", "It is red."]
