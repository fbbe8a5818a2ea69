"""What is kept of a training, and that it goes on exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from medtune.learning.averaging import MovingAverage, between, mean_of
from medtune.learning.judge import judge
from medtune.learning.selection import greedy_soup, wise_ft
from medtune.learning.task import Network
from medtune.learning.weights import read_card
from tests.learning.small import Blobs, StoppedError, Task, network, run
from tests.learning.watching import watched

KEPT = ["best", "last", "ema", "swa", "greedy_soup", "wise_ft"]


def judged(learner: Network) -> tuple[float, float]:
    return judge(Task(), learner, Blobs(30, 2), "cpu", 16)


def card(folder: Path, stage: str) -> dict:
    return read_card(folder / "checkpoints" / f"{stage}.safetensors")


@pytest.mark.parametrize("keep", KEPT)
def test_the_judgement_is_that_of_the_weights(tmp_path: Path, keep: str) -> None:
    learner, best = run(tmp_path, keep=keep)
    assert judged(learner) == pytest.approx(best, abs=1e-6)
    kept = card(tmp_path, "2-full")["kept"]
    assert kept["what"] == keep
    assert card(tmp_path, "1-linear_probe")["kept"]["what"] == "best"


@pytest.mark.parametrize("keep", [k if k != "swa" else pytest.param(k, marks=pytest.mark.slow)
                                  for k in KEPT[1:]])  # fmt: skip
def test_a_run_that_is_cut_keeps_the_same(tmp_path: Path, keep: str) -> None:
    settings = {"keep": keep, "method": "full", "checkpoint_minutes": 0}
    learner, best = run(tmp_path / "whole", **settings)
    with watched(stop_before=10), pytest.raises(StoppedError):
        run(tmp_path / "cut", **settings)
    resumed, best_again = run(tmp_path / "cut", **settings)
    assert best == best_again
    ours, theirs = learner.state_dict(), resumed.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_last_weights_are_those_of_the_last_epoch(tmp_path: Path) -> None:
    _, (auroc, loss) = run(tmp_path, keep="last", epochs=6, learning_rate=0.05)
    history = pd.read_csv(tmp_path / "metrics.csv")
    assert history["tune_auroc"].iloc[-1] == pytest.approx(auroc)
    assert history["tune_loss"].iloc[-1] == pytest.approx(loss)


def test_a_soup_is_not_worse_than_its_best_epoch_and_a_mixture_than_its_ends(tmp_path) -> None:
    _, best = run(tmp_path / "best")
    _, soup = run(tmp_path / "soup", keep="greedy_soup")
    _, mixture = run(tmp_path / "mixture", keep="wise_ft")
    assert (soup[0], -soup[1]) >= (best[0], -best[1] - 1e-6)
    assert (mixture[0], -mixture[1]) >= (best[0], -best[1] - 1e-6)


def state(value: float) -> dict[str, torch.Tensor]:
    return {"w": torch.tensor([value]), "n": torch.tensor(int(value))}


def test_a_greedy_soup_takes_what_helps() -> None:
    # nearer to 2 is better: 3 alone is best, 0.5 helps (mean 1.75), 9 does not
    def near_two(one) -> tuple[float, float]:
        return 0.5, abs(float(one["w"]) - 2)

    found = greedy_soup([state(0.5), state(9.0), state(3.0)], near_two)
    assert float(found.state["w"]) == 1.75
    assert found.how == {"averaged": 2, "of": 3}
    assert found.tune == (0.5, 0.25)


def test_wise_ft_finds_the_point_between() -> None:
    def near_three(one) -> tuple[float, float]:
        return -abs(float(one["w"]) - 3), 0.0

    found = wise_ft(state(0.0), state(10.0), near_three)
    assert found.how == {"share": 0.3}
    assert float(found.state["w"]) == pytest.approx(3)
    equal = wise_ft(state(0.0), state(10.0), lambda one: (1.0, 0.0))
    assert equal.how == {"share": 0.0}  # of equal ones the nearest to the start


def test_means_keep_types_and_counts() -> None:
    mean = mean_of([state(1.0), state(4.0)])
    assert float(mean["w"]) == 2.5
    assert mean["w"].dtype == torch.float32
    assert int(mean["n"]) == 4
    assert float(between(state(1.0), state(4.0), 0.5)["w"]) == 2.5


def test_the_moving_average_is_the_weighted_sum_of_what_it_saw() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=12)
    layer = torch.nn.Linear(1, 1, bias=False)
    average = MovingAverage(steps=5)
    expected = 0.0
    for number, value in enumerate(values, start=1):
        with torch.no_grad():
            layer.weight.fill_(float(value))
        average.update(layer)
        share = max(1 / 5, 2 / (number + 1)) if number > 1 else 1.0
        expected += share * (value - expected)
    assert float(average.state["weight"]) == pytest.approx(expected, rel=1e-5)


def test_time_that_is_over_leaves_the_best_weights(tmp_path: Path) -> None:
    said: list[str] = []
    learner, best = run(tmp_path, max_hours=1e-9, say=said.append)
    history = pd.read_csv(tmp_path / "metrics.csv")
    assert list(history["stage"]) == ["linear_probe"]  # one batch, judged; no other stage begins
    assert judged(learner) == pytest.approx(best)
    assert any("max_hours" in line for line in said)
    assert (tmp_path / "checkpoints/2-full.safetensors").exists()


def test_every_finding_has_its_value_in_every_epoch(tmp_path: Path) -> None:
    run(tmp_path)
    history = pd.read_csv(tmp_path / "metrics.csv")
    np.testing.assert_allclose(history["tune_auroc:bright"], history["tune_auroc"])


def test_a_best_start_survives_stages_that_make_it_worse(tmp_path: Path) -> None:
    _, probe = run(tmp_path / "probe", method="linear_probe")
    learner, best = run(tmp_path / "worse", keep="ema", learning_rate=0.9)
    assert best >= probe
    assert judged(learner) == pytest.approx(best, abs=1e-6)
    assert network().state_dict().keys() == learner.state_dict().keys()
