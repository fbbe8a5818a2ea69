from __future__ import annotations

import json
from itertools import pairwise

import pandas as pd

from medtune.phantom.helpdesk import tickets, write_conversations, write_export, write_questions
from medtune.phantom.product import CODES, INTENTS, NOT_OURS, PLANS, PLATFORMS, UNCLEAR
from medtune.text.duplicates import find_twins
from medtune.text.formats.read import Fields, read_conversations


def test_a_ticket_does_not_hang_on_how_many_there_are():
    few = {one.number: one for one in tickets(40, seed=2)}
    many = {one.number: one for one in tickets(90, seed=2)}
    assert all(many[number] == one for number, one in few.items())
    assert tickets(40, seed=3) != tickets(40, seed=2)


def test_customers_ask_again_and_some_questions_are_none_of_ours(tmp_path):
    write_questions(tmp_path / "q.csv", 400, seed=1)
    table = pd.read_csv(tmp_path / "q.csv")
    assert set(table["label"]) == {*INTENTS, "other"}
    assert 0.5 < table["customer"].nunique() / len(table) < 0.95
    assert table["date"].is_monotonic_increasing


def test_conversations_are_read_without_a_fault(tmp_path):
    write_conversations(tmp_path / "c.jsonl", 300, seed=1)
    fields = Fields(id="id", group="customer", time="created", attributes=("plan", "solved"))
    read = read_conversations(tmp_path / "c.jsonl", "openai_chat", fields)
    assert not read.faults
    assert len(read.conversations) == 300
    times = [one.time for one in read.conversations]
    assert times == sorted(times)
    solved = [one for one in read.conversations if one.attributes["solved"] == "yes"]
    assert 0.1 < len(solved) / 300 < 0.35
    for one in read.conversations:
        marked = [turn for turn in one.messages if turn.marks.get("solution")]
        assert len(marked) == (one in solved)
        assert {turn.role for turn in marked} <= {"assistant"}
    assert {one.attributes["plan"] for one in read.conversations} == set(PLANS)


def test_the_export_of_the_help_desk_has_the_same_conversations(tmp_path):
    write_conversations(tmp_path / "c.jsonl", 120, seed=4)
    write_export(tmp_path / "z.csv", 120, seed=4)
    told = read_conversations(
        tmp_path / "c.jsonl", "openai_chat", Fields(id="id", group="customer", time="created")
    )
    export = read_conversations(tmp_path / "z.csv", "helpdesk", Fields())
    assert not export.faults
    known = {one.key: one for one in told.conversations}
    assert {one.key for one in export.conversations} == set(known)
    for one in export.conversations:
        same = known[one.key]
        assert (one.group, one.time) == (same.group, same.time)
        assert [(m.role, m.content) for m in one.messages] == [
            (m.role, m.content) for m in same.messages
        ]
    notes = pd.read_csv(tmp_path / "z.csv").query("not public")["ticket_id"]
    other = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert set(notes) == {one["id"] for one in other if one["intent"] == "other"}
    assert len(notes)


def test_an_answer_follows_from_what_was_asked():
    """All that an answer says of the customer's own matter stands in what the customer said."""
    for one in tickets(300, seed=2):
        asked, first = one.turns[0].said, one.turns[1].said
        if one.intent == "other":
            assert first.endswith(NOT_OURS)
            assert len(one.turns) == 2
            continue
        for words in (PLANS, PLATFORMS, CODES):
            for word in words:
                assert word not in first or word in asked
        number = [word for word in first.replace(".", " ").split() if word.isdigit()]
        assert all(word in asked for word in number if len(word) == 4)
        if one.intent == "sync_fails":
            (code,) = (code for code in CODES if code in asked)
            assert CODES[code][1] in first
            assert PLATFORMS[one.platform].menu in first


def test_some_questions_may_be_about_either_of_two_things():
    made = tickets(800, seed=1)
    phrase = "I have a question about an invoice"
    about = {one.intent for one in made if phrase in one.question}
    assert about == {"invoice_copy", "charged_twice"}
    vague = [phrase.partition("{")[0].strip() for both in UNCLEAR.values() for phrase in both]
    said = [one for one in made if any(words and words in one.question for words in vague)]
    assert 0.03 < len(said) / len(made) < 0.2


def test_turns_follow_one_another_and_no_two_conversations_are_alike():
    made = tickets(400, seed=1)
    for one in made:
        assert [turn.role for turn in one.turns[:2]] == ["user", "assistant"]
        assert all(a.role != b.role and a.time < b.time for a, b in pairwise(one.turns))
    said = ["\n".join(turn.said for turn in one.turns) for one in made]
    assert len(find_twins(said)) <= 2
