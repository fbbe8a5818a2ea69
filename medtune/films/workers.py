"""Films decoded by several processes, or by threads of this one where there are few."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pandas as pd

from medtune.errors import MedtuneError
from medtune.films import decoding
from medtune.films.decoding import Outcome, Task
from medtune.films.journal import ROW_COLUMNS
from medtune.films.preprocessing import Preprocessing

CHUNK = 16  # films a worker takes at a time
FEW = 256  # films that are decoded before a process of its own would have started
BROKE_DOWN: Outcome = {
    "reason": "undecodable",
    "notes": "The decoder broke down on this file.",
    "text": None,
    "digest": None,
    "fingerprint": None,
}
Work = Callable[[list[Task]], list[Outcome]]


def decoded(
    wanted: pd.DataFrame, spec: Preprocessing, array: Path, processes: int | None
) -> Iterator[pd.DataFrame]:
    """Decode films into their rows of the array.

    Args:
        wanted: case_id, path, member, frame, row, bytes and modified of each film.
        spec: how they are prepared.
        array: the file of rows.
        processes: how many; None for one a core, and none beside this one for few films.

    Yields:
        Rows of the store's table, in the order of the films.

    Raises:
        MedtuneError: a process cannot be started, or the fault is ours.
    """
    cores = len(os.sched_getaffinity(0))
    if processes is None:
        processes = cores if len(wanted) > FEW else 0
    team: _Threads | _Team = _Team(processes, spec, array) if processes else _Threads(spec, array)
    chunks = [wanted.iloc[i : i + CHUNK] for i in range(0, len(wanted), CHUNK)]
    with team, ThreadPoolExecutor(processes or cores) as pool:
        try:
            for chunk, outcomes in zip(
                chunks, pool.map(lambda c: team.work(_tasks(c)), chunks), strict=True
            ):
                yield _rows(chunk, outcomes)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _tasks(films: pd.DataFrame) -> list[Task]:
    return [
        {"path": str(path), "member": str(member), "frame": int(frame), "row": int(row)}
        for path, member, frame, row in zip(
            films["path"], films["member"], films["frame"], films["row"], strict=True
        )
    ]


def _rows(films: pd.DataFrame, outcomes: list[Outcome]) -> pd.DataFrame:
    found = pd.DataFrame(outcomes, index=films.index)
    texts = [outcome["fingerprint"] for outcome in outcomes]
    found["fingerprint"] = [None if text is None else bytes.fromhex(text) for text in texts]
    kept = films[["case_id", "row", "bytes", "modified"]].join(found)
    kept["row"] = kept["row"].astype("Int64").mask(kept["reason"].notna())
    return kept[list(ROW_COLUMNS)]


class _Threads:
    """Threads of this process; the decoders and OpenCV let go of the interpreter."""

    def __init__(self, spec: Preprocessing, array: Path) -> None:
        self.spec, self.array = spec, array

    def __enter__(self) -> None:
        self.file = os.open(self.array, os.O_WRONLY)

    def __exit__(self, *_: object) -> None:
        os.close(self.file)

    def work(self, tasks: list[Task]) -> list[Outcome]:
        return [decoding.decode(task, self.spec, self.file) for task in tasks]


class _Team:
    """Processes, one for each thread that asks."""

    def __init__(self, processes: int, spec: Preprocessing, array: Path) -> None:
        self.order = decoding.order(spec, array)
        self.mine = threading.local()
        self.all: list[subprocess.Popen[str]] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        for process in self.all:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what is left unsaid cannot be said any more
                        pipe.close()

    def work(self, tasks: list[Task]) -> list[Outcome]:
        outcomes = self._ask(tasks)
        if outcomes is not None:
            return outcomes
        # One of them brought the process down: each is asked about alone.
        alone = [self._ask([task]) for task in tasks]
        return [found[0] if found else BROKE_DOWN for found in alone]

    def _ask(self, tasks: list[Task]) -> list[Outcome] | None:
        process: subprocess.Popen[str] | None = getattr(self.mine, "process", None)
        if process is None or process.poll() is not None:
            process = self.mine.process = self._start()
        answer = _said(process, json.dumps(tasks))
        if not answer:
            process.wait()
            return None
        outcomes: list[Outcome] | str = json.loads(answer)
        if isinstance(outcomes, str):
            raise MedtuneError(f"medtune made a mistake of its own on a film ({outcomes}).")
        return outcomes

    def _start(self) -> subprocess.Popen[str]:
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        process = subprocess.Popen(
            decoding.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what a decoder prints may quote the file
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        self.all.append(process)
        if not _said(process, self.order):
            raise MedtuneError("A process that decodes films could not be started.")
        return process


def _said(process: subprocess.Popen[str], line: str) -> str:
    """What a process answers to a line; nothing where it is gone."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return ""
