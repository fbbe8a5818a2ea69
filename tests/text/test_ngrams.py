"""Counted runs of tokens: as counted one by one, whatever stands beside or behind a text."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from medtune.config.model import TextModel
from medtune.learning.task import Network
from medtune.text.backbones import Reader, load_speaker
from medtune.text.card import Card
from medtune.text.ngrams import BUCKETS, counted_ngrams
from medtune.text.tiny import write_tiny
from medtune.text.trained import start

TEXTS = st.lists(st.lists(st.integers(0, 120_000), min_size=1, max_size=9), min_size=1, max_size=4)


def filled(texts: list[list[int]], pad: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Texts as a batch, as long as the longest."""
    longest = max(map(len, texts))
    inputs = torch.tensor([text + [pad] * (longest - len(text)) for text in texts])
    there = torch.tensor([[i < len(text) for i in range(longest)] for text in texts])
    return inputs, there


def one_by_one(text: list[int], longest: int) -> np.ndarray:
    """The same row from a run of tokens after the other."""
    counts: Counter[int] = Counter()
    for begin in range(len(text)):
        run = 0
        for token in text[begin : begin + longest]:
            run = (run * 1_103_515_245 + token + 1) % (2**31 - 1)
            code = run * 48_271 % (2**31 - 1)
            counts[code % BUCKETS] += -1 if code // BUCKETS % 2 else 1
    row = np.zeros(BUCKETS)
    for bucket, count in counts.items():
        row[bucket] = np.sign(count) * np.sqrt(abs(count))
    length = np.linalg.norm(row)
    return 4 * row / length if length else row


@given(TEXTS, st.integers(1, 8), st.integers(0, 9))
@settings(deadline=None)
def test_runs_are_counted_as_one_by_one_and_what_fills_a_row_up_counts_nothing(texts, longest, pad):
    found = counted_ngrams(*filled(texts, pad), longest)
    for row, text in zip(found.numpy(), texts, strict=True):
        assert row == pytest.approx(one_by_one(text, longest), abs=1e-5)


def test_single_tokens_know_no_order_and_pairs_do():
    said = torch.tensor([[5, 7, 9], [9, 7, 5]])
    there = torch.ones_like(said, dtype=torch.bool)
    alone, paired = (counted_ngrams(said, there, longest) for longest in (1, 2))
    assert torch.equal(alone[0], alone[1])
    assert not torch.allclose(paired[0], paired[1])


def test_tokens_hardly_share_a_bucket():
    tokens = torch.arange(2000)[:, None]
    found = counted_ngrams(tokens, torch.ones_like(tokens, dtype=torch.bool), 1)
    assert len(found.abs().argmax(dim=1).unique()) > 1800, "2,000 in 16,384 at random: 1,885"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder, ["where is my card", "the invoice is wrong"], vocabulary=280, width=32)
    return folder


def test_a_head_sees_both_and_the_decoder_is_what_it_was(tiny):
    inputs, there = filled([[5, 6, 7], [8]])
    words = load_speaker(tiny).backbone
    plain, both = Reader(words).eval(), Reader(words, 3).eval()
    with torch.no_grad():
        assert torch.equal(both(inputs, there)[:, : plain.width], plain(inputs, there))
        assert torch.equal(both(inputs, there)[:, plain.width :], counted_ngrams(inputs, there, 3))
        assert torch.allclose(both(inputs[:1]), both(inputs, there)[:1], atol=1e-6), "all are there"
    assert both.width == plain.width + BUCKETS
    assert dict(both.named_parameters()).keys() == dict(plain.named_parameters()).keys()


def test_a_linear_head_learns_an_order_of_words_that_the_mean_does_not_have(tiny):
    """Of a frozen random decoder whose features are taken away: only what is counted is left."""
    network = start(TextModel(backbone=tiny, ngrams=2), 2, random=True, seed=0)
    inputs = torch.tensor([[10, 11, 12], [11, 10, 12], [12, 11, 10], [12, 10, 11]])
    wanted = torch.tensor([0, 1, 1, 0])  # whether 10 comes before 11
    with torch.no_grad():
        features = network.features(inputs)
    features[:, :-BUCKETS] = 0
    optimizer = torch.optim.Adam(network.head.parameters(), lr=0.1)
    for _ in range(50):
        loss = nn.functional.cross_entropy(network.head(features), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert network.head(features).argmax(dim=1).tolist() == wanted.tolist()


def test_half_precision_keeps_the_counts(tiny):
    network = Network(Reader(load_speaker(tiny).backbone, 2), 3)
    inputs, there = filled([[5, 6, 7], [8]])
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        found = network.features(inputs, there)
    assert torch.equal(found[:, -BUCKETS:].float(), counted_ngrams(inputs, there, 2))


def test_a_card_of_before_counts_none():
    old = Card("a", "b", "support_intent", {}, 9, [], "0")
    assert old.ngrams == 0
