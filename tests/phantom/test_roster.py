"""Who was radiographed when, and how it was read."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from medtune.phantom import NORTH, SOUTH, Hospital
from medtune.phantom.hospitals import Reading
from medtune.phantom.lesions import FINDINGS
from medtune.phantom.roster import Study, labels_of, random_for, studies_of, unique_identifier


def everyone(hospital: Hospital, count: int = 1500) -> list[list[Study]]:
    return [studies_of(hospital, 7, number) for number in range(1, count + 1)]


@pytest.fixture(scope="module", params=[NORTH, SOUTH], ids=lambda hospital: hospital.name)
def clinic(request) -> tuple[Hospital, list[list[Study]]]:
    return request.param, everyone(request.param)


def test_the_population_is_as_stated(clinic):
    hospital, patients = clinic
    stated = hospital.population
    studies = [study for visits in patients for study in visits]
    bodies = [visits[0].patient.body for visits in patients]
    assert np.mean([body.sex == "F" for body in bodies]) == pytest.approx(stated.women, abs=0.05)
    assert np.mean([body.age for body in bodies]) == pytest.approx(stated.age_mean, abs=2)
    assert np.mean([study.view == "AP" for study in studies]) == pytest.approx(
        stated.bedside, abs=0.05
    )
    for finding, share in stated.prevalence.items():
        seen = np.mean([finding in study.findings for study in studies])
        assert seen == pytest.approx(share, abs=0.04)
    assert np.mean([len(visits) > 1 for visits in patients]) == pytest.approx(0.15, abs=0.03)
    assert {len(visits) for visits in patients} == {1, 2, 3}
    assert np.mean([study.films == 2 for study in studies]) == pytest.approx(0.08, abs=0.025)


def test_the_hospitals_have_other_patients():
    north, south = NORTH.population, SOUTH.population
    assert south.age_mean > north.age_mean + 10
    assert south.bedside > north.bedside + 0.2
    assert south.prevalence != north.prevalence


def test_no_header_field_goes_with_a_finding(clinic):
    _, patients = clinic
    studies = [study for visits in patients for study in visits]
    fields = {
        "sex": [study.patient.body.sex == "F" for study in studies],
        "age": [study.patient.body.age for study in studies],
        "view": [study.view == "AP" for study in studies],
        "films": [study.films for study in studies],
        "day": [study.day.toordinal() for study in studies],
        "hour": [study.second_of_day for study in studies],
        "number": [study.patient.number for study in studies],
    }
    for finding in FINDINGS:
        ill = np.array([finding in study.findings for study in studies], dtype=float)
        for name, values in fields.items():
            tie = np.corrcoef(ill, np.array(values, dtype=float))[0, 1]
            # four standard errors; a few studies share their patient
            assert abs(tie) < 4 / np.sqrt(len(patients)), (finding, name)


def test_a_finding_often_stays_at_the_next_visit(clinic):
    hospital, patients = clinic
    pairs = [(a, b) for visits in patients for a, b in pairwise(visits)]
    assert all(a.day < b.day for a, b in pairs)
    stayed = np.mean(["pneumonia" in b.findings for a, b in pairs if "pneumonia" in a.findings])
    assert stayed > hospital.population.prevalence["pneumonia"] + 0.1


def test_labels_are_true_but_for_the_stated_reading(clinic):
    hospital, patients = clinic
    rows = [(s, labels_of(hospital, 7, s)) for visits in patients for s in visits]
    cells = [(label[f], f in study.findings) for study, label in rows for f in FINDINGS]
    clear = [(value, truth) for value, truth in cells if value in (0, 1)]
    assert np.mean([value != truth for value, truth in clear]) == pytest.approx(0.02, abs=0.008)
    assert np.mean([value == -1 for value, _ in cells]) == pytest.approx(0.03, abs=0.01)
    assert np.mean([value is None for value, _ in cells]) == pytest.approx(0.015, abs=0.008)
    for _, label in rows:
        read = [label[finding] for finding in FINDINGS]
        if label["no_finding"] == 1:
            assert set(read) == {0}
        if 1 in read:
            assert label["no_finding"] == 0


def test_a_perfect_reader_writes_the_truth():
    hospital = replace(NORTH, reading=Reading(error=0, uncertain=0, unread=0))
    for visits in everyone(hospital, 40):
        for study in visits:
            labels = labels_of(hospital, 7, study)
            assert {f for f in FINDINGS if labels[f] == 1} == study.findings
            assert labels["no_finding"] == int(not study.findings)


def test_draws_are_a_function_of_what_they_are_for():
    first, again, other = (
        random_for(*key).random(4)
        for key in ((1, "north", "pose", 2), (1, "north", "pose", 2), (1, "north", "pose", 3))
    )
    np.testing.assert_array_equal(first, again)
    assert not np.isclose(first, other).any()


def test_identifiers_are_uuids_under_2_25():
    made = {unique_identifier("film", seed, number) for seed in range(20) for number in range(50)}
    assert len(made) == 1000
    for uid in made:
        assert len(uid) <= 64
        number = int(uid.removeprefix("2.25."))
        assert uid == f"2.25.{number}"  # no leading zero
        assert (number >> 76) & 0xF == 8  # version
        assert (number >> 62) & 0b11 == 0b10  # variant
