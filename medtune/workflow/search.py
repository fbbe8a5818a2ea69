"""``medtune search``: which settings of a run learn best, judged on the tune split alone."""

from __future__ import annotations

import gc
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.config.space import contains, is_whole, setting_of, with_settings
from medtune.errors import InputError, MedtuneError
from medtune.learning.adapt import HEAD_ALONE
from medtune.learning.hardware import Hardware, choose
from medtune.learning.lesson import Row
from medtune.learning.task import Monitor
from medtune.learning.trials import hopeless, must_have_optuna, propose
from medtune.run_folder import RunFolder, SearchFolder
from medtune.tables.schema import write_text
from medtune.workflow.asking import asked_of
from medtune.workflow.fine_tuning import learn, lesson_of
from medtune.workflow.preparing import Prepared, prepare, prepared_for
from medtune.workflow.progress import Tell, say, silent
from medtune.workflow.rerun import refuse_another_search
from medtune.workflow.search_record import (
    Record,
    best_of,
    counted,
    read_records,
    repeated,
    write_best,
    write_record,
    write_search_table,
)
from medtune.workflow.search_words import Searched, cost, found, how_it_ended, short


class HopelessError(Exception):
    """The trial under way is worse than most before it."""


class OutOfTimeError(Exception):
    """The search has had its hours; the trial under way goes on when it gets more."""


@dataclass(frozen=True)
class Shared:
    """What all trials of a search have in common.

    Attributes:
        run: with the space, and the settings that the search starts from.
        prepared: cases, split and films.
        home: where the search lies.
        monitor: what the tune split judges by.
        hardware: where it runs.
        tell: takes lines for a person.
        show: whether progress is shown.
    """

    run: Run
    prepared: Prepared
    home: SearchFolder
    monitor: Monitor
    hardware: Hardware
    tell: Tell
    show: bool


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
    if (devices := run.training.devices * run.training.nodes) > 1:
        raise InputError(
            f"'training.devices' and 'training.nodes' ask for {devices} devices, and medtune "
            "search trains each trial on one. Search with both 1, and train its best run with more."
        )
    must_have_optuna()
    home = RunFolder(run.runs / run.name).search
    records = read_records(home)
    if records:
        refuse_another_search(run, home.prepared)
    hardware = choose(run.training)
    tell(f"searching on {hardware.words}")
    tell(cost(run, records))
    prepared = prepare(run, home.prepared, begun=bool(records), allow=allow, show=show)
    write_text(run_as_yaml(run), home.prepared.config)  # more trials or hours may be given
    monitor = asked_of(run, prepared.labelled("train", run.data)).monitor
    shared = Shared(run, prepared, home, monitor, hardware, tell, show)
    while (record := _next(shared, records)) is not None:
        past = records[: record.number - 1]
        if record.state == "running":
            write_record(record, home)
            record = _tried(shared, record, past)
        records = [*past, record]
        write_record(record, home)
        if record.state == "running":
            tell(f"'search.hours' is over; trial {record.number} goes on when it gets more")
            break
        shutil.rmtree(home.trial(record.number).checkpoints, ignore_errors=True)
        best = _summed(shared, records)
        tell(how_it_ended(record, run.search.trials, best, monitor))
        if len(records) == 1:
            tell(cost(run, records))
    _summed(shared, records)  # where it was killed before it could
    return found(run, records, home, monitor)


def _summed(shared: Shared, records: list[Record]) -> Record | None:
    """The best trial so far, once the table of all and its own run file are written."""
    best = best_of(records, shared.monitor)
    write_search_table(records, shared.home, shared.monitor)
    if best is not None:
        write_best(shared.run, records, best, shared.home, shared.monitor)
    return best


def _next(shared: Shared, records: list[Record]) -> Record | None:
    """The trial to go on with, or the next one; None where there is none."""
    run = shared.run
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
    past = [record.tried(shared.monitor) for record in records]
    new = Record(len(records) + 1, propose(space, whole, past, run.training.seed))
    return repeated(new, records) or new


def _all_tried(run: Run, records: list[Record]) -> bool:
    """Whether the space holds lists only, and each combination has been tried."""
    lists = [values for values in run.search.space.values() if isinstance(values, list)]
    if len(lists) < len(run.search.space):
        return False
    return sum(counted(records).values()) >= math.prod(len(values) for values in lists)


def _tried(shared: Shared, record: Record, past: list[Record]) -> Record:
    """One trial to its end, or as far as the hours of the search reach."""
    monitor, hours = shared.monitor, shared.run.search.hours
    seen: list[Row] = []
    decided = 0
    others = [earlier.tried(monitor) for earlier in past]
    spent = sum(earlier.seconds for earlier in past)

    def steps() -> list[float]:
        return [float(row[f"tune_{monitor.name}"]) for row in seen]

    def seconds() -> float:
        return sum(float(row["seconds"]) for row in seen)

    def watch(rows: Sequence[Row], going_on: bool) -> None:
        nonlocal decided
        seen[:] = rows
        if not going_on:
            return
        worth = [monitor.worth(step) for step in steps()]
        # every epoch is decided on, in order: so it ends alike, wherever it was interrupted
        while decided < len(rows):
            decided += 1
            if rows[decided - 1]["stage"] != HEAD_ALONE and hopeless(others, worth[:decided]):
                raise HopelessError
        if hours is not None and spent + seconds() >= 3600 * hours:
            raise OutOfTimeError

    def ended(**how: Any) -> Record:
        return replace(record, steps=steps(), seconds=seconds(), **how)

    words = ", ".join(f"{name} {short(value)}" for name, value in record.settings.items())
    shared.tell(f"trial {record.number} of {shared.run.search.trials}: {words}")
    try:
        one = with_settings(shared.run, record.settings)
        prepared = prepared_for(one, shared.prepared, show=shared.show)
        folder = shared.home.trial(record.number)
        lesson = lesson_of(one, prepared, folder, shared.hardware, shared.tell)
        value, _ = learn(one, prepared, replace(lesson, watch=watch))
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
        return ended(state="failed", reason=f"its tune {monitor.words} is no number")
    return ended(state="complete", value=value)


def _reason(error: Exception) -> str:
    """Why a trial failed, in a line; a message that is not ours may hold a path."""
    if isinstance(error, MedtuneError):
        return " ".join(str(error).split())
    if isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error):
        return "out of memory"
    return f"a mistake of medtune's or of a library ({type(error).__name__})"
