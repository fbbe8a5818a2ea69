"""What is told of an answer while it is written is the answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medtune.config.generation import Generation
from medtune.text.answerer import Answerer
from medtune.text.card import Card
from medtune.text.conversation import Message
from medtune.text.generate import _Written, answer
from tests.text.talking import teller
from tests.text.tokenizers import small_tokenizer

TEXTS = [
    "It is red.",
    "  größer  als  ein Häuschen ",
    "日本語の答え、それと 🙂🙂.",
    "a\n\n b\n",
    "",
]


def told(tokenizer, ids: list[int], stops: list[int]) -> tuple[list[str], str]:
    pieces: list[str] = []
    written = _Written(tokenizer, stops, pieces.append)
    written.put(torch.tensor([[1, 2, 3]]))  # the prompt
    for token in [*ids, *stops]:
        written.put(torch.tensor([token]))
    return pieces, written.text_of(ids)


@pytest.mark.parametrize("text", TEXTS)
def test_the_pieces_are_the_text(text):
    tokenizer = small_tokenizer(None)
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    pieces, whole = told(tokenizer, ids, [tokenizer.eos_token_id])
    assert whole == "".join(pieces) == tokenizer.decode(ids, skip_special_tokens=True).strip()
    assert len(pieces) == len(ids) + 2, "one a token, the end's too, and what is left"
    assert sum(map(bool, pieces)) > 1 or len(ids) < 12


@pytest.mark.parametrize("heat", [5e-324, 1e-40, 3e-39, 1e-38, 1e-7])
def test_a_temperature_too_small_to_divide_by_is_greedy(heat: float):
    card = Card("desk", "simulated", "support_chat", {}, 256, [], "")
    own = Answerer(teller().eval(), card, small_tokenizer(None))
    turns = [Message("user", "Which light is red?")]
    said = answer(own, turns, Generation(max_tokens=12, temperature=heat))
    assert said.text == answer(own, turns, Generation(max_tokens=12)).text
    assert answer(own, turns, Generation(max_tokens=12, temperature=2e-5)).written > 0


def test_so_are_they_where_the_tokens_are_no_text():
    tokenizer = small_tokenizer(None)
    draw = np.random.default_rng(0)
    for _ in range(40):
        ids = draw.integers(0, len(tokenizer), 30).tolist()
        ids = [each for each in ids if each not in tokenizer.all_special_ids]
        pieces, whole = told(tokenizer, ids, [tokenizer.eos_token_id])
        assert whole == "".join(pieces) == tokenizer.decode(ids, skip_special_tokens=True).strip()
