"""Which wing a run belongs to: the order of work is the same, its steps are the wing's own."""

from __future__ import annotations

from types import ModuleType

from medtune.config.run import AnyRun


def wing_of(run: AnyRun) -> ModuleType:
    """The steps of a run's wing.

    A wing has ``decides_split``, ``must_start``, ``prepare``, ``fine_tune``, ``evaluate``,
    ``check`` and ``predict``: see ``workflow.films_steps`` and ``workflow.texts.steps``.
    """
    if run.data.wing == "vision":
        from medtune.workflow import films_steps

        return films_steps
    from medtune.workflow.texts import steps

    return steps
