"""Two processes and one learn the same; one that fails takes the other with it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from medtune.errors import ElsewhereError, MedtuneError
from medtune.learning.fit import fit
from medtune.learning.launch import launch
from medtune.learning.ranks import Ranks
from tests.learning.several import SCENARIOS, taught

SAME = sorted({*SCENARIOS} - {"dropout", "few"})


def several(folder: Path, *scenarios: str, processes: int = 2) -> None:
    launch(["-m", "tests.learning.several", str(folder), *scenarios], processes)


def history(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "metrics.csv").drop(columns="seconds")


def states(folder: Path, processes: int = 2) -> list[dict]:
    return [
        torch.load(folder / f"network-{rank}.pt", weights_only=True) for rank in range(processes)
    ]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("several")
    several(folder, "plain", "mixed", "divided")
    return folder


def assert_as_alone(folder: Path, alone: Path, scenario: str, processes: int = 2) -> None:
    """Losses and judgements within 1e-4, weights nearly equal, and the same in all processes."""
    told = taught(alone, scenario)
    judged = fit(told)
    ours, whole = history(folder / scenario), history(alone / scenario)
    assert list(ours.columns) == list(whole.columns)
    for column in ours:
        if ours[column].dtype.kind == "f":
            np.testing.assert_allclose(ours[column], whole[column], atol=1e-4, err_msg=column)
        else:
            assert list(ours[column]) == list(whole[column])
    own = told.network.state_dict()
    first, *others = states(folder / scenario, processes)
    for name, tensor in own.items():
        torch.testing.assert_close(first[name], tensor, rtol=1e-3, atol=1e-4, msg=name)
        assert all(torch.equal(other[name], first[name]) for other in others), name
    for rank in range(processes):
        said = json.loads((folder / scenario / f"judged-{rank}.json").read_text())
        assert said == pytest.approx(judged, abs=1e-4)


@pytest.mark.parametrize("scenario", ["plain", "mixed", "divided"])
def test_two_processes_learn_what_one_does(shared: Path, tmp_path: Path, scenario: str) -> None:
    assert_as_alone(shared, tmp_path, scenario)


@pytest.mark.slow
def test_whatever_is_kept_and_however_it_is_adapted(tmp_path: Path) -> None:
    rest = [scenario for scenario in SAME if scenario not in ("plain", "mixed", "divided")]
    several(tmp_path / "several", *rest)
    for scenario in rest:
        assert_as_alone(tmp_path / "several", tmp_path / "alone", scenario)


@pytest.mark.slow
def test_processes_without_a_case_in_a_batch_or_in_tune_take_part(tmp_path: Path) -> None:
    """Batches of 2, 2 and 1 cases and a tune split of 3, for 4 processes."""
    several(tmp_path / "several", "few", processes=4)
    assert_as_alone(tmp_path / "several", tmp_path / "alone", "few", processes=4)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["plain", "dropout", "divided"])
def test_processes_that_are_cut_go_on_exactly(tmp_path: Path, scenario: str) -> None:
    several(tmp_path / "whole", scenario)
    several(tmp_path / "cut", f"{scenario}:resumed")
    whole, cut = states(tmp_path / "whole" / scenario), states(tmp_path / "cut" / scenario)
    for one, other in zip(whole, cut, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)
    expected = history(tmp_path / "whole" / scenario)
    pd.testing.assert_frame_equal(history(tmp_path / "cut" / scenario), expected)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("killed", MedtuneError),
        pytest.param("raises", ElsewhereError, marks=pytest.mark.slow),
    ],
)
def test_a_process_that_fails_ends_the_others(tmp_path: Path, how: str, error: type) -> None:
    with pytest.raises(error) as raised:
        several(tmp_path, f"plain:{how}")
    failed = float((tmp_path / "failed").read_text())
    assert 0 < time.time() - failed < 120  # an exchange between processes would wait half an hour
    if how == "killed":
        assert "Process 2 of the run was ended by SIGKILL" in str(raised.value)
    assert not (tmp_path / "plain/checkpoints/2-full.safetensors").exists()


@pytest.mark.parametrize(("cases", "world"), [(13, 2), (5, 4), (2, 4), (64, 3), (0, 2)])
def test_shares_are_every_case_once(cases: int, world: int) -> None:
    ranks = [Ranks(rank, world) for rank in range(world)]
    shares = [list(range(cases)[one.share(cases)]) for one in ranks]
    assert [case for share in shares for case in share] == list(range(cases))
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) == ranks[0].largest(cases)
