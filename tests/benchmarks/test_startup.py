"""The time of ``medtune --help`` against a bare typer app of as many verbs."""

from __future__ import annotations

import subprocess
import sys

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


def help_of(code: str) -> None:
    subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, check=True)


@pytest.mark.bench
def test_help_takes_hardly_longer_than_that_of_a_bare_typer_app(ratio):
    ratio(
        "startup",
        "medtune --help",
        {"medtune": lambda: help_of(OURS), "typer": lambda: help_of(BARE)},
        {"typer": 1.25},
        packages=("typer",),
        repetitions=20,
    )
