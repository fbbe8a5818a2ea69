"""Which weights a stage ends with, where that is not simply its best epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from medtune.learning.averaging import State, between, mean_of

Judgement = tuple[float, float]  # what selects (higher is better), and loss
Judge = Callable[[State], Judgement]
Settle = Callable[[State], dict[str, Tensor]]  # puts right in mixed weights what cannot be mixed

POINTS = 11  # on the way from the starting to the fine-tuned weights, both ends included


@dataclass(frozen=True)
class Selected:
    """Weights, what the tune split says of them, and how they came about."""

    state: dict[str, Tensor]
    tune: Judgement
    how: dict[str, Any]


def better(one: Judgement, other: Judgement) -> bool:
    """Whether the first is better: a higher value, or as high and a lower loss."""
    return (one[0], -one[1]) > (other[0], -other[1])


def as_they_are(state: State) -> dict[str, Tensor]:
    """Nothing has to be put right."""
    return dict(state)


def greedy_soup(
    candidates: Sequence[State], judge: Judge, settle: Settle = as_they_are
) -> Selected:
    """The average of those that help (Wortsman et al. 2022, arXiv 2203.05482).

    From the best alone to the worst alone, each is added if the average is not worse with it.
    """
    alone = [judge(state) for state in candidates]
    order = sorted(range(len(candidates)), key=lambda i: (-alone[i][0], alone[i][1], i))
    taken = [order[0]]
    best, state = alone[order[0]], dict(candidates[order[0]])
    for i in order[1:]:
        mixed = settle(mean_of([candidates[j] for j in (*taken, i)]))
        said = judge(mixed)
        if not better(best, said):
            taken, best, state = [*taken, i], said, mixed
    return Selected(state, best, {"averaged": len(taken), "of": len(candidates)})


def uniform(candidates: Sequence[State], judge: Judge, settle: Settle = as_they_are) -> Selected:
    """The average of all (stochastic weight averaging: Izmailov et al. 2018, 1803.05407)."""
    state = settle(mean_of(candidates)) if len(candidates) > 1 else dict(candidates[0])
    return Selected(state, judge(state), {"averaged": len(candidates)})


def wise_ft(start: State, end: State, judge: Judge, settle: Settle = as_they_are) -> Selected:
    """The best point between two states; of equal ones the nearest to the start."""
    found: Selected | None = None
    for point in range(POINTS):
        share = point / (POINTS - 1)
        state = between(start, end, share)
        if 0 < share < 1:
            state = settle(state)
        said = judge(state)
        if found is None or better(said, found.tune):
            found = Selected(state, said, {"share": share})
    assert found is not None
    return found
