"""What a file of trained weights says of itself: without its card nobody can use it rightly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from medtune.config.data import Include
from medtune.config.model import RUN_WEIGHTS, Model, Views
from medtune.config.targets import Target
from medtune.errors import WeightsError
from medtune.films.preprocessing import Preprocessing
from medtune.learning.weights import read_card
from medtune.vision.backbones import Normalisation
from medtune.vision.licences import NOTHING_KNOWN, Origin, published
from medtune.vision.tasks import XrayFindings, XrayTargets, task_of

FORMAT = 1
EVEN = tuple((place + 0.5) / 33 for place in range(33))  # of cards that do not say at which shares


@dataclass(frozen=True)
class TaughtWith:
    """The data that a model was taught with: digests and counts, nothing about a patient.

    Attributes:
        cases_sha256: of the run's ``cases.parquet``.
        splits_sha256: of its ``splits.parquet``.
        counts: split (train, tune, calibration) to how many films, studies and patients of it
            were used.
    """

    cases_sha256: str
    splits_sha256: str
    counts: dict[str, dict[str, int]]

    @property
    def words(self) -> str:
        """For a person, in one line."""
        parts = [
            f"{name} {count['studies']} studies of {count['patients']} patients"
            for name, count in self.counts.items()
        ]
        return f"{'; '.join(parts)} (cases {self.cases_sha256[:12]})"


@dataclass(frozen=True)
class Scores:
    """How a finding was scored where the model learnt, told apart by its label.

    Attributes:
        prevalence: share of the labelled calibration cases that have it.
        present: (K,) scores of those that do, rising, at ``shares``.
        absent: (K,) of those that do not.
        shares: (K,) of either, which have no higher score.
    """

    prevalence: float
    present: tuple[float, ...]
    absent: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Home:
    """What films and scores are like where the model learnt: what another site is held against.

    Only numbers over many patients: no film and no case can be told from them.

    Attributes:
        greys: (33,) of training films as the network saw them, see ``films.harmonise``.
        scores: by finding; without those of which fewer than 10 patients have it or have it not.
    """

    greys: tuple[float, ...]
    scores: dict[str, Scores]


@dataclass(frozen=True)
class Card:
    """What a file of weights says of itself; without it the weights cannot be used.

    Attributes:
        name: of the run.
        site: the hospital whose films it learnt from.
        backbone: as in the run's model section, but never a name that needs the hub.
        normalisation: what the weights want of a grey value.
        preprocessing: how a film becomes a picture.
        include: the films it is for, as in ``data.include``.
        findings: in the order of its outputs.
        thresholds: finding to the score from which on it is called present.
        operating_points: finding to the target that its threshold was chosen for.
        version: of medtune.
        origin: where its starting weights come from, and what their licence allows.
        taught_with: the data; None where that is not known (other people's models).
        targets: by name, as in ``data.targets``; then it has no findings.
        scale: of each amount, mean and standard deviation in the train split.
        views: each (it scores films), or how it pools the films of a study: mean, max, attention.
        most_views: the most films of a study that it looks at, where it pools them.
        referral: finding to what is left to a radiologist: the scores absent_below and
            present_from (None: nobody is called so), between which it refers, and the bounds
            wrong_absent, wrong_present and confidence that these keep.
        home: what its films and scores were like; None where that is not known.
    """

    name: str
    site: str
    backbone: str
    normalisation: Normalisation
    preprocessing: Preprocessing
    include: dict[str, Any]
    findings: list[str]
    thresholds: dict[str, float] = field(default_factory=dict)
    operating_points: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: str = ""
    origin: Origin = NOTHING_KNOWN
    taught_with: TaughtWith | None = None
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)
    scale: dict[str, tuple[float, float]] = field(default_factory=dict)
    views: Views = "each"
    most_views: int = 1
    referral: dict[str, dict[str, Any]] = field(default_factory=dict)
    home: Home | None = None

    @property
    def films(self) -> Include:
        """The films it is for."""
        return Include.model_validate(self.include)

    @property
    def task(self) -> XrayFindings | XrayTargets:
        """What its outputs mean."""
        targets = {name: Target.model_validate(said) for name, said in self.targets.items()}
        return task_of(self.findings, targets, self.scale)

    @property
    def learned(self) -> list[str]:
        """Names of its findings, or of its targets."""
        return [*self.findings, *self.targets]


def weights_file(path: Path) -> Path:
    """The file of weights of a finished run's folder, or the file itself.

    Raises:
        WeightsError: the run is not finished.
    """
    if not path.is_dir():
        return path
    if not (path / RUN_WEIGHTS).exists():
        raise WeightsError(
            f"The run {path.name} has no {RUN_WEIGHTS}: it is not finished. "
            "'medtune train' goes on with it."
        )
    return path / RUN_WEIGHTS


def card_of(path: Path) -> Card:
    """The card of a trained model.

    Args:
        path: a finished run's folder, or its file of weights.

    Raises:
        WeightsError: there is none, or it is not whole.
    """
    path = weights_file(path)
    content = read_card(path)
    if content.pop("format", None) != FORMAT:
        raise WeightsError(f"{path.name} was written by another version of medtune.")
    try:
        content["normalisation"] = Normalisation(**content["normalisation"])
        content["preprocessing"] = Preprocessing(**content["preprocessing"])
        if "origin" in content:
            said = content["origin"]
            content["origin"] = Origin(**{**said, "through": tuple(said["through"])})
        if content.get("taught_with") is not None:
            content["taught_with"] = TaughtWith(**content["taught_with"])
        if content.get("home") is not None:
            content["home"] = _home(**content["home"])
        card = Card(**content)
        _ = card.task
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"The card of {path.name} is not whole.") from error
    return card


def _home(greys: list[float], scores: dict[str, dict[str, Any]]) -> Home:
    """As JSON has it."""
    return Home(
        tuple(greys),
        {
            name: Scores(
                said["prevalence"],
                tuple(said["present"]),
                tuple(said["absent"]),
                tuple(said.get("shares", EVEN)),
            )
            for name, said in scores.items()
        },
    )


def origin_of(model: Model) -> Origin:
    """Where a run's starting weights come from; a run hands on what it began with itself."""
    if model.run_folder is None:
        return published(model)
    card = card_of(model.run_folder)
    return replace(card.origin, through=(*card.origin.through, card.name))
