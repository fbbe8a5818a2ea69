"""``medtune.report``: where the report of an evaluated run lies."""

from __future__ import annotations

from pathlib import Path

from medtune.errors import RunError
from medtune.run_folder import RunFolder


def report(folder: Path | str) -> Path:
    """The report of an evaluated run.

    Args:
        folder: of the run.

    Raises:
        RunError: the run is not there, not finished, or not evaluated.
    """
    run = RunFolder(Path(folder))
    run.must_be_finished()
    if not run.report.exists():
        raise RunError(f"The run {run.path.name} is not evaluated yet: 'medtune evaluate' does it.")
    return run.report
