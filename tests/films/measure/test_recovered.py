"""A profile of a simulated site recovers what the site was made with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from medtune.films.measure.cells import shares_of_patients, spread
from medtune.films.measure.comparison import blur_between, response_gamma
from medtune.films.measure.film import measured
from medtune.films.measure.group import group_of
from medtune.films.measure.noise import GREYS
from medtune.phantom import shifted
from tests.films.measure.simulated import PLAIN, Films, facts_of, films_of

PATIENTS = range(1, 14)


def group(site: Films):
    """Of films of as many patients."""
    films = [measured(film) for film in site.films]
    patients = [f"G{n}" for n in range(len(films))]
    return group_of(("Simulated 1", "PA", False), facts_of(patients, 224), films, patients, 10)


@pytest.fixture(scope="module")
def reference():
    return group(films_of(PLAIN, PATIENTS))


@pytest.fixture(scope="module")
def site():
    return films_of(shifted(PLAIN, gamma=1.5, noise=1.4, blur=1.6), PATIENTS)


def test_response_curve_noise_and_blur_are_recovered_within_a_tenth(reference, site: Films):
    """All three at once; the slow tier does it with 300 films and other patients."""
    found = group(site)
    assert response_gamma(reference, found) == pytest.approx(1.5, rel=0.1)
    assert blur_between(reference, found) * 224 * site.spacing == pytest.approx(1.6, rel=0.1)
    deviation = np.array([np.nan if v is None else v for v in found.noise.deviation], float)
    known = np.isfinite(deviation)
    assert known.sum() >= 8
    ratio = deviation[known] / site.noise_at(GREYS[known])
    assert np.median(ratio) == pytest.approx(1, abs=0.1)
    assert np.abs(ratio - 1).max() < 0.25


def test_the_same_site_has_no_difference(reference):
    assert response_gamma(reference, reference) == pytest.approx(1, abs=0.01)
    assert abs(blur_between(reference, reference)) < 1e-6


def test_a_spread_rests_on_enough_patients():
    patients = [f"G{n}" for n in range(12)]
    told = spread(np.arange(12.0), patients, 10)
    assert told is not None
    assert told.middle == 5.5
    assert spread(np.arange(12.0), ["one"] * 12, 10) is None
    assert spread([1.0] * 9 + [float("nan")] * 3, patients, 10) is None


def test_small_cells_are_left_out_and_cannot_be_told_from_the_others():
    values = pd.Series(["F"] * 50 + ["M"] * 40 + ["O"] * 3)
    patients = pd.Series([f"G{n}" for n in range(93)])
    told = shares_of_patients(values, patients, 10)
    assert told == {"F": 0.54}  # with M told, O would be what is left
    assert shares_of_patients(values[:90], patients[:90], 10) == {"F": 0.56, "M": 0.44}
    assert shares_of_patients(values[90:], patients[90:], 10) is None
