"""A large export through index, join, split and check: how fast, and in how much memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.big_export import write_big_export

SCRIPT = """
import json, os, sys, threading, time
from pathlib import Path
from medtune.config.load import load_run
from medtune.workflow.cases import gather
from medtune.workflow.check import check
from medtune.workflow.splitting import split

peak = [0]

def resident(process):
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0) / 1024

def watch():
    me = os.getpid()
    while True:
        total = resident(me)
        for child in Path(f"/proc/{me}/task").glob("*/children"):
            try:
                total += sum(resident(name) for name in child.read_text().split())
            except OSError:
                pass
        peak[0] = max(peak[0], total)
        time.sleep(0.05)

threading.Thread(target=watch, daemon=True).start()
run = load_run(Path(sys.argv[1]) / "run.yaml")
took = {}
def timed(name, way):
    start = time.perf_counter()
    found = way()
    took[name] = round(time.perf_counter() - start, 2)
    took[name + "_mb"] = round(peak[0])
    return found

if sys.argv[2] == "headers":
    cases = timed("index_and_join", lambda: gather(run)).cases
    timed("again", lambda: gather(run))
    timed("split", lambda: split(run, cases))
    took.update(films=len(cases))
else:
    report = timed(sys.argv[2], lambda: check(run, show=False))
    took.update(leaks=len(report.leaks), undecodable=sum(report.undecodable.values()))
print(json.dumps(took))
"""


def measured(home: Path, films: int) -> dict:
    """Each stage in a process of its own, as its verb would be."""
    write_big_export(home, films)
    found: dict[str, float] = {}
    for stage in ("headers", "check", "check_again"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(home), stage],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found |= json.loads(done.stdout)
    print(f"\n{json.dumps(found)}")
    return found


@pytest.mark.slow
def test_two_thousand_films(tmp_path: Path):
    found = measured(tmp_path, 2000)
    assert found["films"] == 2000
    assert (found["leaks"], found["undecodable"]) == (0, 0)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_films_within_one_gigabyte(tmp_path: Path):
    found = measured(tmp_path, 100_000)
    assert found["films"] == 100_000
    assert (found["leaks"], found["undecodable"]) == (0, 0)
    peaks = [found[f"{stage}_mb"] for stage in ("split", "check", "check_again")]
    assert max(peaks) < 1024  # all processes of a verb together
