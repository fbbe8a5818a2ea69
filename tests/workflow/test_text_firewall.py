"""Texts on both sides of a split: every one that teaches is found, however many are alike."""

from __future__ import annotations

import pandas as pd

from medtune.tables.schema import TEXT
from medtune.text.cases import Texts, written
from medtune.text.conversation import Message
from medtune.text.redact import Redactor
from medtune.workflow.texts.firewall import find_doubles

LONG = "my card was swallowed by the machine in front of the station this very morning"


def doubles(*said: tuple[str, str, str]):
    """Of texts by name: what they say and their split."""
    names = [name for name, _, _ in said]
    cells = [written([Message("user", text)], Redactor()) for _, text, _ in said]
    texts = Texts(
        cases=pd.DataFrame({"case_id": names}),
        messages=pd.Series(cells, index=names, dtype=TEXT),
        locations=pd.DataFrame(),
    )
    splits = pd.DataFrame({"case_id": names, "split": [split for _, _, split in said]})
    return find_doubles(texts, splits)


def test_all_equal_texts_are_left_out_and_not_only_the_first():
    found = doubles(
        ("a", "Where is my card?", "train"),
        ("b", "where is my card", "test"),
        ("c", "Where is my card", "train"),
        ("d", "where is MY card", "tune"),
    )
    assert found.drop == ["a", "c", "d"]
    (leak,) = found.leaks.to_dict("records")
    assert (leak["kind"], leak["stops"], leak["cases"]) == ("same_text", True, "a|b|c|d")
    assert leak["splits"] == "test|train|tune"


def test_near_texts_of_equal_ones_are_left_out_too():
    found = doubles(
        ("a", LONG, "train"),
        ("b", LONG.upper(), "train"),
        ("c", LONG + " again", "test"),
        ("d", "something else entirely that nobody said before", "train"),
    )
    assert found.drop == ["a", "b"]
    assert found.inside == 1
    assert found.leaks["kind"].tolist() == ["near_text"]


def test_what_stays_in_one_split_stops_nothing():
    found = doubles(("a", LONG, "test"), ("b", LONG, "test"), ("c", LONG, "held_out"))
    assert (found.drop, len(found.leaks), found.inside) == ([], 0, 1)
