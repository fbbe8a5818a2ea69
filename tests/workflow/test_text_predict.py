"""What is said of a text: its class where that is sure enough, else that a person should answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.text.card import Card
from medtune.workflow.texts.predict import table_of

CLASSES = ["card", "invoice", "other"]
SCORES = np.array([
    [0.9, 0.05, 0.05],
    [0.5, 0.3, 0.2],
    [np.nan, np.nan, np.nan],
    [0.1, 0.0, 0.9],
    [0.2, 0.79, 0.01],
])  # fmt: skip
WHY = pd.Series([None, None, "'text' says nothing", None, None], dtype=object)


def said(cut: float | None) -> pd.DataFrame:
    card = Card(
        name="r",
        site="s",
        task="support_intent",
        targets={"intent": {"kind": "multiclass", "classes": CLASSES}},
        max_tokens=8,
        redact=[],
        tokenizer_sha256="",
        by_hand={"intent": "other"},
        answers={} if cut is None else {"intent": {"score": cut}},
    )
    return table_of(card, pd.Series([2, 3, 4, 5, 6]), SCORES, WHY)


def test_what_is_sure_enough_is_said_and_all_else_is_handed_over():
    table = said(0.79)
    assert table["row"].tolist() == [2, 3, 4, 5, 6]
    assert table["class"].tolist() == ["card", "card", None, "other", "invoice"]
    assert table["score"].tolist() == pytest.approx([0.9, 0.5, np.nan, 0.9, 0.79], nan_ok=True)
    hand = "hand over"
    assert table["decision"].tolist() == ["card", hand, None, hand, "invoice"]
    assert table["refused"].tolist() == [False, False, True, False, False]
    assert table["reason"].tolist() == [
        None,
        "not sure enough: a person should answer",
        "'text' says nothing",
        "none of ours: a person should answer",
        None,
    ]


@pytest.mark.parametrize("cut", [None, 0.95])
def test_without_a_cut_or_below_it_nothing_is_said(cut):
    table = said(cut)
    assert set(table["decision"].dropna()) == {"hand over"}
    assert table["threshold"].isna().all() == (cut is None)
    why = "no cut was set on calibration" if cut is None else "not sure enough"
    assert table["reason"].iloc[0] == f"{why}: a person should answer"
