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

cases = timed("index_and_join", lambda: gather(run)).cases
timed("again", lambda: gather(run))
timed("split", lambda: split(run, cases))
report = timed("check", lambda: check(run, show=False))
timed("check_again", lambda: check(run, show=False))
print(json.dumps({"films": len(cases), "leaks": len(report.leaks), **took}))
"""


def measured(home: Path, films: int) -> dict:
    write_big_export(home, films)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    print(f"\n{json.dumps(found)}")
    return found


def test_two_thousand_films(tmp_path: Path):
    found = measured(tmp_path, 2000)
    assert found["films"] == 2000
    assert found["leaks"] == 0


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_films_within_one_gigabyte(tmp_path: Path):
    found = measured(tmp_path, 100_000)
    assert found["films"] == 100_000
    assert found["leaks"] == 0
    assert found["check_again_mb"] < 1024  # all processes together
