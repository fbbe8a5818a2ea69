"""The log of looks at a sealed test split: a chain of digests that only grows.

Each line holds the digest of the line before it, the first that of the seal, so that no line can
be changed, taken out or moved. ``looks.last`` holds the last one, so that none can be cut off at
the end. Whoever can write all files of the folder can write them all anew; then the reports made
before tell of looks that the log does not know (``refuse_forgotten``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medtune.errors import SealError
from medtune.tables.lock import alone
from medtune.tables.plan import PLAN, Departure, Plan, declare_plan, departures, read_plan
from medtune.tables.seal import LAST, LOOKS, Earlier, Seal, digest_of, now, read_seal, write_last

LOCK = ".looks.lock"
MODEL = "model"


@dataclass(frozen=True)
class Look:
    """One look at the test split.

    Attributes:
        look: its number, from 1.
        time: when, UTC.
        run: name of the run.
        verb: what was done.
        model: SHA-256 of the weights.
        plan: digest of the plan.
        departures: the settings that were not as declared.
        previous: digest of the line before, or of the seal.
    """

    look: int
    time: str
    run: str
    verb: str
    model: str
    plan: str
    departures: tuple[str, ...]
    previous: str

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        return digest_of(_content(self))


@dataclass(frozen=True)
class Opened:
    """The test split, once the look was logged.

    Attributes:
        seal: what was sealed.
        looks: all looks, this one last.
        plan: what was declared before the first.
        departures: what of this look is not as declared.
    """

    seal: Seal
    looks: tuple[Look, ...]
    plan: Plan
    departures: tuple[Departure, ...]


def declare_first(folder: Path, settings: Mapping[str, Any]) -> None:
    """Declare a plan where there is none yet.

    Raises:
        SealError: seal, plan or log are not what was written.
    """
    with alone(folder / LOCK):
        if not _checked(folder)[1] and read_plan(folder) is None:
            declare_plan(folder, settings)


def open_test(
    folder: Path, settings: Mapping[str, Any], *, run: str, verb: str, model: str
) -> Opened:
    """Log a look at the test split; nothing of it may be scored before.

    Before the first look the plan becomes what these settings say, and is frozen. The model of
    the first look belongs to what was declared.

    Args:
        folder: of the split.
        settings: of this analysis, as plain values.
        run: name of the run.
        verb: what is done.
        model: SHA-256 of the weights that are judged.

    Raises:
        SealError: seal, plan or log are not what was written.
    """
    with alone(folder / LOCK):
        seal, looks, plan = _checked(folder)
        if not looks:
            plan = declare_plan(folder, settings)
        assert plan is not None
        departed = departures(plan, settings)
        if looks and looks[0].model != model:
            departed.append(Departure(MODEL, looks[0].model, model))
        previous = looks[-1].digest if looks else seal.digest
        write_last(folder, len(looks), previous)  # it may lack the look of a process that died
        names = tuple(each.setting for each in departed)
        look = Look(len(looks) + 1, now(), run, verb, model, plan.digest, names, previous)
        _append(look, folder)
    return Opened(seal, (*looks, look), plan, tuple(departed))


def read_looks(folder: Path) -> list[Look]:
    """All looks at the test split so far, oldest first.

    Raises:
        SealError: seal, plan or log are not what was written.
    """
    return _checked(folder)[1]


def as_it_is(folder: Path) -> Earlier:
    """A test split and its log as they are now, for the seal of a larger one.

    Raises:
        SealError: seal, plan or log are not what was written.
    """
    seal, looks, _ = _checked(folder)
    last = looks[-1].digest if looks else seal.digest
    return Earlier(folder.name, seal.digest, len(looks), last)


def refuse_forgotten(looks: Iterable[Look], known: Iterable[tuple[int, str]], by: str) -> None:
    """Refuse a log that lacks a look of which something else tells.

    Args:
        looks: the log.
        known: number and digest of each look that was there once.
        by: who tells of it.

    Raises:
        SealError: with the number of the first such look.
    """
    there = {look.look: look.digest for look in looks}
    for number, digest in known:
        if there.get(number) != digest:
            raise SealError(
                f"{LOOKS} was begun anew or replaced: {by} tells of look {number} at this test "
                "split, which is not in it. Restore it from a copy."
            )


def _checked(folder: Path) -> tuple[Seal, list[Look], Plan | None]:
    """Seal, log and plan, each as it was written."""
    seal = read_seal(folder)
    looks = _chain(folder, seal)
    plan = read_plan(folder)
    if looks and plan is None:
        raise SealError(f"{PLAN} is gone: it was declared before the first look. Restore it.")
    if looks and plan is not None and looks[0].plan != plan.digest:
        raise SealError(f"{PLAN} is not the one that was declared before the first look.")
    if seal.earlier is not None:
        _check_earlier(folder.parent / seal.earlier.split, seal)
    return seal, looks, plan


def _check_earlier(folder: Path, seal: Seal) -> None:
    """Hold the log of the test split that this one enlarges against what the seal says of it."""
    assert seal.earlier is not None
    theirs, looks, _ = _checked(folder)
    if theirs.digest != seal.earlier.seal:
        raise SealError(
            f"The test split {folder.name}, which version {seal.version} enlarges, has another "
            "seal than it had then. Restore it."
        )
    if seal.earlier.looks:
        refuse_forgotten(looks, [(seal.earlier.looks, seal.earlier.last)], "the larger test split")


def _chain(folder: Path, seal: Seal) -> list[Look]:
    """The lines of the log, each held against the one before, and the last against its digest."""
    lines = _whole_lines(folder)
    looks = [_look(line, number) for number, line in enumerate(lines, 1)]
    numbers = [look.look for look in looks]
    if numbers != list(range(1, len(looks) + 1)):
        missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
        if missing:
            raise SealError(f"Look {missing[0]} was taken out of {LOOKS}. Restore it.")
        raise SealError(f"The lines of {LOOKS} stand in another order, or twice. Restore it.")
    previous = seal.digest
    for look in looks:
        if look.previous != previous:
            whose = "another seal" if look.look == 1 else f"another look {look.look - 1}"
            raise SealError(
                f"{LOOKS}, line {look.look}: it follows {whose} than the one that is there. "
                "Something was exchanged; restore it."
            )
        previous = look.digest
    count, last = _last(folder)
    if len(looks) < count:
        raise SealError(
            f"{LOOKS} was cut: it has {len(looks)} looks, and there were {count}. Restore it."
        )
    # a process that died between a line and its digest here has left one line more
    ends = [seal.digest, *(look.digest for look in looks)]
    if len(looks) > count + 1 or ends[count] != last:
        raise SealError(f"{LOOKS} and {LAST} are not of one making. Restore both.")
    return looks


def _whole_lines(folder: Path) -> list[str]:
    """The lines that end; what a process that died has half written was never looked at."""
    path = folder / LOOKS
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def _look(line: str, number: int) -> Look:
    try:
        content = json.loads(line)
        said = content.pop("sha256")
        look = Look(**{**content, "departures": tuple(content["departures"])})
        whole = said == look.digest and isinstance(look.look, int)
    except (ValueError, LookupError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise SealError(f"{LOOKS}, line {number} was changed by hand. Restore it.")
    return look


def _last(folder: Path) -> tuple[int, str]:
    """How many looks there were, and the digest of the last."""
    try:
        content = json.loads((folder / LAST).read_text(encoding="utf-8"))
        return int(content["looks"]), str(content["sha256"])
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        raise SealError(
            f"{LAST} is gone or damaged: whether {LOOKS} is whole cannot be told. Restore it."
        ) from None


def _append(look: Look, folder: Path) -> None:
    """Write the line to the disk, then its digest."""
    line = json.dumps({**_content(look), "sha256": look.digest}, ensure_ascii=False) + "\n"
    whole = sum(len(each.encode()) + 1 for each in _whole_lines(folder))
    with (folder / LOOKS).open("ab") as handle:
        handle.truncate(whole)  # what a process that died has half written
        handle.write(line.encode())
        handle.flush()
        os.fsync(handle.fileno())
    write_last(folder, look.look, look.digest)


def _content(look: Look) -> dict[str, Any]:
    return {**asdict(look), "departures": list(look.departures)}
