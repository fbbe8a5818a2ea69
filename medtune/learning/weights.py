"""Files of weights: safetensors, or a pickle read with ``weights_only``, so that none runs code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from medtune.errors import WeightsError
from medtune.tables.schema import write_whole

CARD = "medtune"  # the key of our own metadata in a safetensors file


def save_weights(
    network: nn.Module, path: Path, card: dict[str, Any], beside: Mapping[str, Tensor] | None = None
) -> None:
    """Write a network's weights with their card, whole or not at all.

    Args:
        network: whose state is written.
        path: ends in .safetensors.
        card: everything that is needed to use the weights, as JSON can hold it.
        beside: tensors that are none of the network's.
    """
    write_weights({**whole_state(network), **(beside or {})}, path, card)


def write_weights(state: dict[str, Tensor], path: Path, card: dict[str, Any]) -> None:
    """The same of a state that ``whole_state`` gave."""
    metadata = {CARD: json.dumps(card)}
    write_whole(path, lambda partial: save_file(state, partial, metadata=metadata))


def whole_state(network: nn.Module) -> dict[str, Tensor]:
    """A network's tensors in main memory, put together where several processes hold parts.

    Then all of them have to ask at once.
    """
    state = {}
    for name, tensor in network.state_dict().items():
        here = tensor.detach()
        whole = here.full_tensor() if isinstance(here, DTensor) else here
        # torch.compile puts a prefix before every name; files must not know of it.
        state[name.replace("_orig_mod.", "")] = whole.cpu().contiguous()
    return state


def read_card(path: Path) -> dict[str, Any]:
    """The card of a file that medtune wrote.

    Raises:
        WeightsError: no such file, or not one of medtune's.
    """
    card = read_metadata(path).get(CARD)
    if card is None:
        raise WeightsError(f"{path.name} was not written by medtune: it has no card.")
    content: dict[str, Any] = json.loads(card)
    return content


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file; empty for other kinds of file.

    Raises:
        WeightsError: no such file, or a damaged one.
    """
    if path.suffix != ".safetensors":
        return {}
    try:
        with safe_open(path, "pt") as handle:
            return dict(handle.metadata() or {})
    except FileNotFoundError as error:
        raise WeightsError(f"There is no file of weights {path.name}.") from error
    except SafetensorError as error:
        raise WeightsError(f"{path.name} is damaged or no safetensors file: {error}") from error


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a file of weights.

    Raises:
        WeightsError: no such file, a damaged one, or one that holds more than tensors.
    """
    if not path.is_file():
        raise WeightsError(f"There is no file of weights {path.name}.")
    if path.suffix == ".safetensors":
        read_metadata(path)
        with safe_open(path, "pt") as handle:
            return {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WeightsError(
            f"{path.name} cannot be read as weights alone. A file that needs more than tensors "
            "could run code, so it is not opened; convert it to safetensors where it comes from."
        ) from error
    for key in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not all(isinstance(t, Tensor) for t in content.values()):
        raise WeightsError(f"{path.name} holds no table of named tensors.")
    return {name.removeprefix("module.").removeprefix("model."): t for name, t in content.items()}


def load_exactly(network: nn.Module, state: dict[str, Tensor], name: str) -> None:
    """Load tensors that must be the network's, all of them and no other.

    Raises:
        WeightsError: names what is missing, foreign, or of another shape.
    """
    own = network.state_dict()
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    foreign = [key for key in state if key not in own]
    shapes = [
        f"{key} is {tuple(state[key].shape)}, not {tuple(own[key].shape)}"
        for key in own
        if key in state and state[key].shape != own[key].shape
    ]
    if missing or foreign or shapes:
        said = []
        if missing:
            said.append(f"{len(missing)} tensors are missing (first: {missing[0]})")
        if foreign:
            said.append(f"{len(foreign)} belong to another network (first: {foreign[0]})")
        if shapes:
            said.append(f"{len(shapes)} have another shape (first: {shapes[0]})")
        raise WeightsError(f"{name} does not fit the network: {'; '.join(said)}.")
    network.load_state_dict(state, strict=False)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, for reports and checks."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
