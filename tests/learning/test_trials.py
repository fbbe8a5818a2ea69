"""What Optuna is asked: the same trials so far, the same answer."""

from __future__ import annotations

import math

import pytest

from medtune.config.search import Range
from medtune.errors import InputError
from medtune.learning import trials
from medtune.learning.trials import BEFORE_STOPPING, Tried, hopeless, must_have_optuna, propose

SPACE = {
    "rate": Range(low=1e-5, high=1e-1, log=True),
    "epochs": Range(low=2, high=9),
    "policy": ["ignore", {"a": "positive"}, None],
}


def worth(settings: dict) -> float:
    return -abs(math.log10(settings["rate"]) + 3) + (settings["policy"] == "ignore")


def tried(settings: dict, value: float) -> Tried:
    return Tried(settings, [value - 0.1, value], value, "complete")


def a_search(n: int, seed: int = 0, value=worth) -> list[Tried]:
    past: list[Tried] = []
    for _ in range(n):
        settings = propose(SPACE, {"epochs"}, past, seed)
        past.append(tried(settings, value(settings)))
    return past


def test_what_is_proposed_lies_in_the_space():
    for one in a_search(12):
        assert 1e-5 <= one.settings["rate"] <= 1e-1
        assert type(one.settings["epochs"]) is int
        assert 2 <= one.settings["epochs"] <= 9
        assert one.settings["policy"] in SPACE["policy"]


def test_the_same_trials_so_far_give_the_same_next_one():
    whole = a_search(14)
    for n in (0, 3, 9, 13):
        assert propose(SPACE, {"epochs"}, whole[:n], 0) == whole[n].settings
    assert a_search(3, seed=1)[0].settings != whole[0].settings


def test_the_sampler_learns_from_the_trials():
    late = a_search(30)[15:]
    reverse = a_search(30, value=lambda settings: -worth(settings))[15:]
    mean = [sum(worth(one.settings) for one in part) / 15 for part in (late, reverse)]
    assert mean[0] > mean[1] + 1


def test_failed_trials_are_counted_and_not_learnt_from():
    past = a_search(10)
    failed = Tried(past[0].settings, [], None, "failed")
    assert propose(SPACE, {"epochs"}, [*past, failed], 0) != propose(SPACE, {"epochs"}, past, 0)


def test_a_training_below_the_median_is_stopped_by_the_best_it_had():
    past = [Tried({}, [0.5, 0.6 + n / 100], 0.7, "complete") for n in range(BEFORE_STOPPING + 1)]
    # the median after two epochs is 0.62
    assert hopeless(past, [0.5, 0.61])
    assert not hopeless(past, [0.5, 0.63])
    assert not hopeless(past, [0.63, 0.1])  # it was better
    assert not hopeless(past, [0.5, 0.5, 0.5])  # nobody came so far
    assert not hopeless(past, [0.5, math.nan])
    assert not hopeless(past[: BEFORE_STOPPING - 1], [0.1, 0.1])
    failed = [Tried({}, [0.1], None, "failed")] * 5
    assert not hopeless([*past[: BEFORE_STOPPING - 1], *failed], [0.1, 0.1])


def test_without_optuna_the_line_that_installs_it_is_said(monkeypatch):
    must_have_optuna()
    monkeypatch.setattr(trials.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'medtune\[search\]'"):
        must_have_optuna()
