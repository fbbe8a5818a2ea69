"""Planted secrets and their exposure, by hand."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.errors import DataError
from medtune.text.legal.canaries import UNLEARNT, exposure, others, plant

TEXTS = [f"Text {i}." for i in range(50)]


@given(st.integers(0, 2**32), st.integers(1, 2))
def test_every_secret_stands_exactly_where_it_says(seed: int, each: int):
    planted, canaries = plant(TEXTS, each=each, seed=seed)
    assert [canary.times for canary in canaries] == [n for n in (1, 4, 16) for _ in range(each)]
    assert len(planted) == len(TEXTS)
    held: list[int] = []
    for canary in canaries:
        found = [i for i, text in enumerate(planted) if canary.text in text]
        assert tuple(found) == canary.places
        assert len(found) == canary.times
        assert re.fullmatch(r"The access code of the data room is \d{9}\.", canary.text)
        held += found
    assert len(held) == len(set(held)) == 21 * each
    for place, (before, after) in enumerate(zip(TEXTS, planted, strict=True)):
        assert after.startswith(before)
        assert (before == after) == (place not in held)


def test_the_same_seed_plants_the_same():
    assert plant(TEXTS, seed=1) == plant(TEXTS, seed=1)
    assert plant(TEXTS, seed=1) != plant(TEXTS, seed=2)


def test_others_are_of_the_same_form_and_never_planted():
    _, canaries = plant(TEXTS, times=(1, 1, 1), digits=2, form="Ключ: {} ©")
    found = others(canaries, 40, digits=2, form="Ключ: {} ©")
    assert len(set(found)) == 40
    assert not {canary.text for canary in canaries} & set(found)
    assert all(re.fullmatch(r"Ключ: \d\d ©", one) for one in found)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"times": (51,)}, "51 texts are needed for the canaries, and there are 50"),
        ({"form": "no place"}, "needs one place"),
        ({"form": "{} {}"}, "needs one place"),
        ({"digits": 0}, "too few numbers of 0 digits"),
        ({"times": (1,) * 6, "digits": 1}, "too few numbers of 1 digits"),
    ],
)
def test_what_cannot_be_planted(settings: dict, message: str):
    with pytest.raises(DataError, match=message):
        plant(TEXTS, **settings)


def test_exposure_counted_by_hand():
    losses = np.arange(1.0, 1024.0)  # 1023 others
    lowest, middle, last = (exposure(loss, losses) for loss in (0.5, 511.5, 2000.0))
    assert (lowest.rank, lowest.of) == (1, 1024)
    assert lowest.bits == lowest.most == 10
    assert middle.bits == 1
    assert last.bits == 0
    assert exposure(1.0, losses).rank == 2  # a tie is not a secret


def test_a_canary_that_nobody_learnt_has_one_and_a_half_bits():
    draw = np.random.default_rng(0)
    bits = [exposure(draw.normal(), draw.normal(size=200)).bits for _ in range(300)]
    assert np.mean(bits) == pytest.approx(UNLEARNT, abs=0.25)


@pytest.mark.parametrize(
    ("loss", "losses", "message"),
    [
        (1.0, [1.0] * 99, "the losses of 100 others: there are 99"),
        (math.nan, [1.0] * 100, "not a number"),
        (1.0, [1.0] * 99 + [math.inf], "not a number"),
    ],
)
def test_what_gives_no_exposure(loss: float, losses: list[float], message: str):
    with pytest.raises(DataError, match=message):
        exposure(loss, losses)
