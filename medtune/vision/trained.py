"""A trained model: its weights, and everything that has to travel with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from medtune.config.model import Model
from medtune.errors import WeightsError
from medtune.films.preprocessing import Preprocessing
from medtune.learning.familiarity import Familiarity
from medtune.learning.task import Network
from medtune.learning.views import How
from medtune.learning.weights import load_exactly, read_state, save_weights
from medtune.vision.backbones import XrayBackbone, build
from medtune.vision.card import FORMAT, Card, card_of, weights_file
from medtune.vision.fitting import must_be_whole, must_know, must_prepare_alike

BESIDE = "familiarity."  # before the names of tensors that are none of the network's


@dataclass(frozen=True)
class TrainedModel:
    """A network, its card, and the shape of what taught it, where that was kept."""

    network: Network
    card: Card
    familiarity: Familiarity | None = None


def start(
    model: Model,
    outputs: int,
    spec: Preprocessing,
    *,
    findings: Sequence[str] = (),
    random: bool = False,
    seed: int = 0,
) -> Network:
    """A network with its starting weights and a new head, or that of the run it starts from.

    Args:
        model: the run's model section; weights may be a finished run's folder.
        outputs: of the head.
        spec: how the run prepares its films.
        findings: of the outputs, where 'model.head: kept' may keep what a finished run knows of
            them; its other outputs begin anew.
        random: random weights whatever the section says (the control).
        seed: of random weights.

    Raises:
        WeightsError: the weights cannot be had, or learnt from films prepared otherwise.
    """
    views: How | None = None if model.views == "each" else model.views
    folder = model.run_folder
    if random or folder is None:
        return _network(build(model, random=random, seed=seed), outputs, views, seed)
    must_start_alike(model, spec, findings)
    trained = load(folder)
    theirs = trained.network
    network = _network(theirs.backbone, outputs, views, seed)
    if theirs.pool is not None and network.pool is not None:
        network.pool.load_state_dict(theirs.pool.state_dict())
    if model.head == "kept":
        _keep_head(network, trained, findings)
    return network


def _keep_head(network: Network, trained: TrainedModel, findings: Sequence[str]) -> None:
    """Give the outputs of findings that a trained model knows the weights that it has for them."""
    known = {name: row for row, name in enumerate(trained.card.findings)}
    ours = [row for row, name in enumerate(findings) if name in known]
    theirs = [known[findings[row]] for row in ours]
    with torch.no_grad():
        network.head.weight[ours] = trained.network.head.weight[theirs]
        network.head.bias[ours] = trained.network.head.bias[theirs]
    network.knows = bool(ours)


def _network(backbone: nn.Module, outputs: int, views: How | None, seed: int) -> Network:
    """A network whose new parts depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Network(backbone, outputs, views)


def must_start_alike(model: Model, spec: Preprocessing, findings: Sequence[str] = ()) -> None:
    """Refuse starting weights of a run that prepared its films otherwise, before anything is done.

    Refused too are those without a head for any of the findings, where it is to be kept.

    Raises:
        WeightsError: names everything that differs.
    """
    if model.run_folder is not None:
        card = card_of(model.run_folder)
        must_prepare_alike(card, model, spec)
        if model.head == "kept" and findings:
            must_know(card, findings)
    elif model.head == "kept":
        raise WeightsError(
            "'model.head: kept' keeps the head of a finished run, and 'model.weights' is no folder "
            "of one. Write 'model.head: new' for other weights."
        )


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
    path = weights_file(path)
    card, state = card_of(path), read_state(path)
    try:
        familiarity = _taken_out(state)
    except (KeyError, TypeError) as error:
        raise WeightsError(f"{path.name} is not whole.") from error
    must_be_whole(card, state, path.name)
    size = card.preprocessing.image_size
    bare = build(Model(backbone=card.backbone, weights="none", image_size=size))
    views: How | None = None if card.views == "each" else card.views
    backbone = XrayBackbone(bare.body, card.normalisation, size)
    network = Network(backbone, card.task.outputs, views)
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
