"""A run that was begun before: its folder belongs to one set of settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from medtune.config.any_run import AnyRun
from medtune.config.load import load_films_run, load_run, run_as_dict
from medtune.config.run import Run
from medtune.errors import RunError
from medtune.run_folder import RunFolder
from medtune.workflow.ladder_declared import declared

# what may change without training again
NOT_OF_TRAINING = ("evaluation", "report", "search", "ladder", "generation")
# what of the judgement decides which rung is chosen, besides what is declared
OF_LADDER = ("act_at", "operating_point", "prevalences", "pool", "level", "resamples", "seed")
NOT_OF_THE_MODEL = "training.more_seeds"  # may be added to, and leaves the model as it is


def refuse_another(run: AnyRun, folder: RunFolder) -> None:
    """Refuse to go on with a run under other settings than it was begun with.

    Paths are compared as seen from the folder of runs: all of it may have been moved together.

    Raises:
        RunError: names the settings that differ.
    """
    old = _settings(load_run(folder.config, files_must_exist=False))
    new = _settings(run)
    different = [name for name in new if old.get(name) != new[name] and name != NOT_OF_THE_MODEL]
    if different:
        raise RunError(
            f"The run {run.name} exists already with other settings: {', '.join(different)}. "
            "Give this run another name, or take the old folder away."
        )


def refuse_another_search(run: Run, folder: RunFolder) -> None:
    """Refuse to go on with a search of other settings; more trials or hours may be given.

    Raises:
        RunError: names the settings that differ.
    """
    before = load_films_run(folder.config, files_must_exist=False)
    old, new = (
        {**_settings(one), "search.space": one.search.model_dump()["space"]}
        for one in (before, run)
    )
    different = [name for name in new if old.get(name) != new[name] and name != NOT_OF_THE_MODEL]
    if different:
        raise RunError(
            f"The search of {run.name} was begun with other settings: {', '.join(different)}. "
            "Give the run another name, or take the folder 'search' out of its folder."
        )


def refuse_another_ladder(run: Run, folder: RunFolder) -> None:
    """Refuse to go on with a ladder of other settings: its rungs would not be comparable.

    Raises:
        RunError: names the settings that differ.
    """
    before = load_films_run(folder.config, files_must_exist=False)
    old, new = (
        {
            **_settings(one),
            **{f"ladder.{name}": value for name, value in one.ladder.model_dump().items()},
            **{f"evaluation.{name}": getattr(one.evaluation, name) for name in OF_LADDER},
            **_as_declared(one),
        }
        for one in (before, run)
    )
    different = [name for name in new if old.get(name) != new[name] and name != NOT_OF_THE_MODEL]
    if different:
        raise RunError(
            f"The ladder of {run.name} was begun with other settings: {', '.join(different)}. "
            "Give the run another name, or take the folder 'ladder' out of its folder."
        )


def _as_declared(run: Run) -> dict[str, Any]:
    """The finding and the generic model that the ladder takes, and the readings of its test."""
    said, reference = declared(run), run.evaluation.reference
    its = {**said.generic.model_dump(), "shipped": _seen_from_runs(said.generic.shipped, run)}
    if said.generic.trained_on is not None:
        its["trained_on"] = _seen_from_runs(said.generic.trained_on, run)
    return {
        "ladder.finding": said.finding,
        "evaluation.compare_with": (run.evaluation.model_names(), its),
        "evaluation.reference": None if reference is None else _seen_from_runs(reference, run),
    }


def _seen_from_runs(path: Path, run: AnyRun) -> str:
    """A path as seen from the folder of runs: all of it may have been moved together."""
    return os.path.relpath(path, run.runs) if path.is_absolute() else str(path)


def _settings(run: AnyRun) -> dict[str, Any]:
    """What decides the training: section.setting to value."""
    found: dict[str, Any] = {}
    for section, content in run_as_dict(run).items():
        if section in (*NOT_OF_TRAINING, "runs"):
            continue
        for name, value in content.items() if isinstance(content, dict) else [("", content)]:
            setting = f"{section}.{name}".rstrip(".")
            is_path = isinstance(value, str) and Path(value).is_absolute()
            found[setting] = _seen_from_runs(Path(value), run) if is_path else value
    return found
