"""Linear layers held in four bits while adapters beside them learn: the only door of bitsandbytes.

QLoRA (Dettmers et al. 2023, arXiv 2305.14314): the frozen weights of a large model take a seventh
of their room in float32, so that a GPU which could not hold them can teach their adapters. The
weights themselves wait in main memory, and the adapters are added to them, not to their copies of
four bits.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from typing import Any

import torch
from torch import Tensor, nn

from medtune.errors import InputError

KIND, BLOCK = "nf4", 64  # normal floats, and how many share a scale: those of the paper


def must_be_installed() -> None:
    """Refuse what needs bitsandbytes where it is not, before anything begins.

    Raises:
        InputError: says how it is installed.
    """
    if importlib.util.find_spec("bitsandbytes") is None:
        raise InputError(
            "'model.four_bits' needs a package that is not installed: "
            "pip install 'medtune[four_bits]'."
        )


def _bitsandbytes() -> Any:
    """The package, which has no types.

    Raises:
        InputError: it is not installed.
    """
    if "bitsandbytes" not in sys.modules:
        must_be_installed()
        import_quietly()
    return sys.modules["bitsandbytes"]


def import_quietly() -> None:
    """Import bitsandbytes where it is installed, before peft does.

    On a CPU with bf16 it asks a hub for a kernel if the package ``kernels`` is there, and warns if
    not; nothing of ours needs it.
    """
    if "bitsandbytes" in sys.modules or importlib.util.find_spec("bitsandbytes") is None:
        return
    said, hidden = logging.getLogger("bitsandbytes"), "kernels" not in sys.modules
    level = said.level
    said.setLevel(logging.ERROR)
    if hidden:
        sys.modules["kernels"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("bitsandbytes")
    finally:
        said.setLevel(level)
        if hidden:
            del sys.modules["kernels"]


class FourBits(nn.Linear):
    """A linear layer that is frozen, with its weights in four bits.

    What it holds is no part of a network's state: it never changes, and comes from the weights.

    Args:
        layer: as it is; its weights are kept in main memory.
        device: where the four bits are to lie.
    """

    bits: Tensor
    scales: Tensor
    code: Tensor

    def __init__(self, layer: nn.Linear, device: torch.device) -> None:
        nn.Module.__init__(self)  # not nn.Linear's, which makes weights
        self.in_features, self.out_features = layer.in_features, layer.out_features
        whole = layer.weight.detach().cpu()
        narrow = whole.to(torch.bfloat16)  # as most models are stored
        self._whole = [narrow if torch.equal(narrow.to(whole.dtype), whole) else whole]
        self._dtype = whole.dtype
        bits, state = _bitsandbytes().functional.quantize_4bit(
            whole.to(device), blocksize=BLOCK, quant_type=KIND, quant_storage=torch.uint8
        )
        for name, held in (("bits", bits), ("scales", state.absmax), ("code", state.code)):
            self.register_buffer(name, held, persistent=False)
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().to(device))
        self.requires_grad_(False)

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """What the four bits stand for, (out, in)."""
        found: Tensor = _bitsandbytes().functional.dequantize_4bit(self.bits, self._state)
        return found

    @property
    def _state(self) -> Any:
        return _bitsandbytes().functional.QuantState(
            absmax=self.scales,
            shape=torch.Size((self.out_features, self.in_features)),
            code=self.code,
            blocksize=BLOCK,
            quant_type=KIND,
            dtype=self._dtype,
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """As of a linear layer; on the way back the weights are unpacked anew, and not kept."""
        kind = inputs.device.type
        if torch.is_autocast_enabled(kind):
            inputs = inputs.to(torch.get_autocast_dtype(kind))
        bias = None if self.bias is None else self.bias.to(inputs.dtype)
        found: Tensor = _bitsandbytes().matmul_4bit(
            inputs, self.bits.t(), quant_state=self._state, bias=bias
        )
        return found

    def whole(self) -> nn.Linear:
        """The layer as it was, in main memory."""
        layer = nn.Linear(self.in_features, self.out_features, self.bias is not None, device="meta")
        layer.weight = nn.Parameter(self._whole[0].to(self._dtype), requires_grad=False)
        if self.bias is not None:
            layer.bias = nn.Parameter(self.bias.detach().cpu(), requires_grad=False)
        return layer


def hold_in_four_bits(backbone: nn.Module, names: list[str], device: torch.device) -> None:
    """Put layers of four bits in the place of linear ones.

    Args:
        backbone: changed in place.
        names: of layers; those that are not linear, or whose rows are no whole number of blocks,
            stay as they are (bitsandbytes unpacks such rows wrongly on a CPU).
        device: where they are to lie.

    Raises:
        InputError: all of them would stay as they are.
    """
    layers = {name: backbone.get_submodule(name) for name in names}
    fit = {
        name: layer
        for name, layer in layers.items()
        if isinstance(layer, nn.Linear) and layer.in_features % BLOCK == 0
    }
    if not fit:
        raise InputError(
            f"'model.four_bits' holds linear layers whose inputs are a multiple of {BLOCK}, and "
            "this model has none. Take it away."
        )
    for name, layer in fit.items():
        backbone.set_submodule(name, FourBits(layer, device))
