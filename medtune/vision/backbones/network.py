"""The network that looks at films: any backbone, one channel, the weights' own grey values."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from medtune.config.model import Model
from medtune.errors import InputError
from medtune.vision.backbones import layers, monai_door, timm_door, torchvision_door, xrv_door
from medtune.vision.backbones.files import Published
from medtune.vision.backbones.normalisation import Normalisation

DOORS = {door.DOOR: door for door in (timm_door, monai_door, torchvision_door, xrv_door)}


class XrayBackbone(nn.Module):
    """A network from films (B, 1, 1, H, W) to features (B, width).

    Args:
        body: from (B, 1, H, W) to (B, width).
        normalisation: applied to the grey values first.
        image_size: pixels a side, to measure the width with.
    """

    def __init__(self, body: nn.Module, normalisation: Normalisation, image_size: int) -> None:
        super().__init__()
        self.body = body
        self.normalisation = normalisation
        self.width = _width(body, image_size)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, 1, 1, H, W) float32 in [0, 1] to (B, width)."""
        films = inputs[:, 0]
        films = (films - self.normalisation.mean) / self.normalisation.deviation
        features: Tensor = self.body(films.contiguous(memory_format=torch.channels_last))
        return features

    def blocks(self) -> list[list[str]]:
        """Names of the parameters, block by block from the film to the features."""
        return [[f"body.{name}" for name in block] for block in layers.blocks(self.body)]

    def depths(self) -> dict[str, int]:
        """The layer of every parameter by name, 0 next to the film."""
        order = layers.depths(self.body, coarse=False)
        return {f"body.{name}": depth for name, depth in order.items()}


def _width(body: nn.Module, image_size: int) -> int:
    """How many features the network gives for a film of this size.

    Raises:
        InputError: the network cannot take the size, or gives no row of features.
    """
    training = body.training
    try:
        with torch.no_grad():
            features = body.eval()(torch.zeros(1, 1, image_size, image_size))
    except (RuntimeError, ValueError, AssertionError) as error:
        raise InputError(
            f"This backbone cannot take films of {image_size} x {image_size} pixels; give another "
            f"'model.image_size' ({error})."
        ) from error
    body.train(training)
    if not isinstance(features, Tensor) or features.ndim != 2:
        raise InputError("This backbone gives no single row of features for a film.")
    return int(features.shape[1])


def build(model: Model, *, random: bool = False, seed: int = 0) -> XrayBackbone:
    """The backbone of a run with its starting weights.

    Args:
        model: the run's model section; its weights must not be a run.
        random: take random weights whatever the section says (the control).
        seed: of random weights.

    Raises:
        InputError: no such backbone.
        WeightsError: the weights cannot be had, or do not fit.
    """
    weights = "none" if random else model.weights
    door, _, name = model.backbone.partition("/")
    make: Callable[[str, str, int], tuple[nn.Module, Normalisation]] = DOORS[door].make
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body, normalisation = make(name, weights, model.image_size)
    if random or weights == "none":
        normalisation = Normalisation(0.5, 0.25)
    body = body.to(memory_format=torch.channels_last)
    return XrayBackbone(body, normalisation, model.image_size)


def must_exist(backbone: str) -> None:
    """Ask a door whether it has a network of this name; nothing is fetched.

    Args:
        backbone: as in a run's model section; no name of the Hugging Face hub.

    Raises:
        InputError: there is none, or its library is not installed; says what was probably meant.
    """
    door, _, name = backbone.partition("/")
    DOORS[door].must_exist(name)


def fetch(backbone: str) -> Published:
    """The published weights of a backbone, from this disk or the network, as they are.

    Args:
        backbone: as in a run's model section.

    Raises:
        InputError: no such backbone.
        WeightsError: it has no published weights, or they cannot be read.
        NotFetchedError: they are not on this disk and cannot be fetched.
    """
    door, _, name = backbone.partition("/")
    return DOORS[door].fetch(name)


def card_name(backbone: str) -> str:
    """The name under which a trained model can be built again without the hub."""
    door, _, name = backbone.partition("/")
    return f"{door}/{timm_door.plain_name(name)}" if door == timm_door.DOOR else backbone


def tagged(backbone: str) -> str:
    """The name with the tag of the weights that it means, where its door has tags."""
    door, _, name = backbone.partition("/")
    return f"{door}/{timm_door.tagged(name)}" if door == timm_door.DOOR else backbone


def licence_of(backbone: str) -> str | None:
    """The licence of published weights, as their library states it; None where it states none."""
    door, _, name = backbone.partition("/")
    return timm_door.licence(name) if door == timm_door.DOOR else None
