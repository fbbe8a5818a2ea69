"""Classes, grades and amounts are learnt by a network, and a fine-tuning of them goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from medtune.config import Training
from medtune.learning.fit import fit
from medtune.learning.lesson import Lesson
from medtune.learning.odds import patient_balanced
from medtune.learning.predict import score
from medtune.learning.targets import Amounts, Classes, Grades
from medtune.learning.task import Batch, Network
from tests.learning.small import CPU, StoppedError, model

NAN = float("nan")


class Body(nn.Module):
    """Brightness in four corners."""

    width = 8

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 8), nn.ReLU())

    def forward(self, inputs):
        return self.layers(inputs.flatten(1))


class Corners:
    """The mean of the corners, as a class, a grade or an amount."""

    def __init__(self, kind, cases: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.inputs = rng.normal(0, 1, (cases, 1, 1, 2, 2)).astype(np.float32)
        level = self.inputs.mean((1, 2, 3, 4)) * 2
        if isinstance(kind, Amounts):
            values = 100 + 40 * level[:, None].astype(float)
        else:
            values = np.digitize(level, [-0.8, 0, 0.8]).astype(float)
        values[rng.random(cases) < 0.2] = NAN
        self.targets, self.known = kind.encoded(values)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitems__(self, draws):
        at = [getattr(draw, "index", draw) for draw in draws]
        return Batch(
            *(torch.from_numpy(a[at]) for a in (self.inputs, self.targets, self.known)),
            [str(i) for i in at],
        )


LEARNT = [
    pytest.param(Classes(4), 0.95, id="classes"),
    pytest.param(Grades(4), 0.9, id="grades"),
    pytest.param(Amounts((100.0,), (40.0,)), 6.0, id="amounts"),
]


def judged(kind, network, cases: Corners) -> float:
    with torch.inference_mode():
        scores = kind.scores(network(torch.from_numpy(cases.inputs))).numpy().astype(float)
    return kind.judged(scores, cases.targets.astype(float), cases.known)


@pytest.mark.parametrize(("kind", "at_least"), LEARNT)
def test_a_network_learns_it(kind, at_least):
    torch.manual_seed(0)
    network, train, others = (
        Network(Body(), kind.outputs),
        Corners(kind, 300, 1),
        Corners(kind, 150, 2),
    )
    batch = train.__getitems__(range(300))
    optimizer = torch.optim.Adam(network.parameters(), 0.04)
    before = judged(kind, network, others)
    for _ in range(60):
        optimizer.zero_grad()
        total, count = kind.loss(network(batch.inputs), batch)
        (total / count).backward()
        optimizer.step()
    worth = kind.monitor.worth
    assert worth(judged(kind, network, others)) > worth(at_least) > worth(before)


def fine_tuned(folder: Path, kind, say=lambda line: None, **changes):
    """A network after a fine-tuning with mixing and odds, and its value on the tune split."""
    torch.manual_seed(0)
    network = Network(Body(), kind.outputs)
    settings = {"epochs": 3, "mixup": 0.2, "cutmix": 1.0, "learning_rate": 0.02, **changes}
    lesson = Lesson(
        task=kind, network=network, train=Corners(kind, 96, 1), tune=Corners(kind, 60, 2),
        training=Training(**settings, head_learning_rate=0.02), model=model(adapt="full"),
        hardware=CPU, folder=folder / "checkpoints", metrics=folder / "metrics.csv", say=say,
        odds=patient_balanced(np.arange(96) // 5),
    )  # fmt: skip
    value, _ = fit(lesson)
    return network, value


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("kind", [param.values[0] for param in LEARNT], ids=["c", "g", "a"])
def test_it_goes_through_a_fine_tuning_whose_tune_split_is_not_mixed(tmp_path, kind):
    network, value = fine_tuned(tmp_path / "mixed", kind)
    tune = Corners(kind, 60, 2)
    scores = score(kind, network, tune, CPU)
    again = kind.judged(scores, tune.targets.astype(float), tune.known)
    assert again == pytest.approx(value, abs=1e-6)
    plain, _ = fine_tuned(tmp_path / "plain", kind, mixup=0.0, cutmix=0.0)
    assert not same(network, plain)


@pytest.mark.parametrize("keep", ["best", "greedy_soup"])
def test_what_is_least_wrong_is_kept_and_told_by_its_name(tmp_path, keep):
    said: list[str] = []
    kind = Amounts((100.0,), (40.0,))
    _, value = fine_tuned(tmp_path, kind, say=said.append, keep=keep, learning_rate=0.3)
    errors = pd.read_csv(tmp_path / "metrics.csv")["tune_mae"]
    if keep == "best":
        assert value == pytest.approx(errors.min())
    assert value <= errors.min() * (1 + 1e-6) < errors.max()
    best = [line for line in said if line.endswith("(best)")]
    lowest = errors.cummin()[errors == errors.cummin()]
    assert [line.split(", ")[-1] for line in best] == [
        f"tune mean absolute error {error:.4f} (best)" for error in lowest
    ]
    assert not any("AUROC" in line for line in said)


def test_a_fine_tuning_with_mixing_and_odds_goes_on_as_if_it_had_not_been_stopped(tmp_path):
    whole, value = fine_tuned(tmp_path / "whole", Grades(4))

    def stop(line: str) -> None:
        if "epoch 1 of" in line:
            raise StoppedError

    with pytest.raises(StoppedError):
        fine_tuned(tmp_path / "cut", Grades(4), say=stop)
    resumed, again = fine_tuned(tmp_path / "cut", Grades(4))
    assert again == value
    assert same(whole, resumed)
    other, _ = fine_tuned(tmp_path / "other", Grades(4), seed=1)
    assert not same(whole, other)
