"""Other people's trained models as generic ones: torchxrayvision's, from a file of weights."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from medtune.config.data import Include
from medtune.errors import WeightsError
from medtune.films.preprocessing import Preprocessing
from medtune.learning.task import Network
from medtune.learning.weights import CARD, load_exactly, read_metadata
from medtune.vision.backbones import XrayBackbone, xrv_door
from medtune.vision.backbones.stem import without
from medtune.vision.card import Card
from medtune.vision.licences import of_backbone
from medtune.vision.trained import TrainedModel, load

# They learnt from frontal films; a film whose view nobody states is scored as well.
INCLUDE = Include(view=["PA", "AP"], unknown_view="keep")


def load_generic(path: Path) -> TrainedModel:
    """A model that already has a head for some finding.

    Args:
        path: a finished run's folder or its file of weights; or torchxrayvision's weights, in a
            file that is called as they are (densenet121-res224-all.safetensors).

    Raises:
        WeightsError: there is none, or nobody knows what its outputs mean.
        InputError: torchxrayvision is not installed.
    """
    if path.is_dir() or CARD in read_metadata(path):
        return load(path)
    return load_xrv(path)


def load_xrv(path: Path) -> TrainedModel:
    """A network of torchxrayvision's with its own head, thresholds and preprocessing.

    A film is cut to its middle square and made as small as the weights saw films
    (torchxrayvision's XRayCenterCrop and XRayResizer); without a window, all of its bits are
    shown, as its reader does. A score is the sigmoid of the output. The threshold is the
    operating point that was published with the weights: what torchxrayvision itself shows as 0.5,
    since its ``op_norm`` maps that point there and keeps the order of the scores. Outputs that it
    has no operating point for were never taught, and are left out.

    Raises:
        WeightsError: no such file, of unknown weights, or of others than it is called after.
    """
    found = xrv_door.read(path)
    name = read_metadata(path).get("weights") or xrv_door.name_of(path.name)
    if name is None:
        raise WeightsError(
            f"Nobody knows what the outputs of {path.name} mean: it has no card of medtune's, and "
            "is not called like any of torchxrayvision's weights (densenet121-res224-all, "
            "resnet50-res512-all ...)."
        )
    described = xrv_door.describe(name)
    _must_be_its_own(found.points, described, path.name)
    findings, weight, bias = xrv_door.head_of(described, found)
    body = xrv_door.body_of(described)
    load_exactly(body, without(found.tensors, (described.head,)), path.name)
    size = described.image_size
    network = Network(XrayBackbone(body, xrv_door.NORMALISATION, size), len(findings))
    with torch.no_grad():
        network.head.weight.copy_(weight)
        network.head.bias.copy_(bias)
    card = Card(
        name=name,
        site="",
        backbone=f"{xrv_door.DOOR}/{name}",
        normalisation=xrv_door.NORMALISATION,
        preprocessing=Preprocessing(size, fit="crop", without_window="full_range"),
        include=INCLUDE.model_dump(mode="json"),
        findings=findings,
        thresholds={
            finding: point
            for finding, point in zip(described.findings, described.thresholds, strict=True)
            if finding in findings
        },
        origin=of_backbone(f"{xrv_door.DOOR}/{name}"),
    )
    return TrainedModel(network.eval(), card)


def _must_be_its_own(
    points: torch.Tensor | None, described: xrv_door.Description, file: str
) -> None:
    """Refuse a file whose own operating points are those of other weights.

    Raises:
        WeightsError: they are.
    """
    if points is None:
        return
    same = len(points) == len(described.thresholds) and all(
        (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-4)
        for one, other in zip(points.tolist(), described.thresholds, strict=True)
    )
    if not same:
        raise WeightsError(
            f"{file} is called after {described.name}, but its operating points are others."
        )
