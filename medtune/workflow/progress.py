"""A progress bar for a person who waits; nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.text import Text

Tell = Callable[[str], None]


class _Rate(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


class Progress:
    """Counts steps of one piece of work, on stderr.

    Args:
        words: what is being done.
        total: how many steps there will be; None where nobody knows.
        show: whether anybody looks.
    """

    def __init__(self, words: str, total: int | None = None, *, show: bool = True) -> None:
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not (show and sys.stderr.isatty()),
            transient=True,
        )
        self._task = self._bar.add_task(words, total=total)

    def step(self, steps: int = 1) -> None:
        """So many more are done."""
        self._bar.advance(self._task, steps)

    def expect(self, total: int) -> None:
        """So many steps there will be: it has become known."""
        self._bar.update(self._task, total=total)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()


def say(line: str) -> None:
    """One line for a person, on stderr: stdout is for results."""
    print(line, file=sys.stderr, flush=True)


def silent(line: str) -> None:
    """Nobody looks."""


def lasting(seconds: float) -> str:
    """A length of time in the unit that suits it: 40 seconds, 12 minutes, 3.4 hours."""
    for size, unit in ((3600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.0f} seconds"
