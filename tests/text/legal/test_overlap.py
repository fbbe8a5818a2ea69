"""Runs of words in the bank and in others' matters, against a plain count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.text.legal.overlap import Overlaps
from medtune.text.legal.verbatim import Collection, runs_of, word_hashes
from tests.text.legal.monotony import FEW, PIECES, within_seconds

WORDS = st.lists(st.sampled_from("abc"), max_size=14).map(" ".join)


def test_a_draft_counted_by_hand():
    overlaps = Overlaps(
        ["one two three four"], {"A": ["zero ONE two, three four five six"], "B": []}, size=2
    )
    # runs of "one two three five six seven": 2 in the bank, 1 (five six) only at A
    found = overlaps.of("One two three five six seven")
    assert (found.runs, found.wanted, found.forbidden, found.longest) == (5, 2, 1, 2)
    assert found.with_bank.mark == (2, 5)
    assert found.with_others.mark == (1, 5)


def test_what_the_bank_has_is_no_secret():
    text = "the parties shall keep all information strictly confidential for five years"
    assert Overlaps([text], {"A": [text]}).of(text).with_others.mark == (0, 4)
    found = Overlaps([], {"A": [text]}).of("We say: " + text)
    assert found.with_others.mark == (4, 6)
    assert found.longest == 11


def test_a_clients_own_matters_do_not_count():
    text = "the price for Alpha is nine hundred and ten dollars a ton"
    overlaps = Overlaps([], {"A": [text], "B": ["nothing"], "C": ["x " + text[:44]]})
    assert overlaps.of(text, "B").with_others.value == 1
    assert overlaps.of(text, "B").longest == 12
    own = overlaps.of(text, "A")  # C has the beginning of it, too
    assert own.forbidden == 2
    assert own.longest == 9
    assert overlaps.of(text, "somebody new").longest == 12


def test_a_run_is_of_one_text():
    overlaps = Overlaps([], {"A": ["a b c d", "e f g h"]}, size=2)
    assert overlaps.of("a b c d e f g h").longest == 4
    assert overlaps.of("d e").forbidden == 0


@pytest.mark.parametrize("draft", ["", "...", "seven words are not enough for this"])
def test_nothing_to_check_is_not_estimable(draft: str):
    found = Overlaps(["a b c d e f g h"], {}).of(draft)
    assert found.with_bank.reason == found.with_others.reason == "the draft has fewer than 8 words"
    assert found.longest == 0


@given(WORDS, st.lists(WORDS, max_size=3), st.lists(st.lists(WORDS, max_size=2), max_size=3))
def test_it_is_what_a_plain_count_finds(draft: str, bank: list[str], matters: list[list[str]]):
    size = 2
    clients = {str(i): texts for i, texts in enumerate(matters)}
    found = Overlaps(bank, clients, size=size).of(draft, "0")
    said = draft.split()
    others = [text for client, texts in clients.items() if client != "0" for text in texts]

    def within(run: list[str], texts: list[str]) -> bool:
        return any(f" {' '.join(run)} " in f" {text} " for text in texts)

    runs = [said[i : i + size] for i in range(len(said) - size + 1)]
    wanted = [within(run, bank) for run in runs]
    forbidden = [within(run, others) and not ours for run, ours in zip(runs, wanted, strict=True)]
    assert (found.runs, found.wanted, found.forbidden) == (len(runs), sum(wanted), sum(forbidden))
    longest = 0
    for start in range(len(said)):
        for end in range(start + size, len(said) + 1):
            if all(forbidden[start : end - size + 1]) and within(said[start:end], others):
                longest = max(longest, end - start)
    assert found.longest == longest


@given(st.lists(st.integers(0, 2), max_size=20), st.integers(1, 20))
def test_equal_runs_have_equal_numbers(said: list[int], length: int):
    runs = runs_of(np.array(said, np.uint64), length)
    plain = [tuple(said[i : i + length]) for i in range(len(said) - length + 1)]
    assert len(runs) == len(plain)
    assert len(set(runs.tolist())) == len(set(plain))
    assert len(set(zip(runs.tolist(), plain, strict=True))) == len(set(plain))


def test_order_matters_and_words_of_any_script_do():
    collection = Collection(["größe 价格 цена"], [0], 2)
    assert collection.holds(word_hashes("Größe 价格 Цена")).tolist() == [True, True]
    assert collection.holds(word_hashes("价格 größe")).tolist() == [False]


@pytest.mark.parametrize("piece", FEW)
def test_a_hundred_kilobytes_of_anything_take_seconds(piece: str):
    text = piece * (100_000 // len(piece))
    overlaps = Overlaps([], {"A": [text, "other " + text]})
    within_seconds(overlaps.of, piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_anything_takes_seconds(piece: str):
    text = piece * (1_000_000 // len(piece))
    overlaps = Overlaps([], {"A": [text, "other " + text]})
    within_seconds(overlaps.of, piece, 1_000_000)
    said = len(word_hashes(text))
    assert overlaps.of(text).longest == (said if said >= 8 else 0)
