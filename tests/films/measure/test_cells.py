"""From what a profile tells, no group of too few patients can be worked out."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.films.measure.cells import share, shares_of_films, shares_of_patients
from medtune.films.measure.grid_lines import LinesSeen
from medtune.films.measure.group import (
    _bits,
    _borders,
    _letters,
    _lines,
    _noise,
    _sharpness,
    _windows,
)

SMALLEST = 4
Flags = list[bool]


def tables(cells: int) -> st.SearchStrategy[list[tuple[int, Flags]]]:
    """Films: whose each is, and what is on it; most often the same, so that few differ."""
    flag = st.sampled_from([True, True, True, False])
    return st.lists(
        st.tuples(st.integers(0, 15), st.lists(flag, min_size=cells, max_size=cells)),
        min_size=SMALLEST,
        max_size=40,
    ).filter(lambda films: len({who for who, _ in films}) >= SMALLEST)


def owners(patients: list[str], films: np.ndarray) -> int:
    return len(set(np.array(patients, object)[films]))


def may_be_told(patients: list[str], *films: np.ndarray) -> bool:
    """Whether each of these sets of films is empty or of enough patients."""
    return all(not part.any() or owners(patients, part) >= SMALLEST for part in films)


def check(
    patients: list[str], told: float | None, has: np.ndarray, whole: np.ndarray | None = None
) -> None:
    """A share is told where it may be, is right, and tells nothing by subtraction.

    ``whole`` are the films whose number is told too, and of which these are a part.
    """
    sets = [has, ~has] if whole is None else [has, ~has, whole & ~has]
    assert (told is not None) == may_be_told(patients, *sets)
    if told is not None:
        assert told == pytest.approx(has.mean(), abs=0.0051)


@settings(max_examples=100, deadline=None)
@given(tables(4))
def test_no_side_of_a_border_tells_of_a_few_patients(films: list[tuple[int, Flags]]):
    patients = [f"G{who}" for who, _ in films]
    there = np.array([sides for _, sides in films])
    seen: list[Any] = [
        SimpleNamespace(borders=tuple(0.1 * side for side in sides), border_grey=0.0)
        for sides in there
    ]
    found = _borders(seen, patients, SMALLEST)
    whole = there.any(axis=1)
    assert (found is None) == (owners(patients, whole) < SMALLEST)
    if found is None:
        return
    check(patients, found.films, whole)
    for side, told in enumerate(found.sides):
        check(patients, told, there[:, side], None if found.films is None else whole)


@settings(max_examples=100, deadline=None)
@given(tables(4))
def test_no_letter_or_line_of_text_tells_of_a_few_patients(films: list[tuple[int, Flags]]):
    patients = [f"G{who}" for who, _ in films]
    there = np.array([flags for _, flags in films])
    seen: list[Any] = [
        SimpleNamespace(
            letters=np.array([[0.1, 0.1 + 0.3 * at, 0.04] for at in range(3) if flags[at]]).reshape(
                -1, 3
            ),
            text=bool(flags[3]),
        )
        for flags in there
    ]
    found = _letters(seen, patients, SMALLEST)
    marked, text = there[:, :3].any(axis=1), there[:, 3]
    enough = [owners(patients, part) >= SMALLEST for part in (marked, text)]
    assert (found is None) == (not any(enough))
    if found is None:
        return
    check(patients, found.films, marked)
    check(patients, found.text, text)
    assert (found.height is not None) == enough[0]
    by_column = {place.column: place.films for place in found.places}
    for at in range(3):
        column = int((0.1 + 0.3 * at) * 8)
        has = there[:, at]
        assert (column in by_column) == (owners(patients, has) >= SMALLEST)
        if column in by_column:
            check(patients, by_column[column], has, None if found.films is None else marked)


@settings(max_examples=100, deadline=None)
@given(tables(3))
def test_no_line_window_or_lut_tells_of_a_few_patients(films: list[tuple[int, Flags]]):
    patients = [f"G{who}" for who, _ in films]
    there = np.array([flags for _, flags in films])
    seen: list[Any] = [
        SimpleNamespace(lines=LinesSeen("down", 5.0, 0.01) if flags[0] else None) for flags in there
    ]
    lines = _lines(seen, patients, SMALLEST)
    assert (lines is None) == (owners(patients, there[:, 0]) < SMALLEST)
    if lines is not None:
        check(patients, lines.films, there[:, 0])
    facts = pd.DataFrame({"windows": there[:, 1].astype(int), "has_voi_lut": there[:, 2],
                          "window_center": 1.0, "window_width": 1.0})  # fmt: skip
    windows = _windows(facts, patients, SMALLEST)
    enough = max(owners(patients, there[:, 1]), owners(patients, there[:, 2])) >= SMALLEST
    assert (windows is None) == (not enough)
    if windows is not None:
        check(patients, windows.films, there[:, 1])
        check(patients, windows.lut, there[:, 2])


def test_the_lines_of_one_direction_are_those_of_enough_patients():
    along = ["down"] * 6 + ["across"] * 5
    seen: list[Any] = [SimpleNamespace(lines=LinesSeen(way, 5.0, 0.01)) for way in along]
    patients = [f"G{number}" for number in range(11)]
    assert _lines(seen, patients, 10) is None
    found = _lines(seen, patients, 6)
    assert found is not None
    assert found.along == "down"


def test_noise_and_sharpness_are_those_of_enough_patients():
    """20 films of 12 patients: all 20 know the first grey and band, 15 of 9 patients the others."""
    films = []
    for number in range(20):
        at = np.full((3, 10), np.nan)
        at[:, : 10 if number < 15 else 1] = 0.01
        seen = SimpleNamespace(at=at, pooled=np.full(3, 0.01))
        spectrum = np.where(np.arange(18) < (18 if number < 15 else 1), 1e-5, np.nan)
        films.append(SimpleNamespace(noise=seen, rank_noise=seen, spectrum=spectrum))
    patients = [str(number % 9) if number < 15 else str(number) for number in range(20)]
    noise, sharpness = _noise(films, patients, 10), _sharpness(films, 512, patients, 10)
    assert [value is not None for value in noise.deviation] == [True] + [False] * 9
    assert [value is not None for value in sharpness.power] == [True] + [False] * 17
    fewer = _noise(films, patients, 9), _sharpness(films, 512, patients, 9)
    assert None not in (*fewer[0].deviation, *fewer[1].power)


def test_bits_are_those_of_enough_patients():
    stored = pd.Series([12.0] * 9 + [np.nan] * 11)
    patients = [f"G{number}" for number in range(20)]
    assert _bits(stored, patients, 10) is None
    assert _bits(stored, patients, 9) == 12


@pytest.mark.parametrize(("there", "told"), [(0, 0.0), (3, None), (20, 0.5), (37, None), (40, 1)])
def test_a_share_tells_of_those_that_lack_it_too(there: int, told: float | None):
    patients = [f"G{number}" for number in range(40)]
    assert share([number < there for number in range(40)], patients, 10) == told
    assert share([True] * 40, ["one"] * 40, 10) is None


def test_a_share_of_many_films_is_never_told_as_none():
    patients = [f"G{number}" for number in range(5000)]
    assert share([number < 12 for number in range(5000)], patients, 10) == 0.002


def table(counts: tuple[int, ...]) -> tuple[pd.Series, pd.Series]:
    """Patients of one film each."""
    values = pd.Series([name for name, count in zip("abcd", counts, strict=False)
                        for _ in range(count)], dtype="string")  # fmt: skip
    return values, pd.Series([f"G{number}" for number in range(len(values))], dtype="string")


@pytest.mark.parametrize("shares", [shares_of_films, shares_of_patients])
def test_every_small_cell_could_have_another_number(shares):
    """All tables are made: those that a profile tells alike differ in each cell that is small."""
    smallest = 3
    alike: dict[Any, list[tuple[int, ...]]] = {}
    for counts in product(range(6), repeat=3):
        told = shares(*table(counts), smallest)
        key = (sum(counts), None if told is None else tuple(told.items()))
        alike.setdefault(key, []).append(counts)
    for (_, told), found in alike.items():
        for counts in found:
            for cell, name in enumerate("abc"):
                if 0 < counts[cell] < smallest:
                    assert told is None or name not in dict(told)
                    assert len({other[cell] for other in found}) > 1


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abcde")), max_size=80))
def test_what_shares_leave_out_is_of_enough_patients(films: list[tuple[int, str]]):
    values = pd.Series([value for _, value in films], dtype="string")
    patients = pd.Series([f"G{who}" for who, _ in films], dtype="string")
    told = shares_of_films(values, patients, SMALLEST) or {}
    for value, of in told.items():
        assert patients[values == value].nunique() >= SMALLEST
        assert of == pytest.approx((values == value).mean(), abs=0.0051)
    left_out = patients[~values.isin(told)].nunique()
    if told:
        assert left_out == 0 or left_out >= SMALLEST


def test_several_small_values_together_are_no_few_patients():
    counts = {"60-79": 50, "40-59": 44, "0-17": 4, "18-39": 2}
    values = pd.Series([name for name, count in counts.items() for _ in range(count)])
    patients = pd.Series([f"G{number}" for number in range(100)])
    assert shares_of_patients(values, patients, 10) == {"60-79": 0.5}


def test_films_and_patients_are_counted_each_for_themselves():
    """Ten patients of ten PA films each, and ten of one lateral film."""
    values = pd.Series(["PA"] * 100 + ["LATERAL"] * 10)
    patients = pd.Series([f"G{number // 10}" for number in range(100)]
                         + [f"H{number}" for number in range(10)])  # fmt: skip
    assert shares_of_films(values, patients, 10) == {"LATERAL": 0.09, "PA": 0.91}
    assert shares_of_patients(values, patients, 10) == {"LATERAL": 0.5, "PA": 0.5}


def test_a_patient_who_grows_older_counts_once():
    """Twenty patients, of whom ten have a film in the next band too, and eight two there."""
    values = pd.Series(["18-39"] * 20 + ["40-59"] * 10 + ["40-59"] * 8)
    patients = pd.Series([f"G{number}" for number in [*range(20), *range(10), *range(8)]])
    assert shares_of_patients(values, patients, 1) == {"18-39": 0.6, "40-59": 0.4}
