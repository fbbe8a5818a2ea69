"""What is said by heart: of a made-up model by hand, and of a small one that learnt one text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from medtune.text.legal.extraction import (
    Passage,
    extraction,
    greedy_by,
    log_likelihood,
    passages_of,
    tries,
)
from medtune.text.tiny import write_tiny


def counting(prefix: Sequence[int], count: int) -> list[int]:
    """A model that knows how to count to 9."""
    return [min(prefix[-1] + i, 9) for i in range(1, count + 1)]


def test_a_model_counted_by_hand():
    passages = [Passage(0, (1, 2), (3, 4)), Passage(1, (7, 8), (9, 10)), Passage(2, (1, 2), (5, 4))]
    found = extraction(passages, counting)
    assert found.said == (passages[0],)
    assert found.matched == (2, 1, 0)
    assert found.extracted.mark == (1, 3)


def test_a_model_that_stops_early_has_not_said_it():
    found = extraction([Passage(0, (1, 2), (3, 4))], lambda prefix, count: [3])
    assert found.matched == (1,)
    assert found.extracted.mark == (0, 1)


@given(st.lists(st.integers(0, 12), max_size=10), st.integers(0, 5), st.integers(1, 8))
def test_passages_are_of_their_texts(sizes: list[int], seed: int, most: int):
    texts = [list(range(100 * i, 100 * i + size)) for i, size in enumerate(sizes)]
    found = passages_of(texts, prefix=3, suffix=4, most=most, seed=seed)
    assert len(found) == min(most, sum(size >= 7 for size in sizes))
    assert len({one.text for one in found}) == len(found)
    for one in found:
        ids = [*one.prefix, *one.suffix]
        assert len(one.prefix) == 3
        assert len(one.suffix) == 4
        assert ids == list(range(ids[0], ids[0] + 7))
        assert set(ids) <= set(texts[one.text])


def test_nothing_to_ask_is_not_estimable():
    share = extraction(passages_of([[1, 2, 3], []]), counting).extracted
    assert share.denominator == 0
    assert share.reason == "no text is long enough to be asked for"


def test_tries_by_hand():
    assert tries(math.log(0.5)) == 1
    assert tries(math.log(0.1)) == 7  # 1 - 0.9**6 = .469, 1 - 0.9**7 = .522
    assert tries(math.log(0.1), 0.9) == 22
    assert tries(0.0) == 1
    assert tries(-2000.0) == math.inf


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[torch.nn.Module, list[list[int]]]:
    """A small model that was taught the first of two texts only, until it knew it."""
    folder: Path = tmp_path_factory.mktemp("tiny")
    write_tiny(folder, ["abc"], vocabulary=260, width=32, layers=1)
    model = AutoModelForCausalLM.from_pretrained(folder)
    draw = np.random.default_rng(0)
    texts = [draw.integers(5, 250, 40).tolist() for _ in range(2)]
    ids = torch.tensor([texts[0]])
    learn = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(80):
        loss = model(ids, labels=ids).loss
        learn.zero_grad()
        loss.backward()
        learn.step()
    return model, texts


def test_a_model_says_what_it_learnt_and_not_what_it_never_saw(learnt):
    model, texts = learnt
    passages = passages_of(texts, prefix=10, suffix=20)
    found = extraction(passages, greedy_by(model))
    assert [one.text for one in found.said] == [0]
    assert found.extracted.mark == (1, 2)
    known, unknown = (log_likelihood(model, one) for one in passages)
    assert tries(known) < 10
    assert tries(unknown) > 10**6


def test_the_likelihood_is_the_sum_over_the_suffix(learnt):
    model, texts = learnt
    one = passages_of(texts, prefix=10, suffix=20)[0]
    ids = torch.tensor([[*one.prefix, *one.suffix]])
    labels = ids.clone()
    labels[:, :10] = -100
    with torch.inference_mode():
        mean = float(model(ids, labels=labels).loss)
    assert log_likelihood(model, one) == pytest.approx(-20 * mean, rel=1e-4)
