"""The time of ``medtune --help`` against a bare typer app of as many verbs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

BARE = """
import typer
app = typer.Typer(add_completion=False)
def verb(a: str, b: bool = False) -> None:
    "A verb."
for name in ("demo", "new", "doctor", "check", "train", "evaluate", "predict"):
    app.command(name)(verb)
app()
"""
OURS = "from medtune.cli import main; main()"
ROUNDS = 20


def seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, check=True)
    return time.perf_counter() - start


@pytest.mark.bench
def test_help_takes_at_most_one_and_a_half_times_a_bare_typer_app():
    for code in (BARE, OURS):
        seconds(code)  # once for the disk
    pairs = [(seconds(BARE), seconds(OURS)) for _ in range(ROUNDS)]
    bare, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"\nbare typer {bare:.3f} s, medtune {ours:.3f} s, ratio {ours / bare:.2f}")
    assert ours <= 1.5 * bare
