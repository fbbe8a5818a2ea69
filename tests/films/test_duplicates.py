"""Copies are found whatever was done to them, and other films are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.films.candidates import find_candidates
from medtune.films.duplicates import (
    ALIKE_FROM,
    SAME,
    SAME_FROM,
    SURELY_SAME,
    clusters,
    near_duplicates,
    thresholds,
)
from medtune.films.fingerprints import LENGTH, fingerprint
from medtune.phantom import SOUTH
from tests.films.copies import SAME as CHANGED
from tests.films.copies import TURNED, Film, jpeg, phantoms, resized

FILMS = 40
COPIED = (3, 12)


@pytest.fixture(scope="module")
def films() -> list[Film]:
    """Simulated films of two hospitals, which are more alike than real ones."""
    return phantoms(FILMS // 2) + phantoms(FILMS // 2, hospital=SOUTH)


@pytest.fixture(scope="module")
def marks(films) -> np.ndarray:
    return np.stack([fingerprint(film) for film in films])


@pytest.fixture(scope="module")
def changed(films, marks) -> dict[tuple[int, str], str]:
    """Film and change of every copy that was found, and how it was found."""
    changes = {**CHANGED, **TURNED}
    names = [(film, change) for change in changes for film in COPIED]
    limits = thresholds(marks)  # as if the data set had few copies
    copies = [fingerprint(changes[change](films[film])) for film, change in names]
    pairs = near_duplicates(np.concatenate([marks, np.stack(copies)]), limits)
    found = {}
    for pair in pairs[pairs["first"] < FILMS].itertuples():
        assert pair.second >= FILMS
        film, change = names[pair.second - FILMS]
        assert film == pair.first
        found[film, change] = pair.how
    return found


def with_copies(marks: np.ndarray, copies: list[Film]) -> pd.DataFrame:
    return near_duplicates(np.concatenate([marks, np.stack([fingerprint(c) for c in copies])]))


def test_different_patients_raise_no_alarm(marks):
    pairs = near_duplicates(marks)
    assert list(pairs.columns) == ["first", "second", "similarity", "how", "verdict"]
    assert len(pairs) == 0


@pytest.mark.parametrize("film", COPIED)
@pytest.mark.parametrize("change", CHANGED)
def test_a_changed_copy_is_found(changed, change, film):
    assert changed.get((film, change)) == "same"


@pytest.mark.parametrize("film", COPIED)
@pytest.mark.parametrize("how", TURNED)
def test_a_turned_or_inverted_copy_is_found_and_told(changed, how, film):
    assert changed.get((film, how)) == how


def test_what_is_only_compressed_is_the_same_exposure(films, marks):
    pairs = with_copies(marks, [jpeg(films[5], 75), resized(films[30], 100)])
    assert pairs[["first", "second"]].to_numpy().tolist() == [[5, FILMS], [30, FILMS + 1]]
    assert (pairs["verdict"] == SAME).all()
    assert (pairs["similarity"] > 0.9).all()


def test_the_order_of_the_films_does_not_matter(films, marks):
    marks = np.concatenate([marks, np.stack([fingerprint(jpeg(film)) for film in films[:6]])])
    shuffled = np.random.default_rng(1).permutation(len(marks))
    straight, mixed = near_duplicates(marks), near_duplicates(marks[shuffled])
    ends = np.sort(shuffled[mixed[["first", "second"]].to_numpy()], axis=1)
    mixed[["first", "second"]] = ends
    mixed = mixed.sort_values(["first", "second"], ignore_index=True)
    pd.testing.assert_frame_equal(straight, mixed, atol=1e-4)


def test_equal_fingerprints_are_paired_with_the_first(marks):
    many = np.concatenate([marks, np.repeat(marks[4:5], 50, axis=0)])
    pairs = near_duplicates(many)
    assert (pairs["first"] == 4).all()
    assert pairs["second"].tolist() == list(range(FILMS, FILMS + 50))
    assert (pairs["similarity"] == 1).all()
    assert (clusters(pairs, len(many))[FILMS:] == 4).all()


def test_blank_films_are_copies_of_nothing(marks):
    blank = np.zeros((5, LENGTH), np.int8)
    assert len(near_duplicates(np.concatenate([marks, blank]))) == 0
    assert len(near_duplicates(blank)) == 0


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_films_do_not_fail(films, marks, count):
    assert len(near_duplicates(marks[:count])) == 0
    pairs = with_copies(marks[:count], [jpeg(films[0])])
    assert pairs["first"].tolist() == [0] * (count > 0)
    assert pairs["second"].tolist() == [count] * (count > 0)


def test_two_noisy_empty_exposures_are_no_copies():
    generator = np.random.default_rng(3)
    empty = [0.5 + 0.02 * generator.normal(size=(160, 130)) for _ in range(12)]
    marks = np.stack([fingerprint(film.astype(np.float32)) for film in empty])
    assert marks.any(axis=1).all()
    assert len(near_duplicates(marks)) == 0


def test_films_that_are_alike_raise_the_thresholds(marks):
    alike, few = thresholds(marks[: FILMS // 2]), thresholds(marks[:3])
    assert (few.same, few.alike) == (SAME_FROM, pytest.approx(0.753, abs=0.001))
    assert SAME_FROM < alike.same <= SURELY_SAME
    assert ALIKE_FROM < alike.alike < alike.same
    copies = np.repeat(marks[:4], 30, axis=0)
    copies[:, :64] += np.arange(len(copies), dtype=np.int8)[:, None] % 3  # not quite equal
    assert thresholds(copies).same <= SURELY_SAME


def test_copies_of_copies_are_one_cluster():
    pairs = pd.DataFrame({"first": [0, 5, 2, 3, 8], "second": [9, 9, 3, 4, 9]})
    assert clusters(pairs, 11).tolist() == [0, 1, 2, 2, 2, 0, 6, 7, 0, 0, 10]
    chain = pd.DataFrame({"first": range(199, 0, -1), "second": range(198, -1, -1)})
    assert (clusters(chain, 200) == 0).all()
    assert clusters(pairs[:0], 3).tolist() == [0, 1, 2]


def test_candidates_come_in_pieces_however_many_they_are(marks):
    """All films alike: every pair is a candidate."""
    films = np.arange(600)
    alike = np.repeat(marks[:1], len(films), axis=0)
    alike[:, 100:104] = np.random.default_rng(0).integers(-9, 9, (len(films), 4))
    compared = []
    pieces = [
        (piece.first, piece.second)
        for piece in find_candidates(alike, films, compared.append)
        if (piece.orientation == 0).any()
    ]
    assert len(pieces) > 1
    assert sum(compared) == len(films)
    pairs = {pair for first, second in pieces for pair in zip(first, second, strict=True)}
    assert len(pairs) > 0.99 * 600 * 599 / 2
    assert all(first < second for first, second in pairs)
