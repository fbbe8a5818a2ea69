"""Where it runs and in which number format: what the machine has, and said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from medtune.config.model import FAST_PROBE, Adapts
from medtune.config.training import Training
from medtune.errors import InputError


@dataclass(frozen=True)
class Hardware:
    """A choice of device and precision.

    Attributes:
        device: cpu, cuda or mps.
        precision: 32, tf32, bf16 or 16.
        words: the choice as one line for a person.
    """

    device: str
    precision: str
    words: str

    @property
    def lightning_precision(self) -> str:
        """The same in Lightning's words."""
        names = {"32": "32-true", "tf32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}
        return names[self.precision]

    @property
    def exact(self) -> Hardware:
        """The same in float32, for scores that decide."""
        return replace(self, precision="32")

    @property
    def seen_at_once(self) -> int:
        """How many films go through a network together where nothing is learnt.

        What few films leave behind in a layer stays in a CPU's cache.
        """
        return 8 if self.device == "cpu" else 64

    def autocast(self) -> torch.autocast:
        """What Lightning does around a training step in this precision."""
        kind = torch.float16 if self.precision == "16" else torch.bfloat16
        return torch.autocast(self.device, kind, enabled=self.precision in ("bf16", "16"))


@contextmanager
def tensor_float(wanted: bool) -> Iterator[None]:
    """TF32 (10 bits of mantissa) in a GPU's matrix products and convolutions, or not, meanwhile.

    Torch's own default is off for the one and on for the other. Scores that decide and a training
    that asks for 32 bits shall have neither.
    """
    products, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if wanted else "highest")
    torch.backends.cudnn.allow_tf32 = wanted
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(products)
        torch.backends.cudnn.allow_tf32 = convolutions


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware; without it bf16 is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def refuse_devices(model: Adapts, training: Training, hardware: Hardware) -> None:
    """Refuse what several devices of this kind cannot do, before anything begins.

    Raises:
        InputError: says what can be done instead.
    """
    devices, device = training.devices, hardware.device
    if devices * training.nodes == 1:
        return
    if model.adapt == FAST_PROBE:
        raise InputError(
            "'model.adapt: fast_probe' sees each film once, on one device. Write "
            "'training.devices: 1'."
        )
    if device == "mps":
        raise InputError(
            f"'training.devices: {devices}' needs CUDA GPUs or the CPU; one Apple GPU is all that "
            "can be used."
        )
    if model.batch_norm == "train" and (device == "cpu" or training.strategy == "fsdp"):
        raise InputError(
            "'model.batch_norm: train' over several devices needs CUDA GPUs and 'strategy: ddp', "
            "since statistics of a part of a batch are others than those of the whole. Write "
            "frozen or adapt, or 'training.devices: 1'."
        )
    if device == "cuda" and devices > torch.cuda.device_count():
        raise InputError(
            f"'training.devices' asks for {devices} GPUs, but this machine has "
            f"{torch.cuda.device_count()}."
        )


def to_learn(network: nn.Module, training: Training, hardware: Hardware) -> Hardware:
    """What ``fastest`` is once the network that learns is known.

    A CPU with bf16 works out the gradients of depthwise convolutions faster in float32 (MobileNet,
    EfficientNet: ``step-depthwise`` in tests/benchmarks/results).
    """
    said = training.precision != "fastest" or hardware.device != "cpu"
    if said or hardware.precision != "bf16" or not _depthwise(network):
        return hardware
    return choose(training.model_copy(update={"precision": "32"}))


def _depthwise(network: nn.Module) -> bool:
    """Whether a convolution sees each of its channels alone."""
    convolutions = [part for part in network.modules() if isinstance(part, nn.Conv2d)]
    return any(1 < part.groups == part.in_channels for part in convolutions)


def choose(training: Training) -> Hardware:
    """Take the fastest that the machine has, or what was asked for.

    Raises:
        InputError: what was asked for is not there.
    """
    has = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    device = training.device
    if device == "fastest":
        device = next(name for name in ("cuda", "mps", "cpu") if has[name])
    if not has[device]:
        there = ", ".join(name for name, is_there in has.items() if is_there)
        raise InputError(f"'training.device' asks for {device}, but this machine has: {there}.")
    if device == "cuda":
        fast, why = ("bf16", "") if torch.cuda.is_bf16_supported() else ("16", "")
        name = torch.cuda.get_device_name()
    elif device == "mps":
        fast, why, name = "32", "", "Apple GPU"
    else:
        fast, why = ("bf16", ", which this CPU has in hardware") if cpu_has_bf16() else ("32", "")
        name = f"CPU, {os.cpu_count()} cores"
    precision = fast if training.precision == "fastest" else training.precision
    if precision in ("16", "tf32") and device != "cuda":
        raise InputError(f"'training.precision: {precision}' needs a CUDA GPU; write bf16 or 32.")
    said = [f"{name}, {precision} arithmetic{why if precision == fast else ''}"]
    if training.compile:
        said.append("compiled")
    if device == "cuda":
        said.append("fused AdamW, augmentation on the GPU")
    if training.devices * training.nodes > 1:
        many = f"{training.devices} devices"
        said.append(f"{many} on {training.nodes} machines" if training.nodes > 1 else many)
    return Hardware(device, precision, ", ".join(said))
