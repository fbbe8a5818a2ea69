"""The store: every film decoded once, into one array on disk beside its table."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from medtune.films.array import grow, open_array, rows_of, verified
from medtune.films.journal import Journal
from medtune.films.preprocessing import Preprocessing
from medtune.films.workers import decoded
from medtune.tables.lock import alone
from medtune.tables.schema import write_text

AWAY = "unreadable"  # a file that could not be opened is tried again the next time


@dataclass(frozen=True)
class Decoded:
    """Films ready to be learnt from or judged.

    Attributes:
        pixels: (N, S, S) uint8 or uint16 on disk; its greatest value is white, dense.
        rows: index case_id; row (place in pixels, empty where it could not be decoded), reason,
            notes (what was decided about the pixels), text (why it may carry burned-in text),
            digest and fingerprint of the picture.
    """

    pixels: NDArray[Any]
    rows: pd.DataFrame


def open_store(
    folder: Path,
    spec: Preprocessing,
    locations: pd.DataFrame,
    *,
    processes: int | None = None,
    tick: Callable[[int], None] = lambda films: None,
) -> Decoded:
    """Decode what the store does not hold yet, and open it.

    A process that is killed loses the films of the last few seconds; the next one goes on, and
    ends with the same bytes as if nothing had happened.

    Args:
        folder: the work folder's ``store``.
        spec: how films are prepared; it names the store.
        locations: case_id, path, member and frame of the films that are wanted.
        processes: that decode; one a core by default, and none beside this one for few films.
        tick: called with the number of films decoded, for a progress bar.
    """
    home = folder / spec.digest
    with alone(home / ".lock"):  # array and table must be of one making
        for left in home.glob(".*.partial"):  # of a process that was killed
            left.unlink()
        array = home / "pixels.npy"
        journal = Journal(home)
        known = journal.read()
        known = known[verified(array, spec, known)]
        locations = _with_stamps(locations)
        current = _current(known, locations)
        known = known[current | ~known["case_id"].isin(locations["case_id"])]
        wanted = locations[~locations["case_id"].isin(known["case_id"])]
        if len(wanted):
            wanted = journal.plan(wanted, known, free=rows_of(array))
            grow(array, spec, int(wanted["row"].max()) + 1)
            for part in decoded(wanted, spec, array, processes):
                journal.add(part, array)
                tick(len(part))
            known = journal.end(known, array, spec)
            write_text(json.dumps(asdict(spec), indent=1), home / "spec.json")
    return Decoded(open_array(array, spec), known.set_index("case_id"))


def _with_stamps(locations: pd.DataFrame) -> pd.DataFrame:
    """The films with size and time of their files; empty where these cannot be reached."""
    stamps: dict[str, tuple[int | None, int | None]] = {}
    for path in locations["path"].unique():
        try:
            found = os.stat(path)
        except OSError:
            stamps[path] = (None, None)
        else:
            stamps[path] = (found.st_size, found.st_mtime_ns)
    found_at = [stamps[path] for path in locations["path"]]
    return locations.assign(
        bytes=pd.array([size for size, _ in found_at], dtype="Int64"),
        modified=pd.array([modified for _, modified in found_at], dtype="Int64"),
    )


def _current(known: pd.DataFrame, locations: pd.DataFrame) -> pd.Series:
    """Which rows of the store are of the files as they are now, as far as these can be reached."""
    now = locations.set_index("case_id")[["bytes", "modified"]]
    now = now.reindex(known["case_id"]).set_axis(known.index)
    away = now["bytes"].isna()
    same = (now["bytes"] == known["bytes"]) & (now["modified"] == known["modified"])
    return away | (same.fillna(False) & (known["reason"].fillna("") != AWAY))
