"""What a search says: before it starts, after each trial, and in the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medtune.config.run import Run
from medtune.config.space import setting_of
from medtune.errors import RunError
from medtune.learning.task import Monitor
from medtune.run_folder import SearchFolder
from medtune.workflow.progress import lasting
from medtune.workflow.search_record import BEST_NAME, Record, best_of, counted


@dataclass(frozen=True)
class Searched:
    """What a search found.

    Attributes:
        folder: of the search.
        best: the run file with the best settings.
        name: of the run that it makes.
        trial: the best trial.
        trials: how many trials ended in which way, each set of settings once.
        own: the tune value of the run's own settings, where they were tried.
        monitor: what the tune split judges by.
    """

    folder: SearchFolder
    best: Path
    name: str
    trial: Record
    trials: dict[str, int]
    own: float | None
    monitor: Monitor

    def lines(self) -> list[str]:
        """For a person."""
        how = ", ".join(f"{count} {state}" for state, count in self.trials.items())
        own = "" if self.own is None else f"; as the run stands, {self.own:.4f}"
        return [
            f"Best of {sum(self.trials.values())} trials ({how}): trial {self.trial.number}, "
            f"tune {self.monitor.words} {self.trial.value:.4f}{own}",
            *(f"  {name}: {value}" for name, value in self.trial.settings.items()),
            f"All trials: {self.folder.table}",
            f"Next: medtune train {self.best}",
        ]

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {
            "run_file": str(self.best),
            "name": self.name,
            "table": str(self.folder.table),
            "trials": self.trials,
            "best": {
                "trial": self.trial.number,
                f"tune_{self.monitor.name}": self.trial.value,
                "settings": self.trial.settings,
            },
            f"own_tune_{self.monitor.name}": self.own,
        }


def short(value: Any) -> str:
    """A value of a setting in a line."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def how_it_ended(record: Record, trials: int, best: Record | None, monitor: Monitor) -> str:
    """How a trial ended."""
    said = f"trial {record.number} of {trials}: {record.state}"
    if record.same_as is not None:
        return f"{said}, the same settings as trial {record.same_as}"
    reached = record.reached(monitor)
    if reached is not None:
        said += f", tune {monitor.words} {reached:.4f}"
    if record.reason:
        return f"{said}: {record.reason}"
    return f"{said} (best)" if best is not None and best.number == record.number else said


def cost(run: Run, records: list[Record]) -> str:
    """What the search may take: in trainings at first, in time once trials have ended."""
    ended = [record for record in records if record.state == "complete" and record.same_as is None]
    left = run.search.trials - len([record for record in records if record.state != "running"])
    if left <= 0:
        return "all trials have ended; 'search.trials' may be given more"
    hours = run.search.hours
    limit = "" if hours is None else f", at most {hours:g} hours of epochs together"
    if not ended:
        return f"at most {left} trainings, one after the other{limit}"
    each = sum(record.seconds for record in ended) / len(ended)
    return (
        f"at most {left} more trainings, about {lasting(left * each)} of epochs where none is "
        f"stopped early (one took {lasting(each)}){limit}"
    )


def found(run: Run, records: list[Record], home: SearchFolder, monitor: Monitor) -> Searched:
    """The outcome of a search.

    Args:
        run: with the settings that it started from.
        records: of its trials.
        home: of the search.
        monitor: what the tune split judges by.

    Raises:
        RunError: no trial has ended well.
    """
    best = best_of(records, monitor)
    if best is None:
        failed = [record for record in records if record.state == "failed"]
        if failed and len(failed) == len(records):
            raise RunError(
                f"All {len(failed)} trials failed; trial 1: {failed[0].reason} (the others: "
                f"{home.table.name}). Nothing was chosen."
            )
        raise RunError(
            f"No trial has ended within 'search.hours: {run.search.hours:g}'. Give it more, or the "
            "run fewer epochs; the trial that was begun goes on where it was stopped."
        )
    own = {name: setting_of(run, name) for name in run.search.space}
    as_it_stands = next((one.value for one in records if one.settings == own), None)
    name = BEST_NAME.format(name=run.name)
    return Searched(home, home.best, name, best, counted(records), as_it_stands, monitor)
