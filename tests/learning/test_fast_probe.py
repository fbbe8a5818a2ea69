"""``adapt: fast_probe``: a head without a single step, and an ordinary model in the end."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from medtune.learning.fast_probe import fit_head
from medtune.learning.features import features
from medtune.learning.judge import judge
from medtune.learning.predict import score
from medtune.learning.probe import fit_probe
from tests.learning.small import CPU, Task, lesson, network, run


def groups(cases: int) -> np.ndarray:
    return np.array([f"p{case // 2}" for case in range(cases)])


def probed(folder: Path, **of_model):
    learner = network()
    own = lesson(folder, learner, method="fast_probe", of_model=of_model)
    seen = partial(features, learner.backbone, hardware=CPU)
    return learner, own, fit_head(own, groups(len(own.train)), seen)


def test_it_is_the_probe_on_the_features_of_the_training_cases(tmp_path: Path):
    learner, own, _ = probed(tmp_path)
    seen = features(learner.backbone, own.train, CPU)
    expected = fit_probe(seen, own.train.targets, own.train.known, groups(50))
    said = score(Task(), learner, own.train, CPU)
    np.testing.assert_allclose(said, expected.scores(seen), atol=1e-5)


def test_of_the_backbone_nothing_changes(tmp_path: Path):
    before, (learner, _, _) = network().state_dict(), probed(tmp_path)
    for name, tensor in learner.state_dict().items():
        assert torch.equal(tensor, before[name]) != name.startswith("head"), name


def test_batch_norm_is_measured_where_that_is_asked_for(tmp_path: Path):
    plain, adapted = probed(tmp_path / "a")[0], probed(tmp_path / "b", batch_norm="adapt")[0]
    means = [n.backbone.norm.running_mean for n in (network(), plain, adapted)]
    assert torch.equal(means[0], means[1])
    assert not torch.equal(means[0], means[2])


def test_what_it_says_of_tune_is_what_the_network_says(tmp_path: Path):
    learner, own, (value, loss) = probed(tmp_path)
    again = judge(Task(), learner, own.tune, "cpu", 16)
    assert (value, loss) == pytest.approx(again, abs=1e-5)
    assert value > 0.9


def test_it_is_no_worse_than_frozen_epochs(tmp_path: Path):
    _, (frozen, _) = run(tmp_path / "frozen", method="linear_probe", head_epochs=10)
    assert probed(tmp_path / "fast")[2][0] >= frozen - 0.005


def test_its_history_is_a_row_of_the_table_that_all_methods_write(tmp_path: Path):
    run(tmp_path / "frozen", method="linear_probe", head_epochs=1)
    _, _, (value, loss) = probed(tmp_path / "fast")
    theirs, ours = (pd.read_csv(tmp_path / f"{name}/metrics.csv") for name in ("frozen", "fast"))
    assert list(ours) == list(theirs)
    assert len(ours) == 1
    assert ours.loc[0, "stage"] == "fast_probe"
    assert ours.loc[0, "tune_auroc"] == pytest.approx(value)
    assert ours.loc[0, "tune_loss"] == pytest.approx(loss)


def test_when_it_is_done_it_is_not_done_again(tmp_path: Path):
    learner, own, judged = probed(tmp_path)
    (tmp_path / "metrics.csv").unlink()  # as if it had been killed in between
    again = network()
    own = lesson(tmp_path, again, method="fast_probe")

    def never(samples):
        raise AssertionError

    assert fit_head(own, groups(50), never) == judged
    assert (tmp_path / "metrics.csv").exists()
    for name, tensor in again.state_dict().items():
        assert torch.equal(tensor, learner.state_dict()[name]), name


def test_a_finding_that_all_films_have_gets_no_head_and_is_named(tmp_path: Path):
    said: list[str] = []
    learner = network()
    own = lesson(tmp_path, learner, method="fast_probe", say=said.append)
    own.train.targets[:, 1] = 1
    fit_head(own, groups(50), partial(features, learner.backbone, hardware=CPU))
    assert (score(Task(), learner, own.tune, CPU)[:, 1] == 0.5).all()
    assert "1 of 2 findings" in said[0]
