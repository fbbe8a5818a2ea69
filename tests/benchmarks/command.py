"""What scripts that make tables share: a verb is run and timed, a table put in its place."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from medtune.tables.schema import write_text

ROOT = Path(__file__).parents[2]


def taken_by(verb: str, config: Path, settings: list[str]) -> dict[str, float]:
    """Run a verb from the command line.

    Returns:
        ``peak_mb``, the most memory that its process had resident; ``wall_seconds``; and
        ``cpu_seconds``, which other work on the machine changes little.

    Raises:
        SystemExit: it ended badly; what it said is on stderr.
    """
    words = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-m", "medtune.cli", verb, str(config), *words]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"medtune {verb} {config.name} ended with {process.returncode}.")
    return {
        "peak_mb": round(used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)),
        "wall_seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
    }


def write_between(begin: str, end: str, text: str, page: Path) -> None:
    """Put a table between its marks.

    Raises:
        SystemExit: the page has lost one of them.
    """
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise SystemExit(f"{page.name} has lost the marks {begin} and {end}.")
    write_text(f"{before}{begin}\n\n{text}\n{end}{after}", page)


BELOW = "<!-- below: written by people -->"


def write_above(text: str, page: Path) -> None:
    """Write a page of results and keep what people wrote below them."""
    _, mark, below = (
        page.read_text(encoding="utf-8").partition(BELOW) if page.exists() else ("",) * 3
    )
    write_text(f"{text}\n{BELOW}{below if mark else chr(10)}", page)
