"""Backbones by name: timm's and MONAI's, with one input channel and the weights' own input."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from medtune.config.model import Model
from medtune.errors import InputError, WeightsError
from medtune.learning.weights import load_exactly, read_metadata, read_state
from medtune.vision import layers

# Published means and deviations of ImageNet, for weights that do not say what they want.
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Normalisation:
    """What the weights want of a grey value in [0, 1]: (value - mean) / deviation."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, mean: Any, deviation: Any) -> Normalisation:
        """From three channels to one: their average, since a film's three would be equal."""
        means, deviations = torch.tensor(mean), torch.tensor(deviation)
        return cls(float(means.double().mean()), float(deviations.double().mean()))


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
    if features.ndim != 2:
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
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        door, _, name = model.backbone.partition("/")
        body, normalisation = DOORS[door](name, weights, model.image_size)
    if random or weights == "none":
        normalisation = Normalisation(0.5, 0.25)
    body = body.to(memory_format=torch.channels_last)
    return XrayBackbone(body, normalisation, model.image_size)


def _timm(name: str, weights: str, image_size: int) -> tuple[nn.Module, Normalisation]:
    import timm

    if not timm.is_model(name):
        near = difflib.get_close_matches(name, [*timm.list_models(), *timm.list_pretrained()], n=1)
        meant = f" Did you mean 'timm/{near[0]}'?" if near else ""
        raise InputError(f"timm has no network called '{name}'.{meant}")
    options: dict[str, Any] = {"num_classes": 0, "in_chans": 1}
    try:
        body = timm.create_model(name, **options)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"timm cannot make 'timm/{name}': {error}.") from error
    if body.pretrained_cfg.get("fixed_input_size"):
        options["img_size"] = image_size
        body = timm.create_model(name, **options)
    settings = body.pretrained_cfg
    normalisation = Normalisation.of(settings["mean"], settings["std"])
    if weights == "pretrained":
        body = _from_hub(
            f"timm/{name}",
            _timm_source(settings),
            lambda: timm.create_model(name, pretrained=True, **options),
        )
    elif weights != "none":
        stem = settings["first_conv"]
        stems = [stem] if isinstance(stem, str) else list(stem)
        classifier = settings["classifier"]
        heads = [classifier] if isinstance(classifier, str) else list(classifier or [])
        path = Path(weights)
        state = _without(read_state(path), heads)
        for name_of_stem in stems:
            key = f"{name_of_stem}.weight"
            if key in state:
                state[key] = timm.models.adapt_input_conv(1, state[key])
        load_exactly(body, state, path.name)
        normalisation = _stated(path) or normalisation
    return body, normalisation


def _monai(name: str, weights: str, image_size: int) -> tuple[nn.Module, Normalisation]:
    from monai.networks import nets

    plain = name.lower().replace("-", "").replace("_", "")
    makers = _monai_makers(nets)
    if plain not in makers:
        near = difflib.get_close_matches(plain, list(makers), n=1)
        meant = f" Did you mean 'monai/{makers[near[0]].name}'?" if near else ""
        known = ", ".join(maker.name for maker in makers.values())
        raise InputError(f"There is no 'monai/{name}'.{meant} There are: {known}.")
    maker = makers[plain]
    if weights == "pretrained":
        if not maker.on_hub:
            raise WeightsError(
                f"MONAI offers no pretrained 2-D weights of {maker.name}. Give a local file as "
                "'model.weights', or take a timm backbone."
            )
        source = (
            f"the link that MONAI has for {maker.name}; SHA-256: starts with the last 8 digits of "
            "the file's name"
        )
        body = _from_hub(f"monai/{maker.name}", source, lambda: maker.make(3, True))
        return _one_channel(body), Normalisation.of(*IMAGENET)
    body = maker.make(1, False)
    if weights == "none":
        return body, Normalisation.of(*IMAGENET)
    path = Path(weights)
    state = _without(read_state(path), maker.heads)
    stem = next(key for key, value in body.state_dict().items() if value.ndim == 4)
    if stem in state and state[stem].shape[1] == 3:
        state[stem] = state[stem].float().sum(dim=1, keepdim=True)
    load_exactly(body, state, path.name)
    return body, _stated(path) or Normalisation.of(*IMAGENET)


@dataclass(frozen=True)
class _Maker:
    """How one of MONAI's networks is made without its head."""

    name: str
    make: Callable[[int, bool], nn.Module]
    on_hub: bool
    heads: tuple[str, ...]


def _monai_makers(nets: Any) -> dict[str, _Maker]:
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
    return {maker.name.lower().replace("-", ""): maker for maker in makers}


DOORS: dict[str, Callable[[str, str, int], tuple[nn.Module, Normalisation]]] = {
    "timm": _timm,
    "monai": _monai,
}


def _one_channel(body: nn.Module) -> nn.Module:
    """A three-channel network that takes one: its first convolution summed over the channels."""
    for module in body.modules():
        if isinstance(module, nn.Conv2d):
            module.weight = nn.Parameter(module.weight.detach().sum(dim=1, keepdim=True))
            module.in_channels = 1
            return body
    raise InputError("This backbone has no convolution to take a film in.")


def _without(state: dict[str, Tensor], heads: list[str] | tuple[str, ...]) -> dict[str, Tensor]:
    """A state without the head that belongs to other classes."""
    return {
        key: value
        for key, value in state.items()
        if not any(key.startswith(f"{head}.") for head in heads)
    }


def _stated(path: Path) -> Normalisation | None:
    """Mean and deviation that a safetensors file states of itself (keys mean and std)."""
    metadata = read_metadata(path)
    if "mean" not in metadata or "std" not in metadata:
        return None
    mean, deviation = (
        [float(part) for part in metadata[key].strip("[]()").split(",")] for key in ("mean", "std")
    )
    return Normalisation.of(mean, deviation)


def _from_hub(name: str, source: str, make: Callable[[], nn.Module]) -> nn.Module:
    """Weights from the hub, or from its cache on this disk.

    Args:
        name: the backbone.
        source: where the weights come from, for the message.
        make: makes the network with them.

    Raises:
        WeightsError: says which file is missing, where it comes from, and where to put it.
    """
    try:
        return make()
    except Exception as error:  # every hub client has errors of its own
        raise WeightsError(
            f"The pretrained weights of {name} are not on this disk, and cannot be fetched "
            f"({type(error).__name__}).\n  source: {source}\n"
            f"  where to put it: weights/{name.replace('/', '-')}.safetensors (or .pth) beside the "
            "run file, and write that path as 'model.weights'.\n"
            "Fetch it where there is internet, carry it here, and compare its SHA-256 with the "
            "source's: sha256sum FILE."
        ) from error


def _timm_source(settings: dict[str, Any]) -> str:
    """Where timm has the weights from, with what is known of their SHA-256."""
    hub, url = settings.get("hf_hub_id"), settings.get("url") or ""
    if hub:
        file = settings.get("hf_hub_filename") or "model.safetensors"
        said = f"file {file} of the repository {hub} on the Hugging Face hub"
    else:
        said = url or "none is known to timm"
    return f"{said}; SHA-256: {_hash_in(url) or 'listed beside the file there'}"


def _hash_in(url: str) -> str:
    """PyTorch's rule: the file name ends in the first 8 digits of its SHA-256."""
    digits = Path(url).stem.rpartition("-")[2]
    is_hash = len(digits) == 8 and all(digit in "0123456789abcdef" for digit in digits)
    return f"starts with {digits}" if is_hash else ""
