"""Which steps a run takes: the order of work is the same for all, the steps are the task's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

from medtune.config.run import AnyRun


def wing_of(run: AnyRun) -> ModuleType:
    """The steps of a run's task.

    They are ``decides_split``, ``must_start``, ``prepare``, ``fine_tune``, ``evaluate``, ``check``
    and ``predict``: see ``workflow.films_steps``, ``workflow.texts.steps`` and
    ``workflow.chats.steps``.
    """
    return STEPS[run.task]()


def _films() -> ModuleType:
    from medtune.workflow import films_steps

    return films_steps


def _intents() -> ModuleType:
    from medtune.workflow.texts import steps

    return steps


def _conversations() -> ModuleType:
    from medtune.workflow.chats import steps

    return steps


STEPS: Mapping[str, Callable[[], ModuleType]] = {
    "xray_findings": _films,
    "support_intent": _intents,
    "support_chat": _conversations,
}
