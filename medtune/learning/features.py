"""What a frozen backbone says of cases: computed once, in the fastest arithmetic there is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from medtune.learning.feature_files import FeatureFiles
from medtune.learning.hardware import Hardware
from medtune.learning.task import Samples

FeaturesOf = Callable[[Samples], NDArray[np.float64]]


def features(
    backbone: nn.Module, samples: Samples, hardware: Hardware, kept: FeatureFiles | None = None
) -> NDArray[np.float64]:
    """Features of all cases in order, as they are and without randomness.

    In bf16 where that is the hardware's choice, in float32 elsewhere: a linear head on some
    hundred features does not see the difference, unlike a score that is one number.

    Args:
        backbone: from inputs to features; left in evaluation mode on the hardware's device.
        samples: N cases.
        hardware: where it runs.
        kept: files of features, one key a case; what they lack is computed and added.

    Returns:
        (N, width).
    """
    if len(samples) == 0:
        return np.zeros((0, int(backbone.width)))  # type: ignore[arg-type]
    backbone = backbone.to(hardware.device).eval()

    def compute(cases: Sequence[int]) -> NDArray[np.float32]:
        return _computed(backbone, samples, hardware, cases)

    found = compute(range(len(samples))) if kept is None else kept.rows(compute)
    return found.astype(np.float64)


def _computed(
    backbone: nn.Module, samples: Samples, hardware: Hardware, cases: Sequence[int]
) -> NDArray[np.float32]:
    narrow = torch.autocast(hardware.device, torch.bfloat16, enabled=hardware.precision == "bf16")
    rows = []
    with torch.inference_mode(), narrow:
        for start in range(0, len(cases), hardware.seen_at_once):
            batch = samples.__getitems__(cases[start : start + hardware.seen_at_once])
            rows.append(backbone(batch.inputs.to(hardware.device)).float().cpu())
    return torch.cat(rows).numpy()


def digest_of(backbone: nn.Module, hardware: Hardware, *more: str) -> str:
    """A name for the features of a backbone: whatever changes them changes it.

    Args:
        backbone: its structure, its weights and its buffers count.
        hardware: device and precision count: another machine rounds otherwise.
        more: what else counts, such as how films are prepared.
    """
    digest = hashlib.sha256()
    for text in (*more, hardware.device, hardware.precision, torch.__version__, repr(backbone)):
        digest.update(f"{text}\0".encode())
    for name, tensor in backbone.state_dict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return digest.hexdigest()[:24]
