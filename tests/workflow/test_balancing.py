"""What a run weighs and draws more often: worked out from the films that teach, and told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from medtune.config.load import load_run
from medtune.learning.odds import class_balanced, patient_balanced
from medtune.learning.task import Batch
from medtune.workflow import fine_tuning
from medtune.workflow.teaching import drawn, teaching
from medtune.workflow.train import train


class Stop(Exception):
    pass


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store of films for all tests of this file."""
    return tmp_path_factory.mktemp("balancing")


@pytest.fixture
def begun(hospitals: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What ``train`` hands to ``fit`` of a run with these settings, and what it says before."""

    def begin(*settings: str):
        run = load_run(
            hospitals / "south.yaml",
            ["model.weights=none", "evaluation.compare_with=[frozen_backbone]",
             "evaluation.primary.compared_with=frozen_backbone", f"data.work={work}",
             f"runs={tmp_path / 'runs'}", *settings],
        )  # fmt: skip
        caught = SimpleNamespace(run=run, said=[])

        def stop(lesson, *others):
            caught.lesson = lesson
            raise Stop

        monkeypatch.setattr(fine_tuning, "fit", stop)
        monkeypatch.setattr("medtune.workflow.train.say", caught.said.append)
        with pytest.raises(Stop):
            train(run, show=True)
        return caught

    return begin


def loss_of_one_present_film(lesson, outputs: int) -> list[float]:
    """The loss of each finding where a film has it and the network says 0.5."""
    losses = []
    for f in range(outputs):
        known = torch.zeros(1, outputs, dtype=torch.bool)
        known[0, f] = True
        batch = Batch(torch.zeros(1), torch.ones(1, outputs), known, ["one"])
        losses.append(float(lesson.task.loss(torch.zeros(1, outputs), batch)[0]))
    return losses


def test_present_findings_weigh_as_much_as_absent_ones_and_the_weights_are_shown(begun):
    caught = begun("training.positive_weights=balanced")
    train = caught.lesson.train
    present = [int((train.targets[:, f][train.known[:, f]] == 1).sum()) for f in range(2)]
    absent = [int((train.targets[:, f][train.known[:, f]] == 0).sum()) for f in range(2)]
    weights = [a / p for a, p in zip(absent, present, strict=True)]
    assert weights[0] != weights[1]
    losses = loss_of_one_present_film(caught.lesson, 2)
    assert losses == pytest.approx([w * np.log(2) for w in weights], rel=1e-6)
    (line,) = [said for said in caught.said if "weight" in said]
    assert line == (
        f"weight of present findings: effusion {weights[0]:.3g}, pneumonia {weights[1]:.3g}"
    )


def test_a_run_that_says_nothing_has_plain_losses_and_draws_each_film_once(begun):
    caught = begun()
    assert caught.lesson.odds is None
    assert loss_of_one_present_film(caught.lesson, 2) == pytest.approx([np.log(2)] * 2)
    assert not [said for said in caught.said if "weight" in said or "draws" in said]


@pytest.mark.parametrize("sampler", ["class_balanced", "patient_balanced"])
def test_odds_are_of_the_films_that_teach_and_look_shows_a_film_that_is_not_drawn(begun, sampler):
    caught = begun(f"training.sampler={sampler}")
    train, odds = caught.lesson.train, caught.lesson.odds
    taught = teaching(caught.run, show=False)
    assert taught.films["case_id"].tolist() == train.case_id
    if sampler == "class_balanced":
        expected = class_balanced(train.targets, train.known)
    else:
        expected = patient_balanced(taught.films["group_id"].to_numpy(str))
    np.testing.assert_array_equal(odds, expected)
    assert odds.max() > 1 > odds.min()
    (line,) = [said for said in caught.said if "draws" in said]
    assert line == (
        f"an epoch draws {len(odds)} films, {sampler}: one at most {odds.max():.3g} times, "
        f"{(odds < 1).sum()} of them less than once"
    )
    shown = drawn(caught.run, taught, range(len(odds)), 0)
    assert shown.shape == (len(odds), 64, 64)
