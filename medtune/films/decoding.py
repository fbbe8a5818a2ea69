"""A process that decodes films into their rows of the store; told what on stdin, in JSON lines.

It is a process of its own and no fork or spawn of the caller: a script or a notebook needs no
guard around its main part, and a file that brings a decoder down does not bring the caller down.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from medtune.dicom import Place
from medtune.errors import UnreadableFile
from medtune.films.preprocessing import Preprocessing, prepare

HEADER = 128  # bytes before the first row of the array, by numpy's format


class Task(TypedDict):
    """One film to be decoded."""

    path: str
    member: str
    frame: int | None
    row: int


class Outcome(TypedDict):
    """What became of it; a reason stands where there is no picture."""

    reason: str | None
    notes: str
    text: str | None
    digest: str | None
    fingerprint: str | None  # hexadecimal


def decode(task: Task, spec: Preprocessing, array: int) -> Outcome:
    """Decode one film into its row.

    Args:
        task: which film and which row.
        spec: how it is prepared.
        array: an open file of rows behind a header.
    """
    try:
        found = prepare(Place(Path(task["path"]), task["member"]), spec, task["frame"])
    except UnreadableFile as error:
        return {
            "reason": error.reason,
            "notes": error.detail,
            "text": None,
            "digest": None,
            "fingerprint": None,
        }
    row = found.pixels.tobytes()
    os.pwrite(array, row, HEADER + task["row"] * len(row))
    return {
        "reason": None,
        "notes": "; ".join(found.notes),
        "text": found.text,
        "digest": digest(found.pixels),
        "fingerprint": found.fingerprint.tobytes().hex(),
    }


def digest(pixels: NDArray[Any]) -> str:
    """What tells one row of the store from another, and whether it is whole."""
    return blake2b(np.ascontiguousarray(pixels).data, digest_size=12).hexdigest()


def command() -> list[str]:
    """How such a process is started."""
    return [sys.executable, "-P", "-m", "medtune.films.decoding"]


def order(spec: Preprocessing, array: Path) -> str:
    """The first line that it is told."""
    return json.dumps({"spec": asdict(spec), "array": str(array)})


def main() -> None:
    """Read the order, then tasks by the line; answer each with outcomes, or an error's name."""
    cv2.setNumThreads(1)  # there is a process a core
    begun = json.loads(sys.stdin.readline())
    spec = Preprocessing(**begun["spec"])
    array = os.open(begun["array"], os.O_WRONLY)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        try:
            answer: Any = [decode(task, spec, array) for task in json.loads(line)]
        except Exception as error:  # a mistake of ours; its message may quote the film
            answer = type(error).__name__
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
