"""Scores, and distances from what taught: a network over cases, without randomness."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from medtune.learning.batches import smallest_first
from medtune.learning.familiarity import Familiarity
from medtune.learning.hardware import Hardware, tensor_float
from medtune.learning.task import Network, Samples, Task


def score(
    task: Task, network: Network, samples: Samples, hardware: Hardware
) -> NDArray[np.float64]:
    """Scores of all cases in order: (N, F) in [0, 1], always in float32 arithmetic.

    A score that decides is not rounded to bf16: its 8 bits of mantissa make ties.
    """
    return score_and_distance(task, network, samples, hardware, None)[0]


def score_and_distance(
    task: Task,
    network: Network,
    samples: Samples,
    hardware: Hardware,
    familiar: Familiarity | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores as above, and each case's distance (N,) from those that taught.

    Distances are NaN where the network came without the shape of its training features.
    """
    if len(samples) == 0:
        return np.zeros((0, 0)), np.zeros(0)
    network = network.to(hardware.device).eval()
    rows, distances = [], []
    batches, places = smallest_first(samples, hardware.seen_at_once)
    with torch.inference_mode(), tensor_float(False):
        for batch in batches:
            features = network.features(*batch.to(hardware.device).seen)
            rows.append(task.scores(network.head(features).float()).cpu())
            seen = features.float().cpu().numpy()
            distances.append(
                np.full(len(seen), np.nan) if familiar is None else familiar.distance(seen)
            )
    return torch.cat(rows).numpy().astype(np.float64)[places], np.concatenate(distances)[places]


def scores_and_features(
    task: Task, network: Network, samples: Samples, hardware: Hardware
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores (N, F) as ``score`` gives them and what the head saw (N, W), in one pass; N > 0."""
    network = network.to(hardware.device).eval()
    rows, features = [], []
    batches, places = smallest_first(samples, hardware.seen_at_once)
    with torch.inference_mode(), tensor_float(False):
        for batch in batches:
            seen = network.features(*batch.to(hardware.device).seen)
            rows.append(task.scores(network.head(seen).float()).cpu())
            features.append(seen.float().cpu())
    scores, last = (torch.cat(part).numpy().astype(np.float64) for part in (rows, features))
    return scores[places], last[places]


def last_features(network: Network, samples: Samples, hardware: Hardware) -> NDArray[np.float64]:
    """What the head sees of all cases in order, (N, W), in the arithmetic of the scores."""
    if len(samples) == 0:
        return np.zeros((0, int(network.backbone.width)))  # type: ignore[arg-type]
    network = network.to(hardware.device).eval()
    batches, places = smallest_first(samples, hardware.seen_at_once)
    with torch.inference_mode(), tensor_float(False):
        rows = [
            network.features(*batch.to(hardware.device).seen).float().cpu() for batch in batches
        ]
    return torch.cat(rows).numpy().astype(np.float64)[places]
