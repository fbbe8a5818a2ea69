"""A negative among the films of its view is found; without enough films nothing is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.films.fingerprints import LENGTH, fingerprint
from medtune.films.polarity import FEWEST, NEGATIVE_BELOW, looks_negative
from medtune.phantom import SOUTH
from tests.films.copies import phantoms

FILMS = 48


@pytest.fixture(scope="module")
def positive() -> tuple[np.ndarray, np.ndarray]:
    """Fingerprints of simulated films of two hospitals, and of their negatives."""
    films = phantoms(FILMS // 2, size=96) + phantoms(FILMS // 2, size=96, hospital=SOUTH)
    return (
        np.stack([fingerprint(film) for film in films]),
        np.stack([fingerprint(1 - film) for film in films]),
    )


def view(count: int) -> pd.Series:
    return pd.Series(["PA chest"] * count)


def test_films_as_they_should_be_raise_no_alarm(positive):
    assert looks_negative(positive[0], view(FILMS)).min() > 0.2


@pytest.mark.parametrize("negatives", [[7], [0, 30, 47], list(range(FILMS // 2 + 3, FILMS))])
def test_negatives_are_found(positive, negatives):
    """One, some, and almost the whole of the one scanner."""
    films, inverted = positive
    mixed = films.copy()
    mixed[negatives] = inverted[negatives]
    score = looks_negative(mixed, view(FILMS))
    assert np.flatnonzero(score < NEGATIVE_BELOW).tolist() == negatives


def test_each_view_is_judged_by_itself(positive):
    films, inverted = positive
    views = np.array(["PA"] * 24 + ["AP"] * 24)
    mixed = np.where((np.arange(FILMS) >= 24)[:, None], inverted, films)
    assert (looks_negative(mixed, views) > 0.2).all()


def test_too_few_films_of_a_view_give_no_answer(positive):
    films, _ = positive
    views = np.array(["PA"] * FEWEST + ["AP"] * (FEWEST - 1) + [None] * (FILMS - 2 * FEWEST + 1))
    score = looks_negative(films, views)
    assert np.isfinite(score[:FEWEST]).all()
    assert np.isnan(score[FEWEST:]).all()


def test_films_that_have_nothing_in_common_give_no_answer():
    noise = np.random.default_rng(0).random((30, 80, 64)).astype(np.float32)
    marks = np.stack([fingerprint(film) for film in noise])
    assert np.isnan(looks_negative(marks, view(30))).all()


def test_blank_films_are_left_out(positive):
    films = positive[0].copy()
    films[:3] = np.zeros(LENGTH, np.int8)
    score = looks_negative(films, view(FILMS))
    assert np.isnan(score[:3]).all()
    assert (score[3:] > 0.2).all()
    assert len(looks_negative(films[:0], view(0))) == 0
