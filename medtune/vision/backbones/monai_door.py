"""MONAI's 2-D classification networks."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from medtune.errors import InputError, WeightsError
from medtune.learning.weights import load_exactly
from medtune.vision.backbones.files import Published, read_published
from medtune.vision.backbones.hub import NotFetchedError, explained
from medtune.vision.backbones.normalisation import IMAGENET, Normalisation
from medtune.vision.backbones.stem import first_convolution, one_channel, summed, without

DOOR = "monai"


def make(name: str, weights: str, image_size: int) -> tuple[nn.Module, Normalisation]:
    """One of MONAI's networks without its head; see ``backbones.build``."""
    maker = _maker(name)
    if weights == "pretrained":
        with explained(f"{DOOR}/{maker.name}"):
            return one_channel(_with_hub_weights(maker)), Normalisation.of(*IMAGENET)
    body = maker.make(1, False)
    if weights == "none":
        return body, Normalisation.of(*IMAGENET)
    found = read_published(Path(weights))
    stem, _ = first_convolution(body)
    load_exactly(body, summed(without(found.tensors, maker.heads), stem), found.name)
    return body, found.normalisation or Normalisation.of(*IMAGENET)


def must_exist(name: str) -> None:
    """Refuse a name that means no network; see ``backbones.must_exist``."""
    _maker(name)


def fetch(name: str) -> Published:
    """The published weights of a network, as they are."""
    maker = _maker(name)
    body = _with_hub_weights(maker)
    return Published(body.state_dict(), maker.name, Normalisation.of(*IMAGENET))


@dataclass(frozen=True)
class _Maker:
    """How one of MONAI's networks is made without its head."""

    name: str
    make: Callable[[int, bool], nn.Module]
    on_hub: bool
    heads: tuple[str, ...]


def _maker(name: str) -> _Maker:
    from monai.networks import nets

    plain = name.lower().replace("-", "").replace("_", "")
    makers = _makers(nets)
    if plain in makers:
        return makers[plain]
    near = difflib.get_close_matches(plain, list(makers), n=1)
    meant = f" Did you mean 'monai/{makers[near[0]].name}'?" if near else ""
    known = ", ".join(maker.name for maker in makers.values())
    raise InputError(f"There is no 'monai/{name}'.{meant} There are: {known}.")


def _with_hub_weights(maker: _Maker) -> nn.Module:
    """A network of three channels with the weights that MONAI has a link to."""
    if not maker.on_hub:
        raise WeightsError(
            f"MONAI offers no pretrained 2-D weights of {maker.name}. Give a local file as "
            "'model.weights', or take a timm backbone."
        )
    try:
        return maker.make(3, True)
    except Exception as error:  # of the network, or of MONAI's reading
        source = (
            f"the link that MONAI has for {maker.name}; SHA-256: starts with the last 8 digits of "
            "the file's name"
        )
        raise NotFetchedError(source, error) from error


def _makers(nets: Any) -> dict[str, _Maker]:
    """MONAI's 2-D classification networks by plain name."""
    makers = []
    for depth in (121, 169, 201, 264):
        constructor = getattr(nets, f"DenseNet{depth}")

        def dense(channels: int, pretrained: bool, constructor: Any = constructor) -> nn.Module:
            body = constructor(
                spatial_dims=2, in_channels=channels, out_channels=2, pretrained=pretrained
            )
            body.class_layers.out = nn.Identity()
            return body

        hub = depth != 264
        makers.append(_Maker(f"DenseNet{depth}", dense, hub, ("class_layers.out",)))
    for depth in (10, 18, 34, 50, 101, 152):
        constructor = getattr(nets, f"resnet{depth}")

        def resnet(channels: int, pretrained: bool, constructor: Any = constructor) -> nn.Module:
            return constructor(spatial_dims=2, n_input_channels=channels, feed_forward=False)

        makers.append(_Maker(f"ResNet{depth}", resnet, False, ("fc",)))
    for size in range(8):

        def efficient(channels: int, pretrained: bool, size: int = size) -> nn.Module:
            body = nets.EfficientNetBN(
                f"efficientnet-b{size}",
                spatial_dims=2,
                in_channels=channels,
                num_classes=2,
                pretrained=pretrained,
            )
            body._fc = nn.Identity()
            return body

        makers.append(_Maker(f"EfficientNet-B{size}", efficient, True, ("_fc",)))
    for name in ("SEResNet50", "SEResNet101", "SEResNet152", "SEResNext50", "SEResNext101"):
        constructor = getattr(nets, name)

        def squeeze(channels: int, pretrained: bool, constructor: Any = constructor) -> nn.Module:
            body = constructor(
                spatial_dims=2, in_channels=channels, num_classes=2, pretrained=pretrained
            )
            body.last_linear = nn.Identity()
            return body

        makers.append(_Maker(name, squeeze, True, ("last_linear",)))
    return {maker.name.lower().replace("-", ""): maker for maker in makers}
