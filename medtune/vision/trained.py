"""A trained model: its weights, and everything that has to travel with them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from medtune.config.data import Include
from medtune.config.model import RUN_WEIGHTS, Model
from medtune.errors import WeightsError
from medtune.films.preprocessing import Preprocessing
from medtune.learning.familiarity import Familiarity
from medtune.learning.task import Network
from medtune.learning.weights import load_exactly, read_card, read_state, save_weights
from medtune.vision.backbones import Normalisation, XrayBackbone, build, card_name

FORMAT = 1
BESIDE = "familiarity."  # before the names of tensors that are none of the network's


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
        referral: finding to what is left to a radiologist: the scores absent_below and
            present_from (None: nobody is called so), between which it refers, and the bounds
            wrong_absent, wrong_present and confidence that these keep.
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
    referral: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def films(self) -> Include:
        """The films it is for."""
        return Include.model_validate(self.include)


@dataclass(frozen=True)
class TrainedModel:
    """A network, its card, and the shape of what taught it, where that was kept."""

    network: Network
    card: Card
    familiarity: Familiarity | None = None


def start(model: Model, findings: list[str], *, random: bool = False, seed: int = 0) -> Network:
    """A network with its starting weights and a new head.

    Args:
        model: the run's model section; weights may be a finished run's folder.
        findings: one output each.
        random: random weights whatever the section says (the control).
        seed: of random weights.
    """
    folder = model.run_folder
    if random or folder is None:
        return Network(build(model, random=random, seed=seed), len(findings))
    trained = load(folder)
    if trained.card.backbone != card_name(model.backbone):
        raise WeightsError(
            f"The run {folder.name} has the backbone {trained.card.backbone}, but "
            f"'model.backbone' says {model.backbone}."
        )
    return Network(trained.network.backbone, len(findings))


def save(network: Network, card: Card, path: Path, familiarity: Familiarity | None = None) -> None:
    """Write the weights with their card inside, and the shape of what taught them."""
    beside = {} if familiarity is None else _as_tensors(familiarity)
    save_weights(network, path, {"format": FORMAT, **asdict(card)}, beside)


def _as_tensors(familiarity: Familiarity) -> dict[str, Tensor]:
    return {
        BESIDE + name: torch.as_tensor(np.asarray(value))
        for name, value in vars(familiarity).items()
    }


def _taken_out(state: dict[str, Tensor]) -> Familiarity | None:
    """The shape of what taught, taken out of the tensors of a file."""
    names = [name for name in state if name.startswith(BESIDE)]
    found = {name.removeprefix(BESIDE): state.pop(name).numpy() for name in names}
    if not found:
        return None
    rest, limit = float(found.pop("rest")), float(found.pop("limit"))
    return Familiarity(**found, rest=rest, limit=limit)


def load(path: Path) -> TrainedModel:
    """Read a trained model.

    Args:
        path: a finished run's folder, or its file of weights.

    Raises:
        WeightsError: there is none, or it does not fit.
    """
    if path.is_dir():
        path = path / RUN_WEIGHTS
        if not path.exists():
            raise WeightsError(
                f"The run {path.parent.name} has no {RUN_WEIGHTS}: it is not finished. "
                "'medtune train' goes on with it."
            )
    content = read_card(path)
    if content.pop("format", None) != FORMAT:
        raise WeightsError(f"{path.name} was written by another version of medtune.")
    try:
        content["normalisation"] = Normalisation(**content["normalisation"])
        content["preprocessing"] = Preprocessing(**content["preprocessing"])
        card = Card(**content)
    except (KeyError, TypeError) as error:
        raise WeightsError(f"The card of {path.name} is not whole.") from error
    size = card.preprocessing.image_size
    bare = build(Model(backbone=card.backbone, weights="none", image_size=size))
    network = Network(XrayBackbone(bare.body, card.normalisation, size), len(card.findings))
    state = read_state(path)
    try:
        familiarity = _taken_out(state)
    except (KeyError, TypeError) as error:
        raise WeightsError(f"{path.name} is not whole.") from error
    load_exactly(network, state, path.name)
    return TrainedModel(network.eval(), card, familiarity)


def with_thresholds(
    card: Card,
    thresholds: dict[str, float],
    operating_points: dict[str, dict[str, Any]],
    referral: dict[str, dict[str, Any]],
) -> Card:
    """The card, once its thresholds and cuts are chosen on the calibration split."""
    return replace(
        card, thresholds=thresholds, operating_points=operating_points, referral=referral
    )
