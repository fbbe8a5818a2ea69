"""What is said by heart: of a small model that learnt one text, beside what transformers writes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from medtune.learning.hardware import Hardware
from medtune.text.backbones import load_speaker
from medtune.text.legal.extraction import AT_ONCE, Passage, passages_of, probed, tries
from medtune.text.likelihood import Teller
from medtune.text.tiny import write_tiny

CPU = Hardware("cpu", "32", "CPU")


@given(st.lists(st.integers(0, 12), max_size=10), st.integers(0, 5), st.integers(1, 8))
def test_passages_are_of_their_texts(sizes: list[int], seed: int, most: int):
    texts = [([-7] * (i % 3), list(range(100 * i, 100 * i + n))) for i, n in enumerate(sizes)]
    found = passages_of(texts, prefix=3, suffix=4, most=most, seed=seed)
    assert len(found) == min(most, sum(size >= 7 for size in sizes))
    assert len({one.text for one in found}) == len(found)
    for one in found:
        read, said = texts[one.text]
        assert len(one.suffix) == 4
        assert len(one.before) >= len(read) + 3
        whole = [*one.before, *one.suffix]
        assert whole == [*read, *said][: len(whole)]


def test_a_passage_may_stand_anywhere_in_what_is_learnt():
    text = ([1, 2], list(range(10, 16)))
    starts = {
        len(passages_of([text], prefix=1, suffix=2, seed=seed)[0].before) for seed in range(60)
    }
    assert starts == {3, 4, 5, 6}


def test_nobody_is_asked_for_nothing(learnt):
    assert passages_of([([], [1, 2, 3]), ([1] * 200, [])]) == []
    assert probed(learnt[0], [], CPU) == []


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
    passages = [Passage(n, tuple(ids[:10]), tuple(ids[10:30])) for n, ids in enumerate(texts)]
    known, unknown = probed(network, passages, CPU)
    assert known.matched == 20
    assert unknown.matched < 20
    assert tries(known.log_likelihood) < 10
    assert tries(unknown.log_likelihood) > 10**6


def test_what_matches_is_what_transformers_would_write(learnt):
    network, (text, _) = learnt
    for change in (12, 17, 29, 40):
        wrong = [9 if at == change else one for at, one in enumerate(text)]
        one = Passage(0, tuple(text[:10]), tuple(wrong[10:30]))
        seen = torch.tensor([text[:10]])
        with torch.inference_mode():
            said = network.speaker.model.generate(
                seen, attention_mask=torch.ones_like(seen), max_new_tokens=20, do_sample=False,
                pad_token_id=0,
            )  # fmt: skip
        same = [a == b for a, b in zip(said[0, 10:].tolist(), one.suffix, strict=True)]
        assert probed(network, [one], CPU)[0].matched == [*same, False].index(False)
        assert [*same, False].index(False) == min(change - 10, 20)


def test_passages_of_any_length_are_asked_together_as_alone(learnt):
    network, (text, _) = learnt
    passages = [
        Passage(n, tuple(text[n % 5 : 8 + n % 7]), tuple(text[8 + n % 7 : 20]))
        for n in range(AT_ONCE + 5)
    ]
    together = probed(network, passages, CPU)
    for one, found in zip(passages, together, strict=True):
        (alone,) = probed(network, [one], CPU)
        assert found.matched == alone.matched
        assert found.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-3)


def test_the_likelihood_is_the_sum_over_the_suffix(learnt):
    network, texts = learnt
    for ids in texts:
        one = Passage(0, tuple(ids[:10]), tuple(ids[10:30]))
        seen = torch.tensor([ids[:30]])
        labels = seen.clone()
        labels[:, :10] = -100
        with torch.inference_mode():
            mean = float(network.speaker.model(seen, labels=labels).loss)
        assert probed(network, [one], CPU)[0].log_likelihood == pytest.approx(-20 * mean, rel=1e-4)
