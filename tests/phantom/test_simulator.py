"""Another hospital by strengths: its films, its machine, its patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.phantom import NORTH, SiteShift

RNG = np.random.default_rng(0)
FILM = np.clip(RNG.normal(0.5, 0.1, (96, 96)), 0, 1).astype(np.float32)
FILM = np.clip(FILM + np.linspace(-0.3, 0.3, 96, dtype=np.float32), 0, 1)


def cases(count: int = 4000) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "group_id": [f"G{n}" for n in range(count)],
            "sex": pd.array(rng.choice(["F", "M"], count), dtype="string"),
            "age": rng.normal(50, 15, count),
            "effusion": pd.array(rng.random(count) < 0.3, dtype="Int8"),
        }
    )


def test_no_strength_is_no_shift():
    assert np.array_equal(SiteShift().film(FILM, 0, "a"), FILM)
    assert SiteShift().hospital(NORTH, "north") == NORTH
    everybody = cases(50)
    pd.testing.assert_frame_equal(SiteShift().cases(everybody, 0), everybody)


@pytest.mark.parametrize(
    "name", ["response", "blur", "noise", "grid", "polarity", "collimation", "markers"]
)
def test_each_strength_moves_the_film_and_more_moves_it_further(name: str):
    half, full = (
        np.mean([
            np.abs(SiteShift(**{name: strength}).film(FILM, 0, f"film {n}") - FILM).mean()
            for n in range(12)
        ])
        for strength in (0.3, 1.0)
    )  # fmt: skip
    assert 0 < half < full
    shift = SiteShift(**{name: 0.5})
    assert np.array_equal(shift.film(FILM, 3, "a"), shift.film(FILM, 3, "a"))


def test_a_share_of_the_films_and_the_same_whatever_else_shifts():
    alone = [SiteShift(polarity=0.4).film(FILM, 0, str(n)).mean() < 0.5 for n in range(200)]
    both = SiteShift(polarity=0.4, markers=0.5, collimation=0.2)
    turned = [both.imaging(FILM.shape, 0, str(n)).inverted for n in range(200)]
    said = [SiteShift(polarity=0.4).imaging(FILM.shape, 0, str(n)).inverted for n in range(200)]
    assert turned == said
    assert sum(said) == pytest.approx(80, abs=25)
    assert len(set(alone)) == 2


def test_the_machine_of_simulated_films_changes_alike():
    machine = SiteShift(response=1, blur=0.5, noise=1, collimation=1).equipment(NORTH.equipment)
    assert machine.gamma == 2
    assert machine.focal_blur_mm == pytest.approx(np.hypot(0.8, 1.85))
    assert 1 / machine.quanta == pytest.approx(1 / 300 + 370**2 / 4e6)
    assert machine.collimated == 1


def test_the_patients_of_simulated_films_change_by_odds_and_years():
    shift = SiteShift(prevalence={"effusion": 1}, age=-0.5, women=1)
    people = shift.population(NORTH.population)
    assert people.age_mean == 38
    assert people.prevalence["effusion"] == pytest.approx(4 * 0.25 / (0.75 + 4 * 0.25))
    assert people.prevalence["nodule"] == NORTH.population.prevalence["nodule"]
    assert people.women == pytest.approx(4 * 0.52 / (0.48 + 4 * 0.52))


def test_cases_are_drawn_in_the_new_mix():
    everybody = cases()
    ill = SiteShift(prevalence={"effusion": 1}).cases(everybody, 0)
    assert ill["effusion"].mean() == pytest.approx(4 * 0.3 / (0.7 + 4 * 0.3), abs=0.04)
    well = SiteShift(prevalence={"effusion": -1}).cases(everybody, 0)
    assert well["effusion"].mean() == pytest.approx(0.3 / (4 * 0.7 + 0.3), abs=0.03)
    women = SiteShift(women=0.5).cases(everybody, 0)
    assert (women["sex"] == "F").mean() == pytest.approx(2 / 3, abs=0.03)
    old = SiteShift(age=0.5).cases(everybody, 0)
    assert 7 < old["age"].mean() - everybody["age"].mean() < 11
    assert ill.index.is_monotonic_increasing


def test_one_patient_has_one_draw():
    twice = pd.concat([cases(500), cases(500)], ignore_index=True)
    drawn = SiteShift(prevalence={"effusion": 1}).cases(twice, 0)
    assert (drawn["group_id"].value_counts() == 2).all()


@pytest.mark.parametrize(
    "wrong", [{"blur": -0.1}, {"noise": 2}, {"response": 1.5}, {"prevalence": {"nodule": 2}}]
)
def test_strengths_out_of_range_are_refused(wrong):
    with pytest.raises(DataError, match="strength"):
        SiteShift(**wrong)


def test_a_finding_or_column_that_is_not_there_is_told():
    with pytest.raises(DataError, match="fracture"):
        SiteShift(prevalence={"fracture": 1}).population(NORTH.population)
    with pytest.raises(DataError, match="fracture"):
        SiteShift(prevalence={"fracture": 1}).cases(cases(5), 0)


def test_a_machines_films_have_as_often_a_border_as_the_strength_says():
    bare = replace(NORTH.equipment, collimated=0.0)
    machine = SiteShift(collimation=0.3).equipment(bare)
    assert 1 - (1 - machine.collimated) ** 4 == pytest.approx(0.3)
    rest = 1 - (1 - NORTH.equipment.collimated) ** 4
    both = SiteShift(collimation=0.3).equipment(NORTH.equipment)
    assert 1 - (1 - both.collimated) ** 4 == pytest.approx(1 - (1 - rest) * 0.7)


@pytest.mark.parametrize("name", ["grid", "polarity", "markers"])
def test_what_only_films_can_take_is_refused_of_a_machine(name):
    with pytest.raises(DataError, match=f"no strength of {name}"):
        SiteShift(**{name: 0.5}).hospital(NORTH, "elsewhere")
