"""Who watches a training sees every epoch of it, however often it is cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from medtune.learning.fit import fit
from tests.learning.small import StoppedError, lesson, network

SEEN = [(1, True), (2, True), (3, False), (3, True),  # the head alone, and that its stage is over
        (4, True), (5, True), (6, True), (7, False), (7, False)]  # fmt: skip


def watched(folder: Path, stop_at: int = 0) -> tuple[torch.nn.Module, list[tuple[int, bool]]]:
    seen: list[tuple[int, bool]] = []
    learner = network()

    def watch(rows, going_on):
        seen.append((len(rows), going_on))
        assert [row["epoch"] for row in rows] == [1, 2, 3, 1, 2, 3, 4][: len(rows)]
        if len(seen) == stop_at:
            raise StoppedError

    try:
        fit(replace(lesson(folder, learner), watch=watch))
    except StoppedError:
        assert len(seen) == stop_at
    return learner, seen


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[torch.nn.Module, pd.DataFrame]:
    folder = tmp_path_factory.mktemp("whole")
    learner, seen = watched(folder)
    assert seen == SEEN
    return learner, pd.read_csv(folder / "metrics.csv").drop(columns="seconds")


@pytest.mark.parametrize("stop_at", [1, 3, 4, 6, 8, 9])
def test_cut_by_who_watches_it_goes_on_and_shows_where_it_was(
    whole: tuple[torch.nn.Module, pd.DataFrame], tmp_path: Path, stop_at: int
) -> None:
    watched(tmp_path, stop_at)
    learner, seen = watched(tmp_path)
    # what was shown last is shown again, so that a decision that was lost is made again
    assert set(SEEN[stop_at - 1 :]) <= set(seen)
    for name, tensor in whole[0].state_dict().items():
        assert torch.equal(tensor, learner.state_dict()[name]), name
    metrics = pd.read_csv(tmp_path / "metrics.csv").drop(columns="seconds")
    pd.testing.assert_frame_equal(metrics, whole[1])
