"""A hospital's profile: what its films look like and whose they are; no film, no patient.

Written by ``medtune site measure``, read by ``medtune site compare`` and by
``training.augmentation: site``. Every number is a median, a spread or a share of a group; what
rests on fewer than ``smallest_cell`` patients is left out, and so is a share that would tell how
many these are: of all films but theirs, or of all with a border or a letter but theirs. A part
that nobody measured is left out too, so that a profile of typical equipment holds only what has a
source.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from medtune.config.section import MisfitError, Section

SHARES = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)
"""Shares of the pixels below each of a profile's grey quantiles."""
NOISE_GREYS = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)
"""Greys at which a profile tells the noise."""
BANDS = 18
"""Frequency bands of a profile's spectrum, from 4 to 256 cycles over the longer side of a film."""
COARSEST, FINEST = 4.0, 256.0
SMALLEST_CELL = 10
PROFILE_ENDINGS = (".yaml", ".yml")
NAME = r"^[\p{L}\p{N}][\p{L}\p{M}\p{N}._ -]*$"
"""What a hospital may be called, as pydantic reads patterns: letters of any language."""

_NAMED = TypeAdapter(Annotated[str, Field(pattern=NAME)])
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


def is_profile(site: str) -> bool:
    """Whether a run's ``site`` is a profile, and not a name alone."""
    return site.lower().endswith(PROFILE_ENDINGS)


def site_name(site: str) -> str:
    """The hospital's name: what is written, or how the profile's file is called."""
    return Path(site).stem if is_profile(site) else site


def is_name(site: str) -> bool:
    """Whether a hospital may be called so in a profile."""
    try:
        _NAMED.validate_python(site)
    except ValidationError:
        return False
    return True


class Spread(Section):
    """A number that differs from film to film."""

    middle: float = Field(description="Median over the films.")
    spread: NotNegative = Field(
        description="Standard deviation over the films, from their quartiles."
    )


class Greys(Section):
    """Where the greys of a film lie, black (air, borders) not counted; 0 black, 1 white."""

    middle: list[Share] = Field(
        min_length=len(SHARES),
        max_length=len(SHARES),
        description="Greys below which 1, 5, 10, 25, 50, 75, 90, 95 and 99 % of a film lie.",
    )
    spread: list[NotNegative] = Field(
        min_length=len(SHARES),
        max_length=len(SHARES),
        description="How far each of them differs from film to film (standard deviation).",
    )
    black: Share = Field(description="Share of a film's pixels that are clipped to black.")
    white: Share = Field(description="Share of a film's pixels that are clipped to white.")

    @model_validator(mode="after")
    def _rise(self) -> Greys:
        if any(low > high for low, high in zip(self.middle, self.middle[1:], strict=False)):
            raise MisfitError((("middle",), "greys of growing shares grow, and these do not"))
        return self


class NoiseProfile(Section):
    """Noise at each grey, on films whose longer side has ``side`` pixels."""

    deviation: list[NotNegative | None] = Field(
        min_length=len(NOISE_GREYS),
        max_length=len(NOISE_GREYS),
        description="Standard deviation at grey 0.05, 0.15 ... 0.95; empty where it is not known.",
    )
    correlation: NotNegative = Field(
        description="Standard deviation of the blur that the noise went through, pixels."
    )
    spread: NotNegative = Field(
        description="Relative standard deviation of the noise from film to film."
    )


class Sharpness(Section):
    """Power of the films by their ranks, which no response curve changes."""

    power: list[float | None] = Field(
        min_length=BANDS,
        max_length=BANDS,
        description="log10 of the power in 18 bands from 4 to 256 cycles over the longer side.",
    )
    spread: NotNegative = Field(
        description="Standard deviation of the power from film to film, in log10."
    )
    noise: NotNegative = Field(description="Variance of the noise in ranks.")
    correlation: NotNegative = Field(description="Of that noise, pixels.")


class Lines(Section):
    """Lines of an anti-scatter grid, or their moiré."""

    films: Share | None = Field(
        default=None,
        description="Share of the films with visible lines; empty where too few patients' films "
        "have none.",
    )
    along: Literal["down", "across"] = Field(description="down or across the film.")
    period: Annotated[float, Field(ge=2)] = Field(
        description="From line to line, pixels at full resolution."
    )
    depth: NotNegative = Field(description="Amplitude of the lines, in grey.")


class Borders(Section):
    """What lies outside of the field: collimation, shutter, scan edges."""

    films: Share | None = Field(
        default=None,
        description="Share of the films with a border; empty where too few patients' films have "
        "none.",
    )
    sides: list[Share | None] = Field(
        min_length=4,
        max_length=4,
        description="Share of the films with one at the top, bottom, left and right; empty where "
        "too few patients' films have one there, or lack one.",
    )
    depth: Spread | None = Field(
        default=None, description="How far a border reaches in, as a share of its side."
    )
    grey: Share | None = Field(default=None, description="Grey of the borders; 0 is black.")


class Place(Section):
    """A cell of a map of 8 x 8 cells over the film."""

    row: int = Field(ge=0, le=7, description="From the top, 0 to 7.")
    column: int = Field(ge=0, le=7, description="From the left, 0 to 7.")
    films: Share | None = Field(
        default=None,
        description="Share of the films with a letter there; empty where too few patients' films "
        "have none there.",
    )


