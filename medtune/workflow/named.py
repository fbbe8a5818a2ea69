"""A run file whose network is asked for by name before anything else is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medtune.config.any_run import AnyRun
from medtune.config.load import load_run, place_of
from medtune.errors import ConfigError
from medtune.workflow.wings import wing_of

SETTING = ("model", "backbone")


def load_named_run(path: Path, settings: Sequence[str] = ()) -> AnyRun:
    """Read a run file, and ask the library of its network whether there is one of that name.

    Args:
        path: the run file, YAML.
        settings: overrides as on the command line.

    Raises:
        ConfigError: what is wrong with the file, as ``load_run`` says it, or with that name.
    """
    run = load_run(path, settings)
    said = backbone_problem(run)
    if said is not None:
        raise ConfigError([f"{place_of(path, settings, SETTING)}: {said}"])
    return run


def backbone_problem(run: AnyRun) -> str | None:
    """Why there is no network of the run's name, with the setting's; None where there is one."""
    said = wing_of(run).misnamed(run)
    return None if said is None else f"'{'.'.join(SETTING)}': {said}"
