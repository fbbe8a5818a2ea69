"""Views of one case pooled into one prediction: what is missing leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from medtune.learning.adapt import METHODS
from medtune.learning.batch_norm import measure_statistics
from medtune.learning.fit import fit
from medtune.learning.predict import score
from medtune.learning.task import Batch, Draw, Network
from medtune.learning.views import ViewPool
from tests.learning.small import CPU, Body, Task, lesson, model

HOWS = ("mean", "max", "attention")


def pooling(how: str, seed: int = 0) -> Network:
    """A network whose attention, if it has any, has an opinion."""
    torch.manual_seed(seed)
    network = Network(Body(), 2, how)
    torch.nn.init.normal_(network.head.weight)
    if how == "attention":
        torch.nn.init.normal_(network.pool.weigh.weight, std=2)
    return network.eval()


def films(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, 1, 6, 6, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("how", HOWS)
def test_what_stands_in_the_place_of_a_missing_view_changes_no_bit(how: str):
    network, inputs = pooling(how), films(5, 3)
    there = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 0, 1]]).bool()
    with torch.inference_mode():
        expected = network.features(inputs, there)
        for rubbish in (0.0, 1e30, float("nan"), float("inf")):
            spoilt = torch.where(there[:, :, None, None, None], inputs, rubbish)
            assert torch.equal(network.features(spoilt, there), expected), rubbish


@pytest.mark.parametrize("how", HOWS)
def test_room_for_more_views_changes_no_bit(how: str):
    network, inputs = pooling(how), films(4, 2)
    there = torch.ones(4, 2).bool()
    wider = torch.cat([inputs, films(4, 3, seed=1)], dim=1)
    with torch.inference_mode():
        narrow = network(inputs, there)
        wide = network(wider, torch.cat([there, torch.zeros(4, 3).bool()], dim=1))
    assert torch.equal(narrow, wide)


@pytest.mark.parametrize("how", HOWS)
def test_the_order_of_views_does_not_matter(how: str):
    network, inputs = pooling(how), films(6, 4)
    there = torch.rand(6, 4, generator=torch.Generator().manual_seed(3)) < 0.6
    there[:, 0] = True
    order = [2, 0, 3, 1]
    with torch.inference_mode():
        one, other = network(inputs, there), network(inputs[:, order], there[:, order])
    torch.testing.assert_close(one, other, rtol=0, atol=1e-6)
    assert one.std() > 0.1


@pytest.mark.parametrize("how", HOWS)
def test_one_view_gives_the_features_that_it_has_alone(how: str):
    network, inputs = pooling(how), films(7, 1)
    with torch.inference_mode():
        assert torch.equal(network.features(inputs), network.backbone(inputs))


def test_each_way_of_pooling_is_what_it_is_called():
    views, there = torch.randn(3, 4, 5), torch.tensor([[1, 1, 1, 1], [1, 0, 1, 0], [0, 1, 0, 0]])
    there = there.bool()
    for case in range(3):
        own = views[case, there[case]]
        mean = ViewPool("mean", 5)(views, there)[case]
        torch.testing.assert_close(mean, own.mean(0))
        assert torch.equal(ViewPool("max", 5)(views, there)[case], own.max(0).values)
        pool = ViewPool("attention", 5)
        torch.testing.assert_close(pool(views, there)[case], mean)  # before it has learnt
        torch.nn.init.normal_(pool.weigh.weight)
        weights = pool.weigh(pool.content(own).tanh() * pool.gate(own).sigmoid()).softmax(0)
        torch.testing.assert_close(pool(views, there)[case], (weights * own).sum(0))


@pytest.mark.parametrize("how", HOWS)
def test_missing_views_get_no_gradient_and_the_others_do(how: str):
    network = pooling(how)
    inputs = films(2, 2).requires_grad_()
    there = torch.tensor([[True, False], [True, True]])
    network(inputs, there).square().sum().backward()
    assert inputs.grad[0, 1].abs().sum() == 0
    for case, view in ((0, 0), (1, 0), (1, 1)):
        assert inputs.grad[case, view].abs().sum() > 0
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


class Cases:
    """Cases of one or two views; the finding shows in one of them alone, now this, now that."""

    def __init__(self, cases: int, seed: int, views: int = 2) -> None:
        rng = np.random.default_rng(seed)
        self.targets = (rng.random((cases, 2)) < 0.5).astype(np.float32)
        self.targets[:, 1] = 1 - self.targets[:, 0]
        inputs = rng.normal(0, 0.3, (cases, 2, 1, 6, 6))
        shows = rng.integers(2, size=cases)
        inputs[np.arange(cases), shows] += self.targets[:, :1, None, None] * 0.8
        self.there = np.ones((cases, 2), bool)
        self.there[rng.random(cases) < 0.2, 1] = False
        self.inputs, self.there = inputs[:, :views].astype(np.float32), self.there[:, :views]

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitems__(self, draws):
        at = [d.index if isinstance(d, Draw) else d for d in draws]
        return Batch(
            torch.from_numpy(self.inputs[at]),
            torch.from_numpy(self.targets[at]),
            torch.ones(len(at), 2).bool(),
            [str(i) for i in at],
            there=torch.from_numpy(self.there[at]),
        )


@pytest.mark.parametrize("method", ["lp_ft", "lora", "linear_probe", "layer_decay"])
def test_attention_learns_with_the_head_in_every_method_and_is_kept(tmp_path: Path, method: str):
    network = pooling("attention")
    before = {name: t.clone() for name, t in network.state_dict().items()}
    made = lesson(tmp_path, network, method=method, epochs=1, head_epochs=1)
    fit(replace(made, train=Cases(40, 1), tune=Cases(20, 2)))
    after = network.state_dict()
    assert list(after) == list(before)
    pool = [name for name in after if name.startswith("pool.")]
    assert len(pool) == 5
    assert not any(torch.equal(before[name], after[name]) for name in pool)
    if method == "linear_probe":
        body = [name for name in after if name.startswith("backbone.")]
        assert all(torch.equal(before[name], after[name]) for name in body)


def test_every_method_has_stages_for_a_network_that_pools():
    for method in METHODS.values():
        made = method(pooling("attention"), model(), lesson(Path(), pooling("mean")).training)
        assert made


def test_batch_norm_measures_the_views_that_are_there():
    cases = Cases(32, 4)
    batch = cases.__getitems__(range(32))
    network, alone = pooling("mean"), pooling("mean")
    measure_statistics(network, [batch])
    batch.inputs[~batch.there] = 1e6
    measure_statistics(alone, [batch])
    assert torch.equal(network.backbone.norm.running_mean, alone.backbone.norm.running_mean)
    films_there = batch.inputs[batch.there]
    expected = network.backbone.stem(films_there).mean((0, 2, 3))
    torch.testing.assert_close(network.backbone.norm.running_mean, expected.detach())


def test_parts_of_a_batch_keep_their_views():
    batch = Cases(10, 5).__getitems__(range(10))
    network = pooling("attention")
    with torch.inference_mode():
        whole = network(*batch.seen)
        parts = torch.cat([network(*part.seen) for part in batch.parts(3)])
    torch.testing.assert_close(parts, whole)
    moved = batch.to("cpu")
    assert torch.equal(moved.there, batch.there)


@pytest.mark.parametrize("how", HOWS)
def test_pooled_views_beat_one_view_where_the_finding_shows_in_one_of_them(
    tmp_path: Path, how: str
):
    found = {}
    for views in (2, 1):
        torch.manual_seed(0)
        network = Network(Body(), 2, how)
        made = lesson(tmp_path / str(views), network, method="full", epochs=6)
        test = Cases(400, 9, views)
        fit(replace(made, train=Cases(200, 7, views), tune=Cases(100, 8, views)))
        found[views] = Task().judged(score(Task(), network, test, CPU), test.targets, None)
    assert found[2] > found[1] + 0.1, found
    assert found[2] > 0.9
