"""A trained model: its weights, and everything that has to travel with them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from medtune.config.model import Model
from medtune.films.preprocessing import Preprocessing
from medtune.learning.task import Network
from medtune.learning.weights import load_exactly, read_state, save_weights
from medtune.vision.backbones import XrayBackbone, build
from medtune.vision.card import FORMAT, Card, card_of, weights_file
from medtune.vision.fitting import must_be_whole, must_prepare_alike


@dataclass(frozen=True)
class TrainedModel:
    """A network and its card."""

    network: Network
    card: Card


def start(
    model: Model,
    outputs: int,
    spec: Preprocessing,
    *,
    random: bool = False,
    seed: int = 0,
) -> Network:
    """A network with its starting weights and a new head.

    Args:
        model: the run's model section; weights may be a finished run's folder.
        outputs: of the new head.
        spec: how the run prepares its films.
        random: random weights whatever the section says (the control).
        seed: of random weights.

    Raises:
        WeightsError: the weights cannot be had, or learnt from films prepared otherwise.
    """
    folder = model.run_folder
    if random or folder is None:
        return Network(build(model, random=random, seed=seed), outputs)
    must_start_alike(model, spec)
    return Network(load(folder).network.backbone, outputs)


def must_start_alike(model: Model, spec: Preprocessing) -> None:
    """Refuse starting weights of a run that prepared its films otherwise, before anything is done.

    Raises:
        WeightsError: names everything that differs.
    """
    if model.run_folder is not None:
        must_prepare_alike(card_of(model.run_folder), model, spec)


def save(network: Network, card: Card, path: Path) -> None:
    """Write the weights with their card inside."""
    save_weights(network, path, {"format": FORMAT, **asdict(card)})


def load(path: Path) -> TrainedModel:
    """Read a trained model.

    Args:
        path: a finished run's folder, or its file of weights.

    Raises:
        WeightsError: there is none, or it does not fit.
    """
    path = weights_file(path)
    card, state = card_of(path), read_state(path)
    must_be_whole(card, state, path.name)
    size = card.preprocessing.image_size
    bare = build(Model(backbone=card.backbone, weights="none", image_size=size))
    network = Network(XrayBackbone(bare.body, card.normalisation, size), card.task.outputs)
    load_exactly(network, state, path.name)
    return TrainedModel(network.eval(), card)


def with_thresholds(
    card: Card, thresholds: dict[str, float], operating_points: dict[str, dict[str, Any]]
) -> Card:
    """The card, once its thresholds are chosen on the calibration split."""
    return replace(card, thresholds=thresholds, operating_points=operating_points)
