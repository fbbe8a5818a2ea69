"""What a search has tried: a file a trial, a table of all, and the best as a run file."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import pandas as pd
import yaml

from medtune.config.located import Dumper
from medtune.config.run import Run
from medtune.learning.task import Monitor
from medtune.learning.trials import Tried
from medtune.run_folder import SearchFolder
from medtune.tables.schema import write_table, write_text

State = Literal["running", "complete", "pruned", "failed"]
BEST_NAME = "{name}-best"


@dataclass(frozen=True)
class Record:
    """One trial.

    Attributes:
        number: from 1.
        settings: name to value.
        state: running (it goes on when the search does), complete, pruned (stopped early) or
            failed.
        value: of the monitor on the tune split, of the weights that it ended with.
        steps: the same after each epoch.
        seconds: of its epochs.
        reason: why it was stopped or failed.
        same_as: an earlier trial with the same settings, whose outcome this one has.
    """

    number: int
    settings: dict[str, Any]
    state: State = "running"
    value: float | None = None
    steps: list[float] = field(default_factory=list)
    seconds: float = 0.0
    reason: str = ""
    same_as: int | None = None

    def tried(self, monitor: Monitor) -> Tried:
        """As the sampler wants it: higher is better."""
        assert self.state != "running"
        value = None if self.value is None else monitor.worth(self.value)
        return Tried(self.settings, [monitor.worth(step) for step in self.steps], value, self.state)

    def reached(self, monitor: Monitor) -> float | None:
        """What it ended with, or the best that it had when it was stopped."""
        steps = [step for step in self.steps if math.isfinite(step)]
        return self.value if self.value is not None else max(steps, key=monitor.worth, default=None)


def read_records(folder: SearchFolder) -> list[Record]:
    """All trials so far, in order; the last one may be running."""
    files = sorted(folder.records.glob("*.json"))
    return [Record(**json.loads(file.read_text(encoding="utf-8"))) for file in files]


def write_record(record: Record, folder: SearchFolder) -> None:
    """Write one trial."""
    write_text(json.dumps(asdict(record), indent=1), folder.record(record.number))


def repeated(record: Record, past: Sequence[Record]) -> Record | None:
    """The outcome of an earlier trial with the same settings, as this one's own."""
    for earlier in past:
        if earlier.settings == record.settings:
            first = earlier.number if earlier.same_as is None else earlier.same_as
            return replace(earlier, number=record.number, seconds=0.0, same_as=first)
    return None


def best_of(records: Sequence[Record], monitor: Monitor) -> Record | None:
    """The trial with the best tune value, the earlier one of equals; None where none has ended.

    The loss does not decide between equals, as it does within a run: it may be another loss.
    """
    ended = [
        record for record in records if record.state == "complete" and record.value is not None
    ]
    return max(
        ended, key=lambda record: (monitor.worth(record.value or 0.0), -record.number), default=None
    )


def counted(records: Sequence[Record]) -> dict[str, int]:
    """Trials by how they ended, each set of settings once."""
    own = [record.state for record in records if record.same_as is None]
    return {state: own.count(state) for state in ("complete", "pruned", "failed") if state in own}


def write_search_table(records: Sequence[Record], folder: SearchFolder, monitor: Monitor) -> None:
    """Write ``search.csv``: a row a trial, its settings and its tune value."""
    rows = [
        {
            "trial": record.number,
            "state": record.state,
            f"tune_{monitor.name}": record.reached(monitor),
            **{name: _plain(value) for name, value in record.settings.items()},
            "epochs": len(record.steps),
            "seconds": round(record.seconds, 2),
            "same_as": record.same_as,
            "reason": record.reason,
        }
        for record in records
    ]
    write_table(pd.DataFrame(rows).astype({"same_as": "Int64"}), folder.table)


def write_best(
    run: Run, records: Sequence[Record], best: Record, folder: SearchFolder, monitor: Monitor
) -> None:
    """Write the best settings as a run file that starts from the run of the search."""
    how = counted(records)
    said = ", ".join(f"{count} {state}" for state, count in how.items())
    content: dict[str, Any] = {
        "start_from": folder.prepared.config.name,
        "name": BEST_NAME.format(name=run.name),
        "search": {"chosen_from": sum(how.values())},
    }
    for name, value in best.settings.items():
        section, _, setting = name.partition(".")
        content.setdefault(section, {})[setting] = value
    header = (
        f"# Written by 'medtune search': trial {best.number}, tune {monitor.words} "
        f"{best.value:.4f}, the best of {sum(how.values())} ({said}).\n"
        "# A best of many flatters; what the settings are worth only the test split says.\n"
    )
    text = yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True)
    write_text(header + text, folder.best)


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value
