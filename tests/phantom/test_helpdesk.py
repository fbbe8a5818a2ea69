"""The simulated help desk: the same for a seed, and as a real one is where it matters."""

from __future__ import annotations

import json

import pandas as pd

from medtune.phantom.helpdesk import INTENTS, tickets, write_conversations, write_questions


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
    write_conversations(tmp_path / "c.jsonl", 400, seed=1)
    lines = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert len(lines) == int((table["label"] != "other").sum())
    assert [turn["role"] for turn in lines[0]["messages"]] == ["user", "assistant"]
