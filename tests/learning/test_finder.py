"""The range test suggests a rate that learns, and leaves no trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from medtune.errors import RunError
from medtune.learning.adapt import METHODS, Teach
from medtune.learning.finder import HIGHEST, LOWEST, find_rate, valley
from medtune.learning.weights import read_card
from tests.learning.small import StoppedError, lesson, network, run
from tests.learning.watching import watched


def found(learner, seed: int = 0):
    own = lesson(Path(), learner)
    groups = METHODS["full"](learner, own.model, own.training)[0].begin(learner, own.teach)
    return find_rate(learner, groups, own.teach, batch_norm_moves=True, seed=seed)


def test_it_leaves_no_trace_and_says_the_same_again() -> None:
    learner = network()
    first = found(learner)
    fresh = network().state_dict()
    assert all(torch.equal(t, fresh[name]) for name, t in learner.state_dict().items())
    assert all(p.grad is None for p in learner.parameters())
    assert found(learner) == first
    assert LOWEST < first.rate < HIGHEST
    assert first.rate in first.rates


def test_the_rate_is_on_the_slope() -> None:
    seen = found(network())
    at = seen.rates.index(seen.rate)
    assert seen.losses[at] < seen.losses[0]
    assert seen.losses[at] > min(seen.losses)


def test_the_valley_is_two_thirds_down_the_longest_fall() -> None:
    flat, fall, rise = [1.0] * 10, list(np.linspace(0.99, 0.1, 30)), list(np.linspace(0.2, 5, 8))
    place = valley([*flat, *fall, *rise])
    assert place == 10 + 19  # the fall begins with one of the flat ones: 31 long
    assert valley([3.0, 2.0]) == 1
    assert valley([1.0, 2.0, 3.0]) == 0


def test_a_loss_that_is_no_number_is_said() -> None:
    learner = network()
    own = lesson(Path(), learner)
    groups = METHODS["full"](learner, own.model, own.training)[0].begin(learner, own.teach)
    nan = torch.tensor(float("nan"))
    broken = Teach(own.teach.batches, lambda net, batch: (net(batch.inputs).sum() * nan, nan))
    with pytest.raises(RunError, match="no number at any learning rate"):
        find_rate(learner, groups, broken, batch_norm_moves=True, seed=0)


def test_a_run_that_finds_its_rate_records_it_and_goes_on_with_it(tmp_path: Path) -> None:
    settings = {"learning_rate": "find", "checkpoint_minutes": 0}
    said: list[str] = []
    with watched() as whole:
        run(tmp_path / "whole", say=said.append, **settings)
    with watched(stop_before=14) as before, pytest.raises(StoppedError):
        run(tmp_path / "cut", **settings)
    again: list[str] = []
    with watched() as after:
        run(tmp_path / "cut", say=again.append, **settings)
    assert [*before, *after] == whole
    assert sum("by a range test" in line for line in said) == 1  # not for the head alone
    assert not any("by a range test" in line for line in again)
    rate = read_card(tmp_path / "whole/checkpoints/2-full.safetensors")["learning_rate"]
    assert f"{rate:.2g}" in next(line for line in said if "by a range test" in line)
    assert max(step.rates[0] for step in whole if step.stage == "full") <= rate
