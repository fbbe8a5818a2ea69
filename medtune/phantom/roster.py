"""Who was radiographed when: patients, studies, films and labels, drawn from a seed.

Every draw is a function of (seed, hospital, what it is for, patient, study, film), so that one
patient's films do not depend on how many others there are.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from medtune.phantom.body import Body, Sex, View, draw_body
from medtune.phantom.hospitals import Hospital, Population
from medtune.phantom.lesions import FINDINGS, Finding

SEVERAL_STUDIES = 0.15  # of the patients have two or three
TWO_FILMS = 0.08  # of the studies have a second film of the same view
STAYS = 0.5  # chance that a finding is as it was at the patient's study before
FIRST_DAY = date(2021, 1, 4)
DAYS = 1000


@dataclass(frozen=True)
class Patient:
    """One simulated patient."""

    number: int
    born: date
    body: Body

    @property
    def identifier(self) -> str:
        """Patient ID."""
        return f"P{self.number:06d}"


@dataclass(frozen=True)
class Study:
    """One visit: what the patient really had, and how many films of one view were taken."""

    patient: Patient
    number: int
    day: date
    second_of_day: int
    view: View
    findings: frozenset[Finding]
    films: int


def random_for(seed: int, hospital: str, *what: str | int) -> np.random.Generator:
    """The generator that belongs to one purpose."""
    words = "/".join(str(word) for word in (seed, hospital, *what))
    key = hashlib.sha256(words.encode()).digest()
    return np.random.default_rng(np.frombuffer(key, dtype=np.uint32))


def unique_identifier(*what: str | int) -> str:
    """A UID under 2.25 (PS3.5 B.2): an RFC 9562 UUID, version 8, made from what it names."""
    key = bytearray(hashlib.sha256("/".join(map(str, what)).encode()).digest()[:16])
    key[6] = (key[6] & 0x0F) | 0x80
    key[8] = (key[8] & 0x3F) | 0x80
    return f"2.25.{int.from_bytes(key, 'big')}"


def studies_of(hospital: Hospital, seed: int, number: int) -> list[Study]:
    """All studies of the patient of this number (from 1), in the order of time."""
    population = hospital.population
    rng = random_for(seed, hospital.name, "patient", number)
    sex: Sex = "F" if rng.random() < population.women else "M"
    age = int(np.clip(round(rng.normal(population.age_mean, population.age_sd)), 18, 95))
    body_mass_index = float(np.clip(rng.normal(population.body_mass_index, 4), 17, 45))
    first = FIRST_DAY + timedelta(days=int(rng.integers(DAYS)))
    born = first - timedelta(days=round(365.25 * age) + int(rng.integers(1, 360)))
    patient = Patient(number, born, draw_body(rng, sex, age, body_mass_index))

    count = int(rng.integers(2, 4)) if rng.random() < SEVERAL_STUDIES else 1
    studies: list[Study] = []
    day = first
    for index in range(count):
        before = studies[-1].findings if studies else None
        studies.append(
            Study(
                patient=patient,
                number=index + 1,
                day=day,
                second_of_day=int(rng.integers(7 * 3600, 20 * 3600)),
                view="AP" if rng.random() < population.bedside else "PA",
                findings=_findings(rng, population, before),
                films=2 if rng.random() < TWO_FILMS else 1,
            )
        )
        day += timedelta(days=int(rng.integers(1, 120)))
    return studies


def _findings(
    rng: np.random.Generator, population: Population, before: frozenset[Finding] | None
) -> frozenset[Finding]:
    present: set[Finding] = set()
    for finding in FINDINGS:
        drawn = rng.random() < population.prevalence[finding]
        stays = rng.random() < STAYS
        if (finding in before) if before is not None and stays else drawn:
            present.add(finding)
    return frozenset(present)


def labels_of(hospital: Hospital, seed: int, study: Study) -> dict[str, int | None]:
    """How the study was read: 1, 0, -1 (uncertain) or None (empty), with no_finding last.

    no_finding is 1 where everything was read as absent, 0 where anything was read as present,
    and unknown in the same way as the label that leaves it open.
    """
    rng = random_for(seed, hospital.name, "reading", study.patient.number, study.number)
    reading = hospital.reading
    labels: dict[str, int | None] = {}
    for finding in FINDINGS:
        wrong, doubt = rng.random(2)
        present = (finding in study.findings) != (wrong < reading.error)
        labels[finding] = int(present)
        if doubt < reading.uncertain:
            labels[finding] = -1
        elif doubt < reading.uncertain + reading.unread:
            labels[finding] = None
    read = set(labels.values())
    if 1 in read:
        labels["no_finding"] = 0
    elif None in read:
        labels["no_finding"] = None
    else:
        labels["no_finding"] = -1 if -1 in read else 1
    return labels
