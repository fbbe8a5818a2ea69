"""A run file whose network is asked for by name before anything else is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from medtune.config.any_run import AnyRun
from medtune.config.load import load_films_run, load_run, place_of
from medtune.config.located import Problem, Setting, dotted
from medtune.config.run import Run
from medtune.config.space import SPACE
from medtune.errors import ConfigError
from medtune.vision.named import misnamed
from medtune.workflow.wings import wing_of

BACKBONE: Setting = ("model", "backbone")


def load_named_run(path: Path, settings: Sequence[str] = ()) -> AnyRun:
    """Read a run file, and ask the library of its network whether there is one of that name.

    Args:
        path: the run file, YAML.
        settings: overrides as on the command line.

    Raises:
        ConfigError: what is wrong with the file, as ``load_run`` says it, or with that name.
    """
    run = load_run(path, settings)
    _refuse([(BACKBONE, wing_of(run).misnamed(run))], path, settings)
    return run


def load_named_films_run(path: Path, settings: Sequence[str] = ()) -> Run:
    """The same of a run about films; the networks that its search tries are asked for, too.

    Raises:
        ConfigError: as above; or the run is about texts.
    """
    run = load_films_run(path, settings)
    name = dotted(BACKBONE)
    tried = run.search.space.get(name, [])
    places: dict[Setting, str] = {BACKBONE: run.model.backbone}
    if isinstance(tried, list):
        places |= {(*SPACE, name, at): str(backbone) for at, backbone in enumerate(tried)}
    _refuse([(at, misnamed(backbone)) for at, backbone in places.items()], path, settings)
    return run


def backbone_problem(run: AnyRun) -> str | None:
    """Why there is no network of the run's name, with the setting's; None where there is one."""
    said = wing_of(run).misnamed(run)
    return None if said is None else f"'{dotted(BACKBONE)}': {said}"


def _refuse(
    asked: Iterable[tuple[Setting, str | None]], path: Path, settings: Sequence[str]
) -> None:
    """Name every setting of which something was said, and where it is written."""
    problems = [
        Problem(place_of(path, settings, setting), f"'{dotted(setting)}': {said}")
        for setting, said in asked
        if said is not None
    ]
    if problems:
        raise ConfigError([str(problem) for problem in problems])