class Letters(Section):
    """Lead letters and printed text."""

    films: Share | None = Field(
        default=None,
        description="Share of the films on which letters are seen; empty where too few patients' "
        "films have letters, or have none.",
    )
    text: Share | None = Field(
        default=None,
        description="Share of the films whose borders look like lines of text; empty where too "
        "few patients' films do, or do not.",
    )
    height: Spread | None = Field(
        default=None, description="Of a letter, as a share of the film's height."
    )
    places: list[Place] = Field(
        default=[],
        description="Where they stand, most frequent first; those of too few patients are left "
        "out.",
    )


class Placement(Section):
    """How differently patients stand on the film."""

    degrees: NotNegative = Field(description="Rotation, standard deviation in degrees.")
    zoom: NotNegative = Field(description="Relative size of the body, standard deviation.")
    shift: NotNegative = Field(description="Shift as a share of the film, standard deviation.")


class Windows(Section):
    """Windows and VOI LUTs in the headers."""

    films: Share | None = Field(
        default=None,
        description="Share of the films with a window; empty where too few patients' films have "
        "one, or none.",
    )
    lut: Share | None = Field(
        default=None,
        description="Share of the films with a VOI LUT; empty where too few patients' films have "
        "one, or none.",
    )
    centre: Spread | None = Field(default=None, description="Of the first window.")
    width: Spread | None = Field(default=None, description="Of the first window.")


class Detector(Section):
    """What is published about a kind of detector, for profiles that nobody measured."""

    mtf_half_per_mm: Positive | None = Field(
        default=None, description="Spatial frequency at which the MTF is 0.5, cycles a mm."
    )
    dqe: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="Detective quantum efficiency at low frequencies (RQA5)."
    )


class Group(Section):
    """Films of one scanner and view, upright or portable."""

    scanner: str = Field(description="Manufacturer and model, where they may be told.")
    view: str = Field(
        description="PA, AP, LATERAL ..., as headers say; 'another view 1' where they say "
        "something that is no term of DICOM."
    )
    portable: bool | None = Field(
        default=None, description="Taken at the bedside; empty where headers do not say."
    )
    films: int = Field(ge=0, description="How many there are; 0 in a profile of equipment.")
    measured: int = Field(ge=0, description="How many of them were measured.")
    side: Annotated[int, Field(ge=8)] | None = Field(
        default=None, description="Pixels of the longer side on which films were measured."
    )
    pixel_spacing: Spread | None = Field(
        default=None, description="Of the stored pixels, mm at the patient or detector."
    )
    film_side: Positive | None = Field(
        default=None, description="Longer side of the films, mm; where the spacing is known."
    )
    exposure_index: Spread | None = Field(default=None, description="IEC 62494-1.")
    bits: int | None = Field(default=None, ge=8, le=16, description="Most frequent bits stored.")
    windows: Windows | None = Field(default=None, description="In the headers.")
    greys: Greys | None = Field(default=None, description="The grey-value distribution.")
    noise: NoiseProfile | None = Field(default=None, description="Noise against signal.")
    sharpness: Sharpness | None = Field(default=None, description="The power spectrum.")
    lines: Lines | None = Field(
        default=None, description="Of a grid; empty where no or too few patients' films have any."
    )
    borders: Borders | None = Field(
        default=None,
        description="Collimation and shutter; empty where no or too few patients' films have any.",
    )
    letters: Letters | None = Field(
        default=None,
        description="Markers and text; empty where no or too few patients' films have any.",
    )
    placement: Placement | None = Field(default=None, description="Rotation, zoom and shift.")
    detector: Detector | None = Field(default=None, description="Published figures.")
    sources: list[str] = Field(
        default=[], description="Where figures that were not measured come from."
    )


class Patients(Section):
    """Whose films they are."""

    films: int = Field(
        ge=0,
        description="How many there are of the scanners and views that are told; those of too few "
        "patients do not count.",
    )
    patients: int = Field(ge=0, description="Of how many patients these films are.")
    sex: dict[str, Share] | None = Field(
        default=None, description="Share of these patients of each, where it is known."
    )
    age: dict[str, Share] | None = Field(
        default=None,
        description="Share of these patients in each age band: the one in which most of their "
        "films were taken.",
    )
    view: dict[str, Share] | None = Field(default=None, description="Share of these films of each.")
    portable: Share | None = Field(
        default=None, description="Share of these films, where headers say so or not."
    )
    prevalence: dict[str, Share] | None = Field(
        default=None, description="Share of the labelled studies with each finding."
    )


class SiteProfile(Section):
    """One hospital, or one kind of equipment."""

    site: str = Field(
        pattern=NAME,
        description="Name of the hospital, as its owner wants it told.",
    )
    made_by: str = Field(description="What made the profile: medtune and its version, or a person.")
    smallest_cell: int = Field(
        default=SMALLEST_CELL,
        ge=1,
        description="What rests on fewer patients than that is left out.",
    )
    simulated: bool = Field(default=False, description="Whether the films are simulated.")
    patients: Patients | None = Field(default=None, description="Whose films they are.")
    groups: list[Group] = Field(
        min_length=1, description="The scanners and views, those with most films first."
    )
