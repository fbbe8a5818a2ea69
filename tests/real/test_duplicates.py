"""Copies and negatives among real chest films: what is found, and what is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from medtune.dicom import read_header, read_xray
from medtune.films.duplicates import SAME, clusters, near_duplicates, thresholds
from medtune.films.fingerprints import fingerprint
from medtune.films.polarity import NEGATIVE_BELOW, looks_negative
from tests.films.copies import SAME as CHANGED
from tests.films.copies import TURNED, Film, cropped, jpeg, resized, windowed

pytestmark = pytest.mark.slow

COPIED = 10
NEGATIVES = {"N815B8F059", "NB76EE45BA"}  # seen by eye: the air around the patient is white


@dataclass(frozen=True)
class Hospital:
    """Films of one hospital, in the order of their file names."""

    films: list[Film]
    names: list[str]
    patient: np.ndarray
    view: np.ndarray
    marks: np.ndarray


def read_hospital(folder: Path, longer: int) -> Hospital:
    if not folder.is_dir():
        pytest.skip(f"no real films of {folder.parent.name}")
    paths = sorted(folder.rglob("*.dcm"), key=lambda path: path.name)
    headers = [read_header(path) for path in paths]
    films = [resized(read_xray(path).pixels, longer) for path in paths]
    return Hospital(
        films=films,
        names=[path.stem for path in paths],
        patient=np.array([header.identity.patient_id for header in headers]),
        view=np.array([header.facts.view for header in headers]),
        marks=np.stack([fingerprint(film) for film in films]),
    )


@pytest.fixture(scope="module")
def adults(real_data) -> Hospital:
    return read_hospital(real_data / "xray" / "nih" / "images", 512)


@pytest.fixture(scope="module")
def children(real_data) -> Hospital:
    return read_hospital(real_data / "xray" / "guangzhou" / "images", 224)


def of_one_patient(pairs: pd.DataFrame, hospital: Hospital) -> np.ndarray:
    return hospital.patient[pairs["first"]] == hospital.patient[pairs["second"]]


def test_no_two_adults_are_alike(adults):
    assert len(set(adults.patient)) == len(adults.films)
    assert len(near_duplicates(adults.marks)) == 0


def test_the_children_hold_copies_and_all_are_of_one_child(children):
    """Six pairs are equal to the last pixel, under two study numbers each."""
    pairs = near_duplicates(children.marks)
    same = pairs[pairs["verdict"] == SAME]
    assert of_one_patient(same, children).all()
    equal = same[same["similarity"] == 1]
    assert len(equal) == 6
    assert all(
        np.array_equal(children.films[pair.first], children.films[pair.second])
        for pair in equal.itertuples()
    )
    assert len(same) <= 8
    assert (~of_one_patient(pairs, children)).sum() <= 3
    assert np.bincount(clusters(same, len(children.films))).max() == 2


@pytest.mark.parametrize("hospital", ["adults", "children"])
def test_changed_copies_of_real_films_are_found(hospital, request):
    """Eight in ten or more of each change, and 97 of 100 over all."""
    films = request.getfixturevalue(hospital)
    copied = np.random.default_rng(8).choice(len(films.films), COPIED, replace=False)
    changes = {
        **CHANGED,
        **TURNED,
        "several things": lambda film: jpeg(windowed(cropped(film, 0.03)), 50),
    }
    names = [(film, change) for change in changes for film in copied]
    marks = np.stack([fingerprint(changes[change](films.films[film])) for film, change in names])
    limits = thresholds(films.marks)  # as if each copy were the only one
    found = near_duplicates(np.concatenate([films.marks, marks]), limits)
    found = found[(found["first"] < len(films.films)) & (found["second"] >= len(films.films))]
    told = {(row.first, row.second - len(films.films)): row.how for row in found.itertuples()}
    right = pd.Series(
        [
            told.get((film, place)) == (change if change in TURNED else "same")
            for place, (film, change) in enumerate(names)
        ]
    ).groupby([change for _, change in names])
    assert right.mean().min() >= 0.8
    assert right.mean().mean() >= 0.97
    strangers = [films.patient[first] != films.patient[names[place][0]] for (first, place) in told]
    assert np.mean(strangers) < 0.02


def test_a_perceptual_hash_of_64_bits_would_not_do(adults):
    """Within ten bits, its usual threshold, it takes thousands in a million pairs for copies."""

    def perceptual(film: Film) -> np.ndarray:
        small = cv2.resize(film, (32, 32), interpolation=cv2.INTER_AREA)
        low = cv2.dct(small)[:8, :8].ravel()
        return low > np.median(low)

    bits = np.stack([perceptual(film) for film in adults.films])
    apart = np.array([(one != two).sum() for one, two in combinations(bits, 2)])
    assert (apart <= 10).mean() > 1000 / 1e6
    turned = np.stack([perceptual(1 - film) for film in adults.films])
    assert ((bits != turned).sum(axis=1) > 10).all()


def test_the_negatives_among_the_adults_are_found(adults, children):
    score = looks_negative(adults.marks, adults.view)
    assert {adults.names[film] for film in np.flatnonzero(score < NEGATIVE_BELOW)} == NEGATIVES
    assert (looks_negative(children.marks, children.view) > NEGATIVE_BELOW + 0.1).all()


def test_planted_negatives_are_found(children):
    planted = np.random.default_rng(4).choice(len(children.films), 120, replace=False)
    marks = children.marks.copy()
    marks[planted] = [fingerprint(1 - children.films[film]) for film in planted]
    negative = looks_negative(marks, children.view) < NEGATIVE_BELOW
    assert negative[planted].mean() > 0.98
    assert negative.sum() == negative[planted].sum()
