"""Two simulated hospitals: their equipment, their patients, and how their films were read."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.phantom.equipment import Equipment


@dataclass(frozen=True)
class Population:
    """Who comes to a hospital, and what they have.

    Findings are drawn independently of sex, age, view and machine: no header field tells them.

    Attributes:
        age_mean, age_sd: years; ages lie between 18 and 95.
        women: share of the patients.
        body_mass_index: mean, kg/m2; standard deviation 4.
        bedside: share of the studies taken AP with the patient in bed.
        prevalence: share of the studies with each finding.
    """

    age_mean: float
    age_sd: float
    women: float
    body_mass_index: float
    bedside: float
    prevalence: dict[str, float]


@dataclass(frozen=True)
class Reading:
    """How the label table came about.

    Attributes:
        error: share of labels that are simply wrong.
        uncertain: share written as -1.
        unread: share left empty.
    """

    error: float = 0.02
    uncertain: float = 0.03
    unread: float = 0.015


@dataclass(frozen=True)
class Hospital:
    """One simulated hospital."""

    name: str
    equipment: Equipment
    population: Population
    reading: Reading = Reading()


NORTH = Hospital(
    name="north",
    equipment=Equipment(
        manufacturer="Simulated Imaging North",
        model="Phantom DR 1",
        station="NDR1",
        sop_class="DX",
        kvp=120,
        grid=True,
        focal_blur_mm=0.8,
        detector_blur_mm=0.6,
        quanta=300,
        electronic_noise=2,
        response="sigmoid",
        gamma=1.0,
        contrast=3.0,
        detail=0.6,
        polarity="MONOCHROME2",
        bits=12,
        window=(0.0, 1.0),
        transfer_syntax="explicit",
        collimated=0.25,
        marker="R",
    ),
    population=Population(
        age_mean=48,
        age_sd=16,
        women=0.52,
        body_mass_index=25,
        bedside=0.15,
        prevalence={"pneumonia": 0.35, "effusion": 0.25, "nodule": 0.18},
    ),
)

SOUTH = Hospital(
    name="south",
    equipment=Equipment(
        manufacturer="Simulated Radiography South",
        model="Phantom CR 7",
        station="SCR7",
        sop_class="CR",
        kvp=90,
        grid=False,
        focal_blur_mm=1.2,
        detector_blur_mm=1.5,
        quanta=70,
        electronic_noise=6,
        response="log",
        gamma=1.25,
        contrast=1.0,
        detail=0.15,
        polarity="MONOCHROME1",
        bits=10,
        window=(0.12, 0.88),
        transfer_syntax="jpeg_2000",
        collimated=0.7,
        marker="L",
    ),
    population=Population(
        age_mean=68,
        age_sd=13,
        women=0.46,
        body_mass_index=29,
        bedside=0.55,
        prevalence={"pneumonia": 0.45, "effusion": 0.35, "nodule": 0.12},
    ),
)
