"""A judge of style that says how good it is."""

from __future__ import annotations

import numpy as np
import pytest

from medtune.errors import DataError
from medtune.text.legal.house_style import HouseStyle, StyleCheck
from tests.text.legal.monotony import FEW, PIECES, within_seconds

PLAIN = ["we", "you", "pay", "must", "can", "use", "it", "when", "this", "is", "both", "today"]
STIFF = ["hereinafter", "whereas", "said", "aforesaid", "thereof", "shall", "hereby", "such"]


def document(words: list[str], seed: int, size: int = 300) -> str:
    return " ".join(np.random.default_rng(seed).choice(words, size))


HOUSE = [document(PLAIN, seed) for seed in range(10)]
OTHERS = [document(STIFF, 100 + seed) for seed in range(10)]


def test_two_styles_are_told_apart_and_the_check_says_so():
    judge = HouseStyle(HOUSE, OTHERS)
    assert judge.check == StyleCheck(10, 10, 10, 10)
    assert judge.check.accuracy == 1
    assert not judge.check.weak
    ours, theirs = (judge.probability(document(words, 999)) for words in (PLAIN, STIFF))
    assert ours.denominator == theirs.denominator == 1
    assert ours.value > 0.8 > 0.2 > theirs.value


def test_one_style_gives_a_weak_judge():
    same = [document(PLAIN + STIFF, seed) for seed in range(20)]
    check = HouseStyle(same[:10], same[10:]).check
    assert check.weak
    assert "It is a weak judge" in check.sentence


def test_a_judge_that_guesses_one_kind_is_weak():
    assert StyleCheck(50, 10, 50, 0).weak
    assert StyleCheck(50, 10, 50, 0).accuracy == 0.5
    assert StyleCheck(4, 4, 4, 4).weak  # four coins fall alike once in sixteen
    assert not StyleCheck(6, 6, 6, 6).weak
    assert "6 of 6 of the house and 6 of 6 others." in StyleCheck(6, 6, 6, 6).sentence


def test_documents_are_held_out_whole():
    # each document has a word of its own all over: pieces of one would give one another away
    same = [f"word{'xyzuvwabcd'[i]} " * 400 for i in range(10)]
    check = HouseStyle(same[:5], same[5:]).check
    assert check.house_right + check.generic_right < 10


def test_names_are_taken_out():
    filler = [document(PLAIN + STIFF, seed, 120) for seed in range(20)]
    house = [text.replace(" ", " Acme Corp ", 40) for text in filler[:10]]
    assert not HouseStyle(house, filler[10:]).check.weak
    judge = HouseStyle(house, filler[10:], names=["Acme Corp"])
    assert judge.check.weak
    assert judge.probability("ACME corp").denominator == 0


@pytest.mark.parametrize("draft", ["", "\n", "123 ###", "** **"])
def test_nothing_to_check_is_not_estimable(draft: str):
    assert HouseStyle(HOUSE[:3], OTHERS[:3]).probability(draft).reason == "the draft has no words"


@pytest.mark.parametrize(
    ("house", "others"), [([], OTHERS), (HOUSE[:1], OTHERS), (HOUSE, ["", "1"])]
)
def test_too_few_documents_make_no_judge(house: list[str], others: list[str]):
    with pytest.raises(DataError, match="needs two documents"):
        HouseStyle(house, others)


@pytest.mark.parametrize("piece", FEW)
def test_a_hundred_kilobytes_of_anything_take_seconds(piece: str):
    judge = HouseStyle(HOUSE[:3], OTHERS[:3])
    within_seconds(judge.probability, piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_anything_takes_seconds(piece: str):
    judge = HouseStyle(HOUSE[:3], OTHERS[:3])
    within_seconds(judge.probability, piece, 1_000_000)
