"""How fast to learn: a learning-rate range test (Smith 2017, arXiv 1506.01186, section 3.3)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from medtune.errors import RunError
from medtune.learning.adapt import ParameterGroup, Teach, freeze_all_but, set_modes
from medtune.learning.sampling import seed_of
from medtune.learning.task import Batch, Network

STEPS = 60
LOWEST, HIGHEST = 1e-7, 1e-1  # of the fastest group
SMOOTH = 0.9  # of the losses before, in the moving average that is read
DIVERGED = 4.0  # times the lowest loss: no need to go on


@dataclass(frozen=True)
class RangeTest:
    """What the test saw.

    Attributes:
        rates: of the fastest group, step by step.
        losses: smoothed, as many.
        rate: the one that is suggested.
    """

    rates: list[float]
    losses: list[float]
    rate: float


def find_rate(
    network: Network,
    groups: list[ParameterGroup],
    teach: Teach,
    *,
    batch_norm_moves: bool,
    seed: int,
) -> RangeTest:
    """Train some steps with a rate that rises from step to step, and read where the loss falls.

    The network is left as it was. The same seed gives the same rate.

    Args:
        network: at the start of a stage.
        groups: what learns, with rates whose ratios are kept.
        teach: batches, in order; taken again from the first where there are few.
        batch_norm_moves: as the stage will do it.
        seed: the run's, for dropout.

    Raises:
        RunError: the loss is a number at no rate.
    """
    before = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    fastest = max(group["lr"] for group in groups)
    freeze_all_but(network, groups)
    optimizer = torch.optim.AdamW([dict(group) for group in groups])
    rates: list[float] = []
    losses: list[float] = []
    mean, lowest = 0.0, math.inf
    try:
        set_modes(network, batch_norm_moves=batch_norm_moves)
        for step, batch in zip(range(STEPS), _again_and_again(teach), strict=False):
            rate = LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1))
            for own, group in zip(optimizer.param_groups, groups, strict=True):
                own["lr"] = group["lr"] / fastest * rate
            with torch.random.fork_rng(), torch.enable_grad():
                torch.manual_seed(seed_of(seed, "range test", step))
                optimizer.zero_grad()
                loss = teach.learn(network, batch)
                optimizer.step()
            mean = SMOOTH * mean + (1 - SMOOTH) * loss
            smoothed = mean / (1 - SMOOTH ** (step + 1))
            if not math.isfinite(smoothed) or smoothed > DIVERGED * lowest:
                break
            lowest = min(lowest, smoothed)
            rates.append(rate)
            losses.append(smoothed)
    finally:
        network.load_state_dict(before)
        network.zero_grad()
    if len(losses) < 2:
        raise RunError(
            "The loss is no number at any learning rate: look at the films with 'medtune look'."
        )
    return RangeTest(rates, losses, rates[valley(losses)])


def valley(losses: Sequence[float]) -> int:
    """The place two thirds down the longest fall of the losses: steep still, and not yet the end.

    The fall is the longest subsequence in which each loss is below all before it. The rule is
    fastai's "valley", which its authors found the best of those in use.
    """
    length = [1] * len(losses)
    from_where = [-1] * len(losses)
    for end, start in itertools.product(range(len(losses)), repeat=2):
        if start < end and losses[start] > losses[end] and length[start] + 1 > length[end]:
            length[end], from_where[end] = length[start] + 1, start
    place = max(range(len(losses)), key=lambda end: length[end])
    fall = [place]
    while from_where[fall[-1]] >= 0:
        fall.append(from_where[fall[-1]])
    fall.reverse()
    return fall[(2 * len(fall)) // 3 if len(fall) > 2 else -1]


def _again_and_again(teach: Teach) -> Iterator[Batch]:
    while True:
        yield from teach.batches()
