"""How many films fit at once: searched without asking too much, recorded, and found once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from medtune.errors import RunError
from medtune.learning import room
from medtune.learning.adapt import METHODS
from medtune.learning.room import Room, free_memory, most_that_fit
from medtune.learning.weights import read_card
from tests.learning.small import CPU, Blobs, StoppedError, Task, lesson, model, network, run
from tests.learning.watching import watched

MEGABYTE = 1 << 20


@pytest.mark.parametrize("limit", [1, 2, 7, 32, 100])
def test_the_most_that_fit_are_found_in_few_tries(limit: int) -> None:
    for fitting in range(limit + 3):
        tried: list[int] = []

        def fits(films: int, fitting: int = fitting, tried: list[int] = tried) -> bool:
            tried.append(films)
            return films <= fitting

        assert most_that_fit(limit, fits) == min(fitting, limit)
        assert len(tried) == len(set(tried)) <= 2 * limit.bit_length() + 1
        assert max(tried) <= max(1, 2 * fitting, min(fitting, limit))


class Hungry(torch.nn.Module):
    """A backbone that holds 4 MB a film until the backward pass, or is out of memory above some."""

    width = 8

    def __init__(self, most: int | None = None) -> None:
        super().__init__()
        self.most, self.seen = most, []
        self.weight = torch.nn.Parameter(torch.ones(8))

    def forward(self, inputs):
        films = len(inputs)
        self.seen.append(films)
        if self.most is not None and films > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        wide = torch.full((films, MEGABYTE), float(inputs.mean())) * self.weight[0]
        return wide[:, :8].contiguous() * self.weight + wide.sin().mean()


def room_of(body: Hungry) -> Room:
    learner = network()
    learner.backbone = body
    stage = METHODS["full"](learner, model(), lesson(Path(), learner).training)[0]
    groups = stage.begin(learner, lesson(Path(), learner).teach)
    return Room(Task(), learner, groups, Blobs(5, 1), CPU, batch_norm_moves=False)


def test_a_gpu_that_is_out_of_memory_says_how_many_fit() -> None:
    body = Hungry(most=5)
    searched = room_of(body)
    before = {name: t.clone() for name, t in searched.network.state_dict().items()}
    assert searched.most(16) == 5
    assert max(body.seen) == 8
    for name, tensor in searched.network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert all(p.grad is None for p in searched.network.parameters())


def test_main_memory_is_never_asked_for_more_than_its_share() -> None:
    body = Hungry()
    searched = room_of(body)
    searched.budget = 200 * MEGABYTE
    found = searched.most(4096)
    each = 4  # megabytes at least: the wide tensor, which the backward pass needs
    assert 4 <= found <= 200 // each
    assert max(body.seen) <= 200 // each


def test_no_room_for_one_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(RunError, match="not enough memory"):
        room_of(Hungry(most=0)).most(16)


def test_the_growth_of_a_process_is_seen_even_if_it_is_over() -> None:
    """In a process of its own: of one that is old the system takes back what it has not used."""
    code = (
        "import torch\n"
        "from medtune.learning.room import peak_of_process\n"
        "with peak_of_process() as peak:\n"
        f"    block = torch.ones({64 * MEGABYTE // 4})\n"
        "    del block\n"
        "print(peak())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    assert 60 * MEGABYTE <= int(done.stdout) <= 200 * MEGABYTE


def test_a_container_has_no_more_memory_than_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text(f"{300 * MEGABYTE}\n")
    (tmp_path / "memory.stat").write_text(f"anon {100 * MEGABYTE}\nfile {150 * MEGABYTE}\n")
    monkeypatch.setattr(room, "CGROUP", tmp_path)
    assert free_memory() == 200 * MEGABYTE
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() > 0


def test_what_was_found_is_said_recorded_and_found_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut after it was found, the stage goes on with it, and learns what whole batches teach."""
    monkeypatch.setattr(Room, "_fits", lambda self, films: films <= 3)
    settings = {"method": "norm", "of_model": {"batch_norm": "frozen"}, "epochs": 2}
    learner, _ = run(tmp_path / "whole", **settings)
    lines: list[str] = []
    found = {**settings, "films_at_once": "find", "checkpoint_minutes": 0}
    with watched(stop_before=2), pytest.raises(StoppedError):
        run(tmp_path / "found", **found, say=lines.append)
    monkeypatch.setattr(Room, "_fits", lambda self, films: pytest.fail("searched again"))
    again, _ = run(tmp_path / "found", **found, say=lines.append)
    assert [line for line in lines if "at once" in line] == ["norm: 3 films at once fit, by trying"]
    card = read_card(tmp_path / "found/checkpoints/1-norm.safetensors")
    assert card["films_at_once"] == 3
    for one, other in zip(learner.state_dict().values(), again.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
