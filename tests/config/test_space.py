"""What a search may try out, and how a mistake in it is told."""

from __future__ import annotations

import pytest

from medtune.config.load import load_run
from medtune.config.search import Range
from medtune.config.space import (
    NOT_SEARCHED,
    contains,
    is_whole,
    searchable,
    setting_of,
    with_settings,
)
from medtune.errors import ConfigError

SPACE = """
search:
  trials: 5
  space:
    training.learning_rate: {low: 1e-5, high: 1e-3, log: true}
    training.epochs: {low: 2, high: 20}
    model.adapt: [lp_ft, lora]
    data.uncertain: [ignore, {opacity: soft}]
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "training.learing_rate: [1e-4, 1e-3]",
            "'search.space.training.learing_rate': there is no setting called "
            "'training.learing_rate'. Did you mean 'training.learning_rate'?",
        ),
        (
            "epochs: [1, 2]",
            "'search.space.epochs': there is no setting called 'epochs'. "
            "Did you mean 'training.epochs'?",
        ),
        (
            "training.learning_rate: {low: 1e-5, high: 3}",
            "'search.space.training.learning_rate.high' must be less than 1, but is 3. Peak",
        ),
        (
            "training.epochs: {low: 1.5, high: 3}",
            "'search.space.training.epochs.low' must be a whole number, but is 1.5. Most passes",
        ),
        (
            "training.mixup: [0, -1]",
            "'search.space.training.mixup' must be at least 0, but is -1. Mixes",
        ),
        (
            "model.adapt: [full, lroa]",
            "'search.space.model.adapt' must be one of: fast_probe, linear_probe, lp_ft, full, "
            "layer_decay, gradual, surgical, norm, bias, lora, dora, but is 'lroa'. "
            "Did you mean 'lora'?",
        ),
        (
            "model.adapt: {low: 1, high: 2}",
            "'search.space.model.adapt': model.adapt is no number; list what is tried: [a, b].",
        ),
        (
            "model.backbone: [timm/resnet18, resnet18]",
            "'search.space.model.backbone': a backbone is written timm/NAME",
        ),
        (
            "training.seed: [1, 2]",
            "'search.space.training.seed': training.seed is not searched: choosing a seed on tune",
        ),
        (
            "data.split.seed: [1, 2]",
            "'search.space.data.split.seed': data.split.seed is not searched: the films, the split",
        ),
        (
            "training.mixup: {low: 1, high: 0.5}",
            "'search.space.training.mixup.high': it must be greater than 'low', which is 1.",
        ),
        (
            "training.weight_decay: {low: 0, high: 1, log: true}",
            "'search.space.training.weight_decay.low': with 'log: true' it must be greater than 0.",
        ),
        (
            "training.cutmix: 3",
            "'search.space.training.cutmix' must be {low, high, log}, or a list, but is 3.",
        ),
        (
            "model.lora_rank: [4]",
            "'search.space.model.lora_rank' must be at least 2 long, but is a list.",
        ),
        (
            "model.lora_rank: {lo: 4, high: 8}",
            "there is no setting called 'search.space.model.lora_rank.lo'. Did you mean 'low'?",
        ),
    ],
)
def test_a_mistake_in_the_space_is_told_with_its_line(hospital, refused, small, line, said):
    (hospital / "run.yaml").write_text(f"{small}search:\n  space:\n    {line}\n")
    (problem,) = refused(hospital / "run.yaml")
    assert problem.startswith(f"run.yaml, line 11: {said}")


def test_it_is_told_beside_other_mistakes(hospital, refused, small):
    text = small + "training: {epochs: x}\nsearch: {space: {training.epochs: [1, y]}}\n"
    (hospital / "run.yaml").write_text(text)
    lines = [problem.partition(":")[0] for problem in refused(hospital / "run.yaml")]
    assert lines == ["run.yaml, line 9", "run.yaml, line 10"]


def test_a_space_is_read_and_written_as_it_is(hospital, small):
    (hospital / "run.yaml").write_text(small + SPACE)
    run = load_run(hospital / "run.yaml")
    assert run.search.space["training.learning_rate"] == Range(low=1e-5, high=1e-3, log=True)
    assert run.search.space["data.uncertain"] == ["ignore", {"opacity": "soft"}]
    other = load_run(hospital / "run.yaml", ["search.space={training.epochs: [1, 2]}"])
    assert list(other.search.space) == ["training.epochs"]


def test_every_setting_of_model_and_training_is_searched_or_says_why_not(hospital, small):
    run = load_run(hospital / "run.yaml")
    names = [f"{section}.{name}" for section in ("model", "training")
             for name in type(getattr(run, section)).model_fields]  # fmt: skip
    assert {*searchable(), *NOT_SEARCHED} == {*names, "data.uncertain"}
    assert not {*searchable()} & {*NOT_SEARCHED}
    assert [name for name in ("training.epochs", "training.mixup", "model.adapt",
                              "training.learning_rate", "model.lora_rank")
            if is_whole(name)] == ["training.epochs", "model.lora_rank"]  # fmt: skip


def test_a_run_with_other_settings(hospital):
    run = load_run(hospital / "run.yaml")
    settings = {"training.epochs": 3, "model.adapt": "lora", "data.uncertain": {"opacity": "soft"}}
    other = with_settings(run, settings)
    assert {name: setting_of(other, name) for name in settings} == settings
    assert with_settings(other, {name: setting_of(run, name) for name in settings}) == run
    with pytest.raises(ConfigError, match=r"^'training.keep': swa averages weights"):
        with_settings(run, {"model.adapt": "lora", "training.keep": "swa"})


def test_what_a_space_contains():
    assert contains([0, 0.2], 0.0)
    assert not contains([0, 1], False)
    assert contains(["a", None], None)
    assert contains(Range(low=1, high=2), 2)
    assert not contains(Range(low=1, high=2), "find")
    assert not contains(Range(low=1, high=2), 3)
