"""What weights want of a grey value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from medtune.learning.weights import read_metadata

# Published means and deviations of ImageNet, for weights that do not say what they want.
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True)
class Normalisation:
    """What the weights want of a grey value in [0, 1]: (value - mean) / deviation."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, mean: Sequence[float], deviation: Sequence[float]) -> Normalisation:
        """From three channels to one: their average, since a film's three would be equal."""
        means, deviations = torch.tensor(mean), torch.tensor(deviation)
        return cls(float(means.double().mean()), float(deviations.double().mean()))


def stated(path: Path) -> Normalisation | None:
    """Mean and deviation that a safetensors file states of itself (keys mean and std)."""
    metadata = read_metadata(path)
    if "mean" not in metadata or "std" not in metadata:
        return None
    mean, deviation = (
        [float(part) for part in metadata[key].strip("[]()").split(",")] for key in ("mean", "std")
    )
    return Normalisation.of(mean, deviation)
