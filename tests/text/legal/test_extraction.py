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

from medtune.learning.hardware import Hardware
from medtune.text.backbones import load_speaker
from medtune.text.legal.extraction import (
    AT_ONCE,
    Passage,
    greedy_by,
    log_likelihoods,
    matched,
    passages_of,
    tries,
)
from medtune.text.likelihood import Teller
from medtune.text.tiny import write_tiny

CPU = Hardware("cpu", "32", "CPU")


def counting(prefixes: Sequence[Sequence[int]], count: int) -> list[list[int]]:
    """A model that knows how to count to 9."""
    return [[min(prefix[-1] + i, 9) for i in range(1, count + 1)] for prefix in prefixes]


def test_a_model_counted_by_hand():
    passages = [Passage(0, (1, 2), (3, 4)), Passage(1, (7, 8), (9, 10)), Passage(2, (1, 2), (5, 4))]
    assert matched(passages, counting) == [2, 1, 0]


def test_more_passages_than_are_asked_at_once_stay_in_order():
    passages = [Passage(i, (0, i % 7), (i % 7 + 1, i % 5)) for i in range(2 * AT_ONCE + 3)]
    alone = [matched([one], counting)[0] for one in passages]
    assert matched(passages, counting) == alone
    assert set(alone) == {1, 2}


def test_a_model_that_stops_early_has_not_said_it():
    assert matched([Passage(0, (1, 2), (3, 4))], lambda prefixes, count: [[3]]) == [1]


def test_nobody_is_asked_for_nothing():
    assert passages_of([[1, 2, 3], []]) == []
    assert matched([], counting) == []


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


def test_tries_by_hand():
    assert tries(math.log(0.5)) == 1
    assert tries(math.log(0.1)) == 7  # 1 - 0.9**6 = .469, 1 - 0.9**7 = .522
    assert tries(math.log(0.1), 0.9) == 22
    assert tries(0.0) == 1
    assert tries(-2000.0) == math.inf


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Teller, list[list[int]]]:
    """A small model that was taught the first of two texts only, until it knew it."""
    folder: Path = tmp_path_factory.mktemp("tiny")
    write_tiny(folder, ["abc"], vocabulary=260, width=32, layers=1)
    network = Teller(load_speaker(folder, weights=True))
    model = network.speaker.model
    draw = np.random.default_rng(0)
    texts = [draw.integers(5, 250, 40).tolist() for _ in range(2)]
    ids = torch.tensor([texts[0]])
    learn = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(80):
        loss = model(ids, labels=ids).loss
        learn.zero_grad()
        loss.backward()
        learn.step()
    return network, texts


def test_a_model_says_what_it_learnt_and_not_what_it_never_saw(learnt):
    network, texts = learnt
    passages = passages_of(texts, prefix=10, suffix=20)
    found = matched(passages, greedy_by(network))
    assert found[0] == 20
    assert found[1] < 20
    known, unknown = log_likelihoods(network, passages, CPU)
    assert tries(known) < 10
    assert tries(unknown) > 10**6


def test_the_likelihood_is_the_sum_over_the_suffix(learnt):
    network, texts = learnt
    passages = passages_of(texts, prefix=10, suffix=20)
    for one, found in zip(passages, log_likelihoods(network, passages, CPU), strict=True):
        ids = torch.tensor([[*one.prefix, *one.suffix]])
        labels = ids.clone()
        labels[:, :10] = -100
        with torch.inference_mode():
            mean = float(network.speaker.model(ids, labels=labels).loss)
        assert found == pytest.approx(-20 * mean, rel=1e-4)
