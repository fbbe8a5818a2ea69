"""Files of weights as others publish them, opened without ever running code."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core.multiarray import scalar
from safetensors.torch import save
from torch import Tensor

from medtune.errors import WeightsError
from medtune.learning.weights import read_state
from medtune.vision.backbones.normalisation import Normalisation, stated
from medtune.vision.backbones.pickled import read_network

CONTAINERS = ("model_ema", "model", "module", "state_dict")
IN_FOLDERS = (
    "model.safetensors",
    "pytorch_model.bin",
    "pytorch_model.pth",
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.bin",
)
# Training settings that others save beside their tensors. To make them again runs nothing:
# a namespace only holds values, a scalar of numpy only a number.
HARMLESS: tuple[Any, ...] = (
    argparse.Namespace,
    np.dtype,
    scalar,
    (scalar, "numpy.core.multiarray.scalar"),  # as numpy 1 called it
    *{type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64, np.int32, np.bool_)},
)


@dataclass(frozen=True)
class Published:
    """Weights with what their publisher says of them.

    Attributes:
        tensors: by the publisher's names.
        name: of the file, for messages.
        normalisation: what they want; None where nobody says.
        architecture: timm's name of the network; None where nobody says.
    """

    tensors: dict[str, Tensor] = field(repr=False)
    name: str
    normalisation: Normalisation | None = None
    architecture: str | None = None


def read_published(path: Path) -> Published:
    """A file of weights, or a folder as the Hugging Face hub has it (with its config.json).

    Raises:
        WeightsError: there is none, it is damaged, or it needs more than tensors.
    """
    if not path.is_dir():
        return Published(read_tensors(path), path.name, stated(path))
    found = [path / name for name in IN_FOLDERS if (path / name).is_file()]
    if not found:
        raise WeightsError(
            f"The folder {path.name} has no file of weights: one of {', '.join(IN_FOLDERS)} is "
            "looked for."
        )
    normalisation, architecture = read_config(path / "config.json")
    name = f"{path.name}/{found[0].name}"
    return Published(read_tensors(found[0]), name, normalisation, architecture)


def write_published(found: Published, path: Path, facts: dict[str, str]) -> None:
    """Write published tensors as safetensors, with what is known of them as metadata.

    Args:
        found: the weights.
        path: of the file.
        facts: what else is to be said of them. Mean and deviation are added where known.
    """
    if found.normalisation is not None:
        facts = {
            **facts,
            "mean": repr(found.normalisation.mean),
            "std": repr(found.normalisation.deviation),
        }
    # two names of one tensor are two tensors in the file
    content = save({name: t.contiguous().clone() for name, t in found.tensors.items()}, facts)
    path.write_bytes(_in_order(content))


def _in_order(content: bytes) -> bytes:
    """A safetensors file with its metadata sorted: else each writing has another SHA-256."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def read_config(path: Path) -> tuple[Normalisation | None, str]:
    """Normalisation and architecture of timm's config.json.

    Raises:
        WeightsError: there is none, or it is not timm's.
    """
    said = f"The config.json of {path.parent.name}"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"The folder {path.parent.name} has no config.json.") from error
    except (ValueError, OSError) as error:
        raise WeightsError(f"{said} cannot be read as JSON.") from error
    if "architecture" not in config:
        written = "transformers" if "architectures" in config else "another library"
        raise WeightsError(
            f"{said} was written by {written}, whose tensors have other names than timm's. Give "
            "the file that timm or the authors of the network published."
        )
    extra = set(config.get("model_args", {})) - {"img_size", "in_chans", "num_classes"}
    if extra:
        raise WeightsError(
            f"{said} changes the network ({', '.join(sorted(extra))}), which is not supported."
        )
    settings = config.get("pretrained_cfg", config)
    normalisation = None
    if "mean" in settings and "std" in settings:
        normalisation = Normalisation.of(settings["mean"], settings["std"])
    return normalisation, str(config["architecture"])


def read_tensors(path: Path, classes: Sequence[type] = ()) -> dict[str, Tensor]:
    """The tensors of a file, also where harmless things or known networks stand beside them.

    Args:
        path: of the file.
        classes: of networks that the file may hold whole (see ``pickled``).

    Raises:
        WeightsError: no such file, a damaged one, or one that could run code.
    """
    try:
        return read_state(path)
    except WeightsError:
        if path.suffix == ".safetensors" or not path.is_file():
            raise
        found = read_network(path, classes) if classes else None
        if found is not None:
            return found
        content = _content(path)
        if content is None:
            raise
    for name in CONTAINERS:
        if isinstance(content, dict) and isinstance(content.get(name), dict):
            content = content[name]
    if not isinstance(content, dict) or not all(isinstance(t, Tensor) for t in content.values()):
        raise WeightsError(f"{path.name} holds no table of named tensors.")
    return {str(name).removeprefix("module."): tensor for name, tensor in content.items()}


def _content(path: Path) -> Any:
    """What a pickle holds beside its tensors, if that is harmless; else None."""
    try:
        with torch.serialization.safe_globals(list(HARMLESS)):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # the pickle reader has errors of many kinds
        return None
