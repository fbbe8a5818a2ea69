"""A finished run that somebody can ask, whatever it answers with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medtune.config.load import load_run
from medtune.run_folder import RunFolder
from medtune.workflow.wings import Answering, wing_of


def open_run(folder: Path | str, settings: Sequence[str], names: Path | str | None) -> Answering:
    """Open a finished run.

    Args:
        folder: of the run.
        settings: overrides of the section 'generation' of a run that writes.
        names: list of names to replace; the run's own by default.

    Raises:
        InputError: there is no such run, it does not answer or is not finished, a setting is of
            training, or the run's list of names has gone.
    """
    run_folder = RunFolder(Path(folder))
    run_folder.must_be_there()
    run = load_run(run_folder.config, files_must_exist=False)
    return wing_of(run).answering(
        Path(folder), names=None if names is None else Path(names), settings=settings
    )
