"""Networks that were pickled whole, opened by a closed list of classes: no code of the file runs.

A pickle can only call what its reader finds for it, and this reader finds nothing but the classes
of a list and PyTorch's own functions that make a tensor of stored numbers. Of the network that
comes out, the tensors are read from its attributes; none of its methods is called.
"""

from __future__ import annotations

import pickle
import tarfile
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

_TENSORS: dict[str, Any] = {
    "collections.OrderedDict": OrderedDict,
    "builtins.set": set,
    "__builtin__.set": set,  # as Python 2 called it, and protocol 2 still does
    "torch._utils._rebuild_tensor": torch._utils._rebuild_tensor,
    "torch._utils._rebuild_tensor_v2": torch._utils._rebuild_tensor_v2,
    "torch._utils._rebuild_parameter": torch._utils._rebuild_parameter,
    "torch.nn.parameter.Parameter": nn.Parameter,
    "torch.Size": torch.Size,
    # what PyTorch before 1.5 wrote beside every layer, and newer ones answer with nothing
    "torch.nn.backends.thnn._get_thnn_function_backend": lambda: None,
    **{f"torch.{kind}": getattr(torch, kind) for kind in ("FloatStorage", "LongStorage")},
}
_IN_PYTHON: Any = pickle._Unpickler  # the one whose steps can be watched
LAYERS: tuple[type, ...] = (
    nn.Sequential,
    nn.Conv2d,
    nn.BatchNorm2d,
    nn.ReLU,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.Linear,
)


def read_network(path: Path, classes: Sequence[type]) -> dict[str, Tensor] | None:
    """The tensors of a pickled network, or of a table of tensors.

    Args:
        path: of the file.
        classes: of which it may be made, besides PyTorch's layers.

    Returns:
        Tensors by their names; None where the file needs anything else, or is damaged.
    """
    if _is_program(path):
        return None
    known = {f"{one.__module__}.{one.__qualname__}": one for one in (*LAYERS, *classes)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old files carry their source, which has changed
            content = torch.load(
                path, map_location="cpu", weights_only=False, pickle_module=_reader(known)
            )
    except Exception:  # a reader of pickles fails in many ways
        return None
    return _tensors_of(content) if isinstance(content, nn.Module) else None


def _is_program(path: Path) -> bool:
    """Whether PyTorch would not open the file by our reader: TorchScript, or its first format."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("constants.pkl") for name in archive.namelist())
    return tarfile.is_tarfile(path)


def _reader(known: dict[str, Any]) -> Any:
    """A stand-in for the module ``pickle`` that finds nothing but what is known."""

    class Unpickler(_IN_PYTHON):
        dispatch: ClassVar[dict[int, Any]] = dict(_IN_PYTHON.dispatch)

        def find_class(self, module: str, name: str) -> Any:
            full = f"{module}.{name}"
            if full in known:
                return known[full]
            if full in _TENSORS:
                return _TENSORS[full]
            raise pickle.UnpicklingError(f"{full} is not on the list")

        def load_build(self) -> None:
            if isinstance(self.stack[-2], type):  # it would change the class for everybody
                raise pickle.UnpicklingError("a class is not to be changed")
            super().load_build()

        def load_reduce(self) -> None:
            if not any(self.stack[-2] is one for one in _TENSORS.values()):
                # a network is filled, never made by its own constructor, which may load files
                raise pickle.UnpicklingError("nothing but tensors is to be made by a call")
            super().load_reduce()

        def refuse(self) -> None:
            raise pickle.UnpicklingError("an outdated way to call a class")

        dispatch[pickle.BUILD[0]] = load_build
        dispatch[pickle.REDUCE[0]] = load_reduce
        dispatch[pickle.INST[0]] = dispatch[pickle.OBJ[0]] = refuse

    def load(file: Any, **words: Any) -> Any:
        return Unpickler(file, **words).load()

    return SimpleNamespace(Unpickler=Unpickler, load=load, __name__="closed_list")


def _tensors_of(network: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers of a network, read from its attributes alone."""
    found: dict[str, Tensor] = {}
    waiting: list[tuple[str, Any]] = [("", network)]
    while waiting:
        prefix, module = waiting.pop()
        parts = vars(module)
        for table in (parts.get("_parameters", {}), parts.get("_buffers", {})):
            found |= {
                f"{prefix}{name}": tensor.detach()
                for name, tensor in table.items()
                if isinstance(tensor, Tensor)
            }
        waiting += [
            (f"{prefix}{name}.", inner)
            for name, inner in parts.get("_modules", {}).items()
            if isinstance(inner, nn.Module)
        ]
    return found
