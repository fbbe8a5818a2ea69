"""torchvision's classification networks."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from medtune.errors import InputError, WeightsError
from medtune.learning.weights import load_exactly
from medtune.vision.backbones.files import Published, read_published, read_tensors
from medtune.vision.backbones.hub import explained, from_link
from medtune.vision.backbones.normalisation import IMAGENET, Normalisation
from medtune.vision.backbones.stem import first_convolution, one_channel, summed, without

DOOR = "torchvision"
CLASSES = 1000  # what a network is made with, so that its head can be told
# Networks that learn with second heads, or change the colours by themselves; both are left out.
PLAIN: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "transform_input": False, "init_weights": False},
    "inception_v3": {"aux_logits": False, "transform_input": False, "init_weights": False},
}
SECOND_HEADS = ("aux1", "aux2", "AuxLogits")
# What these two make of ImageNet's colours by themselves ends at (value - 0.5) / 0.5.
HALF = Normalisation(0.5, 0.5)


def make(name: str, weights: str, image_size: int) -> tuple[nn.Module, Normalisation]:
    """One of torchvision's networks without its head; see ``backbones.build``."""
    named = _named(name)
    body, heads = _without_head(named, image_size)
    if weights == "none":
        return one_channel(body), named.normalisation
    if weights == "pretrained":
        with explained(f"{DOOR}/{name}"):
            found = fetch(name)
    else:
        found = read_published(Path(weights))
    stem, _ = first_convolution(body)
    body = one_channel(body)
    state = summed(without(found.tensors, (*heads, *SECOND_HEADS)), stem)
    load_exactly(body, _resized(body, state, image_size), found.name)
    return body, found.normalisation or named.normalisation


def must_exist(name: str) -> None:
    """Refuse a name that means no network; see ``backbones.must_exist``."""
    _named(name)


def fetch(name: str) -> Published:
    """The published weights of a network, as they are."""
    named = _named(name)
    if named.weights is None:
        raise WeightsError(f"torchvision offers no pretrained weights of {named.network}.")
    path = from_link(named.weights.url)
    return Published(read_tensors(path), path.name, named.normalisation)


@dataclass(frozen=True)
class _Named:
    """A network and the weights that its name means.

    Attributes:
        network: torchvision's name.
        weights: an entry of torchvision's enumeration; None where it publishes none.
    """

    network: str
    weights: Any

    @property
    def normalisation(self) -> Normalisation:
        """What the published weights want."""
        if self.network in PLAIN:
            return HALF
        if self.weights is None:
            return Normalisation.of(*IMAGENET)
        preset = self.weights.transforms()
        return Normalisation.of(preset.mean, preset.std)


def _named(name: str) -> _Named:
    """NAME, or NAME.WEIGHTS as torchvision's enumeration spells them."""
    import torchvision

    network, _, tag = name.partition(".")
    known = torchvision.models.list_models(module=torchvision.models)
    if network not in known:
        near = difflib.get_close_matches(network, known, n=1)
        meant = f" Did you mean 'torchvision/{near[0]}'?" if near else ""
        raise InputError(f"torchvision has no classification network '{network}'.{meant}")
    entries = torchvision.models.get_model_weights(network).__members__
    if tag and tag not in entries:
        raise InputError(
            f"torchvision has no weights '{tag}' of {network}. There are: {', '.join(entries)}."
        )
    return _Named(network, entries[tag or "DEFAULT"] if entries else None)


def _without_head(named: _Named, image_size: int) -> tuple[nn.Module, list[str]]:
    """A network of three channels, its last layer taken off, and that layer's name."""
    import torchvision

    options = dict(PLAIN.get(named.network, {}))
    if named.network.startswith("vit_"):
        options["image_size"] = image_size
    if named.network.startswith("maxvit"):
        options["input_size"] = (image_size, image_size)
    try:
        body = torchvision.models.get_model(named.network, weights=None, **options)
    except (AssertionError, ValueError, RuntimeError) as error:
        raise InputError(
            f"torchvision/{named.network} cannot take films of {image_size} x {image_size} pixels: "
            f"{error}."
        ) from error
    heads = [
        name
        for name, module in body.named_modules()
        if getattr(module, "out_features", getattr(module, "out_channels", 0)) == CLASSES
    ]
    if not heads:
        raise InputError(f"torchvision/{named.network} has no head that could be taken off.")
    place, _, last = heads[-1].rpartition(".")
    setattr(body.get_submodule(place), last, nn.Identity())
    return body, heads[-1:]


def _resized(body: nn.Module, state: dict[str, Tensor], image_size: int) -> dict[str, Tensor]:
    """Position embeddings of a vision transformer, for another grid of patches."""
    from torchvision.models.vision_transformer import VisionTransformer, interpolate_embeddings

    if not isinstance(body, VisionTransformer) or "encoder.pos_embedding" not in state:
        return state
    resized: dict[str, Tensor] = dict(
        interpolate_embeddings(image_size, body.patch_size, dict(state))
    )
    return resized
