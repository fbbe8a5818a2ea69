"""``medtune search``: which settings of a run learn best, judged on the tune split alone."""

from __future__ import annotations

import gc
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.config.space import contains, is_whole, setting_of, with_settings
from medtune.errors import InputError, MedtuneError, RunError
from medtune.learning.adapt import HEAD_ALONE
from medtune.learning.hardware import Hardware, choose
from medtune.learning.lesson import Row
from medtune.learning.trials import hopeless, must_have_optuna, propose
from medtune.run_folder import RunFolder, SearchFolder
from medtune.tables.schema import write_text
from medtune.vision.tasks import XrayFindings
from medtune.workflow.fine_tuning import Tell, learn, lesson_of
from medtune.workflow.preparing import Prepared, prepare, prepared_for
from medtune.workflow.progress import lasting, say, silent
from medtune.workflow.rerun import refuse_another_search
from medtune.workflow.search_record import (
    BEST_NAME,
    Record,
    best_of,
    counted,
    read_records,
    repeated,
    write_best,
    write_record,
    write_search_table,
)

MONITOR = XrayFindings.monitor


class HopelessError(Exception):
    """The trial under way is worse than most before it."""


class OutOfTimeError(Exception):
    """The search has had its hours; the trial under way goes on when it gets more."""


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
    """

    folder: SearchFolder
    best: Path
    name: str
    trial: Record
    trials: dict[str, int]
    own: float | None

    def lines(self) -> list[str]:
        """For a person."""
        how = ", ".join(f"{count} {state}" for state, count in self.trials.items())
        own = "" if self.own is None else f"; as the run stands, {self.own:.4f}"
        return [
            f"Best of {sum(self.trials.values())} trials ({how}): trial {self.trial.number}, "
            f"tune {MONITOR.words} {self.trial.value:.4f}{own}",
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
                f"tune_{MONITOR.name}": self.trial.value,
                "settings": self.trial.settings,
            },
            f"own_tune_{MONITOR.name}": self.own,
        }


def search(run: Run, *, allow: Sequence[str] = (), show: bool = True) -> Searched:
    """Train with settings from ``search.space``, or go on, and write down the best.

    Each trial is a training like any other, judged by the tune split; no film of calibration or
    test is scored. Trials share cases, split and decoded films. Started again, the search goes on
    where it was stopped, in the middle of a trial too, and more trials or hours may be given.

    Args:
        run: as ``load_run`` gives it.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.

    Returns:
        The best settings and where they are written.

    Raises:
        InputError: no space, no optuna, or films, labels or weights that cannot be used.
        RunError: the folder holds another search, or no trial has ended well.
        LeakError: what is in the test would be known before; see ``medtune check``.
    """
    tell = say if show else silent
    if not run.search.space:
        raise InputError(
            "'search.space' names no setting to try out, such as {training.learning_rate: {low: "
            "1e-5, high: 1e-3, log: true}, model.adapt: [lp_ft, lora]}. Nothing was searched."
        )
    must_have_optuna()
    home = RunFolder(run.runs / run.name).search
    records = read_records(home)
    if records:
        refuse_another_search(run, home.prepared)
    hardware = choose(run.training)
    tell(f"searching on {hardware.words}")
    _say_cost(run, records, tell)
    prepared = prepare(run, home.prepared, begun=bool(records), allow=allow, show=show)
    write_text(run_as_yaml(run), home.prepared.config)  # more trials or hours may be given
    while (record := _next(run, records)) is not None:
        past = records[: record.number - 1]
        if record.state == "running":
            write_record(record, home)
            record = _tried(run, record, past, prepared, home, hardware, tell, show=show)
        records = [*past, record]
        write_record(record, home)
        if record.state == "running":
            tell(f"'search.hours' is over; trial {record.number} goes on when it gets more")
            break
        shutil.rmtree(home.trial(record.number).checkpoints, ignore_errors=True)
        best = _summed(run, records, home)
        tell(_words(record, run.search.trials, best))
        if len(records) == 1:
            _say_cost(run, records, tell)
    _summed(run, records, home)  # where it was killed before it could
    return _found(run, records, home)


def _summed(run: Run, records: list[Record], home: SearchFolder) -> Record | None:
    """The best trial so far, once the table of all and its own run file are written."""
    best = best_of(records, MONITOR)
    write_search_table(records, home, MONITOR)
    if best is not None:
        write_best(run, records, best, home, MONITOR)
    return best


def _next(run: Run, records: list[Record]) -> Record | None:
    """The trial to go on with, or the next one; None where there is none."""
    if records and records[-1].state == "running":
        return records[-1]
    spent = sum(record.seconds for record in records)
    out_of_time = run.search.hours is not None and spent >= 3600 * run.search.hours
    if len(records) >= run.search.trials or out_of_time or _all_tried(run, records):
        return None
    space = run.search.space
    own = {name: setting_of(run, name) for name in space}
    if not records and all(contains(space[name], value) for name, value in own.items()):
        return Record(1, own)  # the run as it stands: what the others have to beat
    whole = [name for name in space if is_whole(name)]
    past = [record.tried(MONITOR) for record in records]
    new = Record(len(records) + 1, propose(space, whole, past, run.training.seed))
    return repeated(new, records) or new


def _all_tried(run: Run, records: list[Record]) -> bool:
    """Whether the space holds lists only, and each combination has been tried."""
    lists = [values for values in run.search.space.values() if isinstance(values, list)]
    if len(lists) < len(run.search.space):
        return False
    return sum(counted(records).values()) >= math.prod(len(values) for values in lists)


def _tried(
    run: Run,
    record: Record,
    past: list[Record],
    prepared: Prepared,
    home: SearchFolder,
    hardware: Hardware,
    tell: Tell,
    *,
    show: bool,
) -> Record:
    """One trial to its end, or as far as the hours of the search reach."""
    seen: list[Row] = []
    decided = 0
    worth = [earlier.tried(MONITOR) for earlier in past]
    spent = sum(earlier.seconds for earlier in past)

    def watch(rows: Sequence[Row], going_on: bool) -> None:
        nonlocal decided
        seen[:] = rows
        if not going_on:
            return
        steps = [MONITOR.worth(step) for step in _steps(rows)]
        # every epoch is decided on, in order: so it ends alike, wherever it was interrupted
        while decided < len(rows):
            decided += 1
            if rows[decided - 1]["stage"] != HEAD_ALONE and hopeless(worth, steps[:decided]):
                raise HopelessError
        hours = run.search.hours
        if hours is not None and spent + _seconds(rows) >= 3600 * hours:
            raise OutOfTimeError

    def ended(**how: Any) -> Record:
        return replace(record, steps=_steps(seen), seconds=_seconds(seen), **how)

    words = ", ".join(f"{name} {_short(value)}" for name, value in record.settings.items())
    tell(f"trial {record.number} of {run.search.trials}: {words}")
    try:
        one = with_settings(run, record.settings)
        its = prepared_for(one, prepared, show=show)
        lesson = lesson_of(one, its, home.trial(record.number), hardware, tell)
        value, _ = learn(one, its, replace(lesson, watch=watch))
    except HopelessError:
        return ended(state="pruned", reason="below the median of the trials before it")
    except OutOfTimeError:
        return ended()
    except OSError:
        raise  # a full disk is no fault of the settings
    except Exception as error:
        return ended(state="failed", reason=_reason(error))
    finally:
        gc.collect()  # networks hold themselves in circles, and the next one needs the memory
    if not math.isfinite(value):
        return ended(state="failed", reason=f"its tune {MONITOR.words} is no number")
    return ended(state="complete", value=value)


def _reason(error: Exception) -> str:
    """Why a trial failed, in a line; a message that is not ours may hold a path."""
    if isinstance(error, MedtuneError):
        return " ".join(str(error).split())
    if isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error):
        return "out of memory"
    return f"a mistake of medtune's or of a library ({type(error).__name__})"


def _steps(rows: Sequence[Row]) -> list[float]:
    return [float(row[f"tune_{MONITOR.name}"]) for row in rows]


def _seconds(rows: Sequence[Row]) -> float:
    return sum(float(row["seconds"]) for row in rows)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _words(record: Record, trials: int, best: Record | None) -> str:
    """How a trial ended."""
    said = f"trial {record.number} of {trials}: {record.state}"
    if record.same_as is not None:
        return f"{said}, the same settings as trial {record.same_as}"
    reached = record.reached(MONITOR)
    if reached is not None:
        said += f", tune {MONITOR.words} {reached:.4f}"
    if record.reason:
        return f"{said}: {record.reason}"
    return f"{said} (best)" if best is not None and best.number == record.number else said


def _say_cost(run: Run, records: list[Record], tell: Tell) -> None:
    """What the search may take: in trainings at first, in time once trials have ended."""
    ended = [record for record in records if record.state == "complete" and record.same_as is None]
    left = run.search.trials - len([record for record in records if record.state != "running"])
    hours = run.search.hours
    limit = "" if hours is None else f", at most {hours:g} hours of epochs together"
    if not ended:
        tell(f"at most {left} trainings, one after the other{limit}")
        return
    each = sum(record.seconds for record in ended) / len(ended)
    tell(
        f"at most {left} more trainings, about {lasting(left * each)} of epochs where none is "
        f"stopped early (one took {lasting(each)}){limit}"
    )


def _found(run: Run, records: list[Record], home: SearchFolder) -> Searched:
    """The outcome.

    Raises:
        RunError: no trial has ended well.
    """
    best = best_of(records, MONITOR)
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
    return Searched(home, home.best, name, best, counted(records), as_it_stands)
