"""A run that was begun before: it belongs to one set of settings."""

from __future__ import annotations

from medtune.config.load import load_run, run_as_dict
from medtune.config.run import Run
from medtune.errors import RunError
from medtune.run_folder import RunFolder

SETTINGS_OF_JUDGING = ("evaluation", "report")  # may change without training again


def refuse_another(run: Run, folder: RunFolder) -> None:
    """A run folder belongs to one set of settings.

    Raises:
        RunError: names the settings that differ.
    """
    old = run_as_dict(load_run(folder.config, files_must_exist=False))
    new = run_as_dict(run)
    different = [
        f"{section}.{name}"
        for section in new
        if section not in SETTINGS_OF_JUDGING and isinstance(new[section], dict)
        for name in new[section]
        if old[section].get(name) != new[section][name]
    ] + [name for name in new if not isinstance(new[name], dict) and old.get(name) != new[name]]
    if different:
        raise RunError(
            f"The run {run.name} exists already with other settings: {', '.join(different)}. "
            "Give this run another name, or take the old folder away. Nothing was trained."
        )
