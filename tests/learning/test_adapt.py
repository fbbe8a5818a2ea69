"""Every method teaches what it says, and goes on exactly wherever it was cut."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import nn

from medtune.errors import InputError
from medtune.learning.adapt import METHODS
from medtune.learning.adapt.adapters import insert, merge
from medtune.learning.adapt.sensitivity import most_sensitive, relative_gradient_norms
from medtune.learning.task import Network
from tests.learning.small import Body, StoppedError, lesson, model, network, run
from tests.learning.watching import watched

HEAD = {"head.weight", "head.bias"}
STATISTICS = {f"backbone.norm.{name}" for name in ("running_mean", "running_var")}
COUNT = {"backbone.norm.num_batches_tracked"}
WEIGHTS = {f"backbone.{part}.weight" for part in ("stem", "norm", "middle", "top")}
BIASES = {f"backbone.{part}.bias" for part in ("stem", "norm", "middle", "top")}
FIRST_BLOCKS = {
    f"backbone.{part}.{kind}" for part in ("stem", "norm", "middle") for kind in ("weight", "bias")
}
CHANGED = {
    "linear_probe": HEAD,
    "lp_ft": HEAD | WEIGHTS | BIASES | STATISTICS | COUNT,
    "full": HEAD | WEIGHTS | BIASES | STATISTICS | COUNT,
    "layer_decay": HEAD | WEIGHTS | BIASES | STATISTICS | COUNT,
    "gradual": HEAD | WEIGHTS | BIASES | STATISTICS | COUNT,
    "surgical": HEAD | STATISTICS | COUNT | FIRST_BLOCKS,
    "norm": HEAD | STATISTICS | COUNT | {"backbone.norm.weight", "backbone.norm.bias"},
    "bias": HEAD | STATISTICS | COUNT | BIASES,
    "lora": HEAD | {f"backbone.{part}.weight" for part in ("stem", "middle", "top")},
    "dora": HEAD | {f"backbone.{part}.weight" for part in ("stem", "middle", "top")},
}  # fmt: skip


def changed(one: nn.Module, other: nn.Module) -> set[str]:
    theirs = other.state_dict()
    return {name for name, own in one.state_dict().items() if not torch.equal(own, theirs[name])}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_changes_what_it_says_and_nothing_else(tmp_path: Path, method: str) -> None:
    learner, _ = run(tmp_path, method=method, keep="last", patience=99)
    assert changed(learner, network()) == CHANGED[method]
    assert not hasattr(learner.backbone, "peft_config")


def test_frozen_statistics_do_not_move_while_everything_learns(tmp_path: Path) -> None:
    frozen = {"batch_norm": "frozen"}
    learner, _ = run(tmp_path, method="full", keep="last", of_model=frozen)
    assert changed(learner, network()) == HEAD | WEIGHTS | BIASES


def test_adapted_statistics_are_those_of_the_training_cases(tmp_path: Path) -> None:
    learner, _ = run(tmp_path, method="linear_probe", of_model={"batch_norm": "adapt"})
    assert changed(learner, network()) == HEAD | STATISTICS | COUNT
    teach = lesson(tmp_path, learner).teach
    stems = [learner.backbone.stem(batch.inputs[:, 0]) for batch in teach.batches()]
    mean = torch.stack([stem.mean((0, 2, 3)) for stem in stems]).mean(0)
    torch.testing.assert_close(learner.backbone.norm.running_mean, mean.detach())
    assert learner.backbone.norm.momentum == 0.1


def test_layers_learn_the_slower_the_nearer_they_are_to_the_input() -> None:
    learner = network()
    lessons = lesson(Path(), learner, learning_rate=0.01)
    stage = METHODS["layer_decay"](learner, model(layer_decay=0.5), lessons.training)[0]
    groups = stage.begin(learner, lessons.teach)
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert rates[id(learner.head.weight)] == 0.05
    for part, rate in (("top", 0.005), ("middle", 0.0025), ("norm", 0.00125), ("stem", 0.00125)):
        assert rates[id(getattr(learner.backbone, part).weight)] == pytest.approx(rate)


def test_gradual_stages_share_the_epochs_from_the_head_to_the_input() -> None:
    learner = network()
    lessons = lesson(Path(), learner, epochs=7)
    stages = METHODS["gradual"](learner, model(), lessons.training)
    assert [stage.name for stage in stages] == [
        "linear_probe",
        "gradual_1",
        "gradual_2",
        "gradual_3",
    ]
    assert sum(stage.epochs for stage in stages[1:]) == 7
    learn = []
    for stage in stages:
        groups = stage.begin(learner, lessons.teach)
        learning = {id(p) for group in groups for p in group["params"]}
        parts = ("head", "backbone.top", "backbone.middle", "backbone.norm", "backbone.stem")
        learn.append([p for p in parts if id(learner.get_submodule(p).weight) in learning])
    assert [len(parts) for parts in learn] == [1, 2, 3, 5]
    assert learn[1] == ["head", "backbone.top"]


def test_sensitive_blocks_are_those_with_the_largest_relative_gradient(tmp_path: Path) -> None:
    learner, _ = run(tmp_path, method="linear_probe")
    teach = lesson(tmp_path, learner).teach
    norms = relative_gradient_norms(learner, teach)
    with torch.no_grad():
        learner.backbone.top.weight.mul_(1e-3)  # a small weight with the same gradient
        learner.backbone.top.bias.mul_(1e-3)
    again = relative_gradient_norms(learner, teach)
    assert again[2] > 100 * norms[2]
    assert 2 in most_sensitive(learner, teach, 1)
    assert all(parameter.grad is None for parameter in learner.parameters())


@pytest.mark.parametrize("dora", [False, True])
def test_merged_adapters_leave_outputs_equal(dora: bool) -> None:
    learner = network().eval()
    teach = lesson(Path(), learner).teach
    inputs = next(teach.batches()).inputs
    before = learner.backbone(inputs)
    adapters = insert(learner, teach, rank=2, dora=dora, seed=0)
    torch.testing.assert_close(learner.eval().backbone(inputs), before, atol=1e-6, rtol=0)
    with torch.no_grad():
        for adapter in adapters:
            adapter.add_(torch.randn(adapter.shape) * 0.1)
    unmerged = learner.eval().backbone(inputs)
    assert not torch.allclose(unmerged, before, atol=1e-2)
    merge(learner)
    assert set(learner.state_dict()) == set(network().state_dict())
    torch.testing.assert_close(learner.eval().backbone(inputs), unmerged, atol=1e-5, rtol=0)


def test_a_filter_of_zeros_has_no_direction_and_learns_by_lora(tmp_path: Path) -> None:
    learner = network().eval()
    with torch.no_grad():
        learner.backbone.middle.weight[3] = 0
    own = lesson(tmp_path, learner)
    inputs = next(own.teach.batches()).inputs
    before = learner.backbone(inputs)
    adapters = insert(learner, own.teach, rank=2, dora=True, seed=0)
    names = {n for n, _ in learner.backbone.named_parameters() if "lora_magnitude_vector" in n}
    assert {name.split(".")[0] for name in names} == {"stem", "top"}
    torch.testing.assert_close(learner.eval().backbone(inputs), before, atol=1e-6, rtol=0)
    learner.backbone(inputs).sum().backward()
    for adapter in adapters:
        assert adapter.requires_grad
        assert adapter.grad is not None
        assert adapter.grad.isfinite().all()
    with torch.no_grad():
        for adapter in adapters:
            adapter.add_(torch.randn(adapter.shape) * 0.1)
    unmerged = learner.eval().backbone(inputs)
    merge(learner)
    assert set(learner.state_dict()) == set(network().state_dict())
    torch.testing.assert_close(learner.eval().backbone(inputs), unmerged, atol=1e-5, rtol=0)


class Bare(nn.Module):
    """One convolution without a bias, by groups: nothing that norm, bias or LoRA could teach."""

    width = 2

    def __init__(self) -> None:
        super().__init__()
        self.only = nn.Conv2d(2, 2, 3, groups=2, bias=False)

    def forward(self, inputs):
        return self.only(inputs[:, 0].expand(-1, 2, -1, -1)).mean((2, 3))

    def blocks(self):
        return [["only.weight"]]

    def depths(self):
        return {"only.weight": 0}


@pytest.mark.parametrize("method", ["norm", "bias", "surgical", "lora", "dora"])
def test_a_backbone_that_cannot_says_so_in_a_sentence(method: str) -> None:
    learner = Network(Bare(), 2)
    lessons = lesson(Path(), learner, method=method)

    def begin() -> None:
        for stage in METHODS[method](learner, lessons.model, lessons.training):
            stage.begin(learner, lessons.teach)

    with pytest.raises(
        InputError, match=r"^'model.adapt: (norm|bias|surgical|lora)' [^\n]*\. Take "
    ):
        begin()


FAST = {("linear_probe", 1), ("lp_ft", 0), ("lp_ft", 1), ("gradual", 2), ("dora", 0)}


def cuts(method: str) -> list[int]:
    """In the middle of an epoch of every stage, and at the end of one."""
    stages = {"linear_probe": 1, "lp_ft": 2, "surgical": 2, "gradual": 4}.get(method, 1)
    first = 8 if stages == 1 else 12  # steps of the first stage: 4 an epoch
    middles = [6] if stages == 1 else [6, first + 2]
    if method == "gradual":
        middles += [first + 5, first + 9]
    return [*middles, 8 if stages == 1 else first + 4]


@pytest.mark.parametrize(
    ("method", "cut"),
    [
        pytest.param(
            method, cut, id=f"{method}-{cut}",
            marks=[] if (method, i) in FAST else [pytest.mark.slow],
        )
        for method in METHODS
        for i, cut in enumerate(cuts(method))
    ],
)  # fmt: skip
def test_a_run_that_is_cut_goes_on_exactly(tmp_path: Path, method: str, cut: int) -> None:
    settings = {"method": method, "checkpoint_minutes": 0, "patience": 99}
    with watched() as whole:
        learner, best = run(tmp_path / "whole", **settings)
    with watched(stop_before=cut) as before, pytest.raises(StoppedError):
        run(tmp_path / "cut", **settings)
    with watched() as after:
        resumed, best_again = run(tmp_path / "cut", **settings)
    assert len(before) == cut
    assert [*before, *after] == whole
    assert best_again == best
    assert changed(learner, resumed) == set()
    histories = [pd.read_csv(tmp_path / name / "metrics.csv") for name in ("whole", "cut")]
    pd.testing.assert_frame_equal(*(history.drop(columns="seconds") for history in histories))


def test_the_small_network_has_every_kind_of_parameter() -> None:
    assert {f"backbone.{name}" for name, _ in Body().named_parameters()} == WEIGHTS | BIASES


def test_what_a_stage_measures_beforehand_goes_through_in_parts_that_fit(tmp_path: Path) -> None:
    learner = network()
    own = lesson(tmp_path, learner)
    seen: list[int] = []
    learner.register_forward_hook(lambda net, given, logits: seen.append(len(logits)))
    learner.eval()
    batch = next(own.teach.batches())
    gradients = []
    for at_once in (None, 3):
        learner.zero_grad()
        for _ in range(2):  # gradients add up, each the mean over its known targets
            loss = own.teach_by(at_once).learn(learner, batch)
        gradients.append([loss, *(p.grad for p in learner.parameters() if p.grad is not None)])
    torch.testing.assert_close(gradients[1], gradients[0], atol=1e-6, rtol=1e-5)
    size = len(batch.case_id)
    assert (size, seen) == (16, [16, 16, *[3, 3, 3, 3, 3, 1] * 2])
    single = lesson(tmp_path, learner, films_at_once="find").teach
    assert single.at_once == 1
