"""SIGKILL in the middle of a trial, twice: started again, the search finds the same."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

RUN = """
search:
  trials: 3
  space:
    training.learning_rate: {low: 1e-4, high: 1e-2, log: true}
    model.adapt: [lp_ft, norm]
"""
SETTINGS = ["model.weights=none", "training.epochs=3", "training.batch_size=4",
            "data.train_studies=24", "data.findings=[effusion]", "evaluation={}"]  # fmt: skip


def command(home: Path) -> subprocess.Popen[str]:
    words = [word for setting in SETTINGS for word in ("--set", setting)]
    code = "from medtune.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "search", "south.yaml", *words], cwd=home, text=True,
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def fresh(hospitals: Path, folder: Path) -> Path:
    home = folder / "home"
    shutil.copytree(hospitals / "south", home / "south")
    (home / "south.yaml").write_text((hospitals / "south.yaml").read_text() + RUN)
    return home


def found(home: Path) -> tuple[pd.DataFrame, str]:
    place = home / "runs/south/search"
    return pd.read_csv(place / "search.csv").drop(columns="seconds"), (
        place / "best.yaml"
    ).read_text()


@pytest.mark.slow
def test_a_killed_search_finds_the_same(hospitals: Path, tmp_path: Path):
    whole = fresh(hospitals, tmp_path / "whole")
    out, said = command(whole).communicate(timeout=600)
    assert "Best of 3 trials" in out, said
    home = fresh(hospitals, tmp_path / "killed")
    for trial, met in ((1, "linear_probe, epoch 2 of"), (2, "epoch 1 of")):
        killed, here = command(home), False
        assert killed.stderr is not None
        for line in killed.stderr:
            here = here or line.startswith(f"trial {trial} of 3: training.learning_rate")
            if here and met in line:
                break
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
    again = command(home)
    out, said = again.communicate(timeout=600)
    assert again.returncode == 0, said
    assert "goes on after epoch" in said
    (table, best), (expected, best_uncut) = found(home), found(whole)
    pd.testing.assert_frame_equal(table, expected)
    assert best == best_uncut
