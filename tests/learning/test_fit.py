"""Learning knows no modality: it is tried on a network and samples made for the test."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import nn

from medtune.config import Training
from medtune.learning.adapt import METHODS, freeze_all_but, set_modes
from medtune.learning.fit import fit
from medtune.learning.losses import masked_bce
from medtune.learning.sampling import EpochSampler, seed_of
from medtune.learning.task import Network
from tests.learning.small import StoppedError, lesson, model, network, run
from tests.learning.watching import watched


def assert_equal(one: nn.Module, other: nn.Module) -> None:
    for (name, a), b in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


@pytest.mark.parametrize("knows", [False, True])
@pytest.mark.parametrize("stop_after", [1, 2, 4, 6])
def test_an_interrupted_run_ends_with_the_same_weights(
    tmp_path: Path, stop_after: int, knows: bool
) -> None:
    whole, best = run(tmp_path / "whole", knows=knows)
    epochs = 0

    def stop(line: str) -> None:
        nonlocal epochs
        epochs += ", epoch " in line
        if epochs == stop_after:
            raise StoppedError

    with pytest.raises(StoppedError):
        run(tmp_path / "cut", knows=knows, say=stop)
    assert not (tmp_path / "cut/checkpoints/2-full.safetensors").exists()
    resumed, best_again = run(tmp_path / "cut", knows=knows)
    assert best_again == best
    assert_equal(whole, resumed)
    history = pd.read_csv(tmp_path / "cut/metrics.csv").drop(columns="seconds")
    expected = pd.read_csv(tmp_path / "whole/metrics.csv").drop(columns="seconds")
    pd.testing.assert_frame_equal(history, expected)
    assert len(history) == 7


def test_learning_learns(tmp_path: Path) -> None:
    _, (auroc, loss) = run(tmp_path, epochs=12)
    assert auroc > 0.9
    assert loss < math.log(2)


def test_frozen_means_no_gradient_and_batch_norm_that_does_not_move(tmp_path: Path) -> None:
    before = network().state_dict()
    after = run(tmp_path, method="linear_probe")[0].state_dict()
    for name in before:
        same = torch.equal(before[name], after[name])
        assert same != name.startswith("head"), name


def test_batch_norm_that_is_frozen_does_not_move_while_its_weights_learn() -> None:
    learner = network()
    training = Training()
    stage = METHODS["full"](learner, model(), training)[0]
    freeze_all_but(learner, stage.begin(learner, lesson(Path(), learner).teach))
    set_modes(learner, batch_norm_moves=False)
    norm = learner.backbone.norm
    assert norm.weight.requires_grad
    assert not norm.training
    assert learner.backbone.drop.training


def test_the_best_of_the_stage_before_stands_until_it_is_beaten(tmp_path: Path) -> None:
    _, lp = run(tmp_path / "lp", method="linear_probe")
    _, best = run(tmp_path / "both", learning_rate=0.9)
    assert best >= lp
    assert (tmp_path / "both/checkpoints/1-linear_probe.safetensors").exists()
    assert not (tmp_path / "both/checkpoints/1-linear_probe").exists()


def test_a_network_that_knows_the_task_stands_until_an_epoch_is_better(tmp_path: Path) -> None:
    taught, best = run(tmp_path / "taught", epochs=12)
    said: list[str] = []

    def again(folder: str, **changes: Any) -> tuple[Network, tuple[float, float]]:
        learner = network(1)
        learner.load_state_dict(taught.state_dict())
        learner.knows = True
        return learner, fit(lesson(tmp_path / folder, learner, say=said.append, **changes))

    spoilt = {"method": "full", "learning_rate": 0.9, "head_learning_rate": 0.9, "patience": 2}
    kept, value = again("spoilt", **spoilt)
    assert value == pytest.approx(best)
    assert_equal(kept, taught)
    assert f"tune AUROC {best[0]:.4f}" in said[0]
    assert said[0].startswith("as it came")
    assert len(pd.read_csv(tmp_path / "spoilt/metrics.csv")) == 2  # patience counts from the start
    _, forced = again("last", keep="last", **spoilt)
    assert forced != best  # asked for by name
    _, better = again("gentle", epochs=4, learning_rate=1e-3, head_learning_rate=1e-3)
    assert better[0] >= best[0]


def test_patience_ends_a_stage(tmp_path: Path) -> None:
    run(tmp_path, method="linear_probe", head_epochs=60, patience=2)
    history = pd.read_csv(tmp_path / "metrics.csv")
    best = history["tune_auroc"].to_numpy().argmax()
    assert len(history) < 60
    assert len(history) - 1 - best >= 2


def test_checkpoints_hold_no_path(tmp_path: Path) -> None:
    def stop(line: str) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        run(tmp_path / "canary-folder", say=stop)
    files = [p for p in (tmp_path / "canary-folder/checkpoints").rglob("*") if p.is_file()]
    assert any(p.name == "last.ckpt" for p in files)
    for path in files:
        assert b"canary-folder" not in path.read_bytes(), path.name


def test_unknown_targets_have_no_loss_and_no_gradient() -> None:
    logits = torch.zeros(3, 2, requires_grad=True)
    targets = torch.tensor([[1.0, float("nan")], [0.0, 1.0], [1.0, float("nan")]])
    known = torch.tensor([[True, False], [True, True], [False, False]])
    total, count = masked_bce(logits, targets, known)
    total.backward()
    assert int(count) == 3
    assert float(total.detach()) == pytest.approx(3 * math.log(2))
    assert torch.equal(logits.grad != 0, known)


def test_batches_depend_on_seed_stage_and_epoch_alone() -> None:
    def batches(seed: int, stage: str, epoch: int):
        sampler = EpochSampler(33, 8, seed, stage)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert batches(0, "full", 3) == batches(0, "full", 3)
    assert batches(0, "full", 3) != batches(0, "full", 4)
    assert batches(0, "full", 3) != batches(1, "full", 3)
    assert batches(0, "full", 3) != batches(0, "linear_probe", 3)
    epoch = batches(0, "full", 3)
    assert sorted(draw.index for batch in epoch for draw in batch) == list(range(33))
    assert {len(batch) for batch in epoch} == {6, 7}
    assert seed_of(1, "a") != seed_of(1, "b")


def test_every_epoch_has_an_order_and_a_randomness_of_its_own(tmp_path: Path) -> None:
    """Whatever Lightning does with the loader, it must tell the sampler which epoch it is."""
    with watched() as steps:
        run(tmp_path, method="full", epochs=3)
    orders = [[step.cases for step in steps if step.epoch == epoch] for epoch in range(3)]
    for epoch, order in enumerate(orders):
        expected = EpochSampler(50, 16, 0, "full")
        expected.set_epoch(epoch)
        assert order == [tuple(str(draw.index) for draw in batch) for batch in expected]
    assert orders[0] != orders[1] != orders[2]


@pytest.mark.parametrize("at_once", [1, 5, 16])
def test_passes_change_no_gradient(tmp_path: Path, at_once: int) -> None:
    """Unknown targets lie unevenly: a mean of means would be another loss."""
    frozen = {"batch_norm": "frozen"}
    with watched() as whole:
        run(tmp_path / "whole", method="norm", of_model=frozen)
    with watched() as parts:
        run(tmp_path / "parts", method="norm", of_model=frozen, films_at_once=at_once)
    for one, other in zip(whole, parts, strict=True):
        assert other.loss == pytest.approx(one.loss, rel=1e-5)
        assert other.cases == one.cases


def test_the_rate_rises_for_the_share_of_the_steps_that_is_asked_for(tmp_path: Path) -> None:
    for share, first in ((0.0, 1.0), (0.5, 1 / 9)):  # of 16 steps, 0 or 8
        with watched() as steps:
            run(tmp_path / str(share), method="full", warm_up=share)
        rates = [step.rates[0] for step in steps]
        assert rates[0] == pytest.approx(0.01 * first)
        assert rates.index(max(rates)) == round(16 * share)
