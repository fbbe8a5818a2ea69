"""torchxrayvision's networks (the extra [xrv]): learnt from public sets of chest radiographs.

Cohen et al. 2022, TorchXRayVision: A library of chest X-ray datasets and models, MIDL.
"""

from __future__ import annotations

import difflib
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from medtune.errors import InputError, WeightsError
from medtune.learning.weights import load_exactly
from medtune.vision.backbones.files import Published, read_tensors
from medtune.vision.backbones.hub import explained, from_link
from medtune.vision.backbones.normalisation import Normalisation
from medtune.vision.backbones.stem import without

DOOR = "xrv"
# Their pixels are 1024 * (2 * grey - 1): from -1024 to 1024 (torchxrayvision's utils.normalize).
NORMALISATION = Normalisation(0.5, 1 / 2048)
# Beside the tensors: the operating points, which are no part of the network.
OPERATING_POINTS = "op_threshs"


@dataclass(frozen=True)
class Description:
    """What torchxrayvision says of one file of weights.

    Attributes:
        name: e.g. densenet121-res224-all.
        findings: one an output, in order; empty where the output was not taught.
        thresholds: one an output, on the sigmoid; NaN where there is none.
        image_size: pixels a side that it was taught with.
        link: of the published file.
    """

    name: str
    findings: tuple[str, ...]
    thresholds: tuple[float, ...]
    image_size: int
    link: str

    @property
    def head(self) -> str:
        """The last layer's name."""
        return "classifier" if self.name.startswith("densenet") else "fc"


@dataclass(frozen=True)
class Opened(Published):
    """A file of theirs; points are the operating points in it, if it has any."""

    points: Tensor | None = None


def make(name: str, weights: str, image_size: int) -> tuple[nn.Module, Normalisation]:
    """A network of torchxrayvision without its head; see ``backbones.build``."""
    described = describe(name)
    body = body_of(described)
    if weights == "none":
        return body, NORMALISATION
    if weights == "pretrained":
        with explained(f"{DOOR}/{name}"):
            found = fetch(name)
    else:
        found = read(Path(weights))
    load_exactly(body, without(found.tensors, (described.head,)), found.name)
    return body, NORMALISATION


def must_exist(name: str) -> None:
    """Refuse a name that means no network; see ``backbones.must_exist``."""
    describe(name)


def fetch(name: str) -> Opened:
    """The published weights, as they are."""
    from torchxrayvision.utils import get_cache_dir

    path = from_link(describe(name).link, Path(get_cache_dir()))
    return read(path)


def read(path: Path) -> Opened:
    """The tensors of a file: safetensors, a table of tensors, or the network as published.

    The published files are whole pickled networks. Of those only torchxrayvision's own and
    PyTorch's layers are made again, and no code of theirs runs (see ``pickled``).

    Raises:
        WeightsError: no such file, or one that could run code; says how to convert it.
    """
    if path.is_dir():
        raise WeightsError(f"{path.name} is a folder; a file of torchxrayvision's is wanted.")
    try:
        tensors = read_tensors(path, _classes())
    except WeightsError as error:
        if "could run code" not in str(error):
            raise
        raise WeightsError(
            f"{error}\nOn a connected machine, 'medtune weights fetch xrv/NAME --out weights' "
            "writes safetensors."
        ) from error
    points = tensors.pop(OPERATING_POINTS, None)
    return Opened(
        {name.removeprefix("model."): tensor for name, tensor in tensors.items()},
        path.name,
        points=points,
    )


def describe(name: str) -> Description:
    """What torchxrayvision says of weights of this name.

    Raises:
        InputError: the extra is absent, or there are no such weights.
    """
    known = _library().models.model_urls
    names = [key for key in known if key.startswith(("densenet", "resnet"))]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        meant = f" Did you mean 'xrv/{near[0]}'?" if near else ""
        raise InputError(f"There is no 'xrv/{name}'.{meant} There are: {', '.join(names)}.")
    said = known[name]
    return Description(
        name=name,
        findings=tuple(said["labels"]),
        thresholds=tuple(float(value) for value in said["op_threshs"]),
        image_size=int(said["input_resolution"]),
        link=said["weights_url"],
    )


def name_of(file: str) -> str | None:
    """The weights that a file's name means: torchxrayvision's own, or that of its link."""
    stem = Path(file).stem.removeprefix("xrv-")
    for name in _library().models.model_urls:
        if not name.startswith(("densenet", "resnet")):
            continue
        if stem in (name, Path(describe(name).link).stem):
            return str(name)
    return None


def head_of(described: Description, found: Published) -> tuple[list[str], Tensor, Tensor]:
    """The taught outputs of a file: findings, and their rows of the last layer.

    Raises:
        WeightsError: it has no such head.
    """
    keys = [f"{described.head}.{part}" for part in ("weight", "bias")]
    if not all(key in found.tensors for key in keys):
        raise WeightsError(f"{found.name} has no head: {keys[0]} is missing.")
    weight, bias = (found.tensors[key] for key in keys)
    if len(weight) != len(described.findings):
        raise WeightsError(
            f"{found.name} has {len(weight)} outputs, but {described.name} has "
            f"{len(described.findings)}."
        )
    taught = [
        at
        for at, (finding, point) in enumerate(
            zip(described.findings, described.thresholds, strict=True)
        )
        if finding and not math.isnan(point)
    ]
    return [described.findings[at] for at in taught], weight[taught], bias[taught]


def _library() -> Any:
    try:
        with warnings.catch_warnings():  # it silences all warnings for good when it is imported
            import torchxrayvision
    except ImportError as error:
        raise InputError(
            "This needs torchxrayvision, which is not installed: pip install 'medtune[xrv]'."
        ) from error
    return torchxrayvision


def body_of(described: Description) -> nn.Module:
    """The network without its head and without its operating points."""
    if described.name.startswith("densenet"):
        dense = _library().models.DenseNet(weights=None)
        dense.classifier = nn.Identity()
        body: nn.Module = dense
    else:
        import torchvision

        body = torchvision.models.resnet50(weights=None)
        body.conv1 = nn.Conv2d(1, 64, kernel_size=7, stride=2, padding=3, bias=False)
        body.fc = nn.Identity()
    return body


def _classes() -> list[type]:
    """The classes of which the published networks are made, besides PyTorch's layers."""
    models = _library().models
    names = ("DenseNet", "_DenseLayer", "_DenseBlock", "_Transition")
    return [getattr(models, name) for name in names]
