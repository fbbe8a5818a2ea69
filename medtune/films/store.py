"""The store: every film decoded once, into one array on disk beside its table."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.dicom import read_xray
from medtune.dicom.privacy import burned_in_suspect
from medtune.errors import UnreadableFile
from medtune.films.burned_in import suspect_text
from medtune.tables.schema import TEXT, read_table, write_table, write_text, write_whole

FULL_SCALE = 65535  # a stored pixel of 65535 is 1.0: white, dense
CHUNK = 16  # films a worker takes at a time
ROW_COLUMNS = {
    "case_id": TEXT,
    "row": "Int64",
    "reason": TEXT,
    "notes": TEXT,
    "text": TEXT,
    "bytes": "Int64",  # size and time of the file that was decoded: another file is decoded again
    "modified": "Int64",
}
AWAY = "unreadable"  # a file that could not be opened is tried again the next time


@dataclass(frozen=True)
class Preprocessing:
    """How a film becomes a square picture; part of the checkpoint, applied everywhere alike.

    Attributes:
        image_size: pixels a side.
        fit: pad keeps the aspect ratio and fills up with black.
        window: which VOI LUT or window is applied; 1 is the file's first.
        version: raised when the same settings would give other pixels.
    """

    image_size: int
    fit: str = "pad"
    window: int = 1
    version: int = 1

    @property
    def digest(self) -> str:
        """Name of the store that holds films prepared this way."""
        spec = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(spec.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Decoded:
    """Films ready to be learnt from or judged.

    Attributes:
        pixels: (N, S, S) uint16 on disk; 65535 is white, dense.
        rows: index case_id; row (place in pixels, empty where it could not be decoded), reason,
            notes (what was decided about the pixels), text (why it may carry burned-in text).
    """

    pixels: NDArray[np.uint16]
    rows: pd.DataFrame


def prepare(pixels: NDArray[np.float32], spec: Preprocessing) -> NDArray[np.uint16]:
    """One film as the store keeps it.

    Args:
        pixels: (H, W) in [0, 1].
        spec: how.

    Returns:
        (S, S) uint16, area-averaged, its aspect ratio kept, black around it.
    """
    size = spec.image_size
    height, width = pixels.shape
    scale = size / max(height, width)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(pixels, inner, interpolation=way)
    square = np.zeros((size, size), np.float32)
    top, left = (size - inner[1]) // 2, (size - inner[0]) // 2
    square[top : top + inner[1], left : left + inner[0]] = small
    return np.rint(np.clip(square, 0, 1) * FULL_SCALE).astype(np.uint16)


def open_store(
    folder: Path,
    spec: Preprocessing,
    locations: pd.DataFrame,
    *,
    threads: int | None = None,
    tick: Callable[[int], None] | None = None,
) -> Decoded:
    """Decode what the store does not hold yet, and open it.

    Args:
        folder: the work folder's ``store``.
        spec: how films are prepared; it names the store.
        locations: case_id and path of the films that are wanted.
        threads: workers; as many as cores by default.
        tick: called with the number of films decoded, for a progress bar.
    """
    home = folder / spec.digest
    table, array = home / "rows.parquet", home / "pixels.npy"
    with _alone(home):
        known = read_table(table) if table.exists() else pd.DataFrame(columns=list(ROW_COLUMNS))
        for left in home.glob(".*.partial"):  # of a process that was killed
            left.unlink()
        locations = locations.join(_stamps(locations["path"]))
        current = _current(known, locations)
        known = known[current | ~known["case_id"].isin(locations["case_id"])]
        wanted = locations[~locations["case_id"].isin(known["case_id"])]
        if len(wanted):
            known = _decode_into(home, spec, known, wanted, threads, tick)
    pixels: NDArray[np.uint16] = (
        np.load(array, mmap_mode="r")
        if array.exists()
        else np.zeros((0, spec.image_size, spec.image_size), np.uint16)
    )
    return Decoded(pixels, known.set_index("case_id"))


def _stamps(paths: pd.Series) -> pd.DataFrame:
    """Size and time of each file; empty where it cannot be reached."""
    stamps: list[tuple[int | None, int | None]] = []
    for path in paths:
        try:
            found = os.stat(path)
        except OSError:
            stamps.append((None, None))
        else:
            stamps.append((found.st_size, found.st_mtime_ns))
    return pd.DataFrame(stamps, columns=["bytes", "modified"], index=paths.index, dtype="Int64")


def _current(known: pd.DataFrame, locations: pd.DataFrame) -> pd.Series:
    """Which rows of the store are of the files as they are now, as far as these can be reached."""
    now = locations.set_index("case_id")[["bytes", "modified"]]
    now = now.reindex(known["case_id"]).set_axis(known.index)
    away = now["bytes"].isna()
    same = (now["bytes"] == known["bytes"]) & (now["modified"] == known["modified"])
    return away | (same.fillna(False) & (known["reason"].fillna("") != AWAY))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Let one process at a time write a store: array and table must be of one making."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _decode_into(
    home: Path,
    spec: Preprocessing,
    known: pd.DataFrame,
    wanted: pd.DataFrame,
    threads: int | None,
    tick: Callable[[int], None] | None,
) -> pd.DataFrame:
    """Write an array of the old films and the new ones, then its table, each whole."""
    table, array = home / "rows.parquet", home / "pixels.npy"
    old = np.load(array, mmap_mode="r") if array.exists() else None
    kept = 0 if old is None else len(old)
    rows: list[dict[str, object]] = []

    def write(partial: Path) -> None:
        shape = (kept + len(wanted), spec.image_size, spec.image_size)
        # open_memmap writes the .npy header itself; the name's ending does not matter to it.
        new = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint16, shape=shape)
        if old is not None:
            new[:kept] = old
        place = kept
        for chunk in _decoded(wanted, spec, threads):
            for case_id, pixels, reason, notes, text in chunk:
                row = None
                if pixels is not None:
                    new[place], row, place = pixels, place, place + 1
                rows.append(
                    {"case_id": case_id, "row": row, "reason": reason, "notes": notes, "text": text}
                )
            if tick is not None:
                tick(len(chunk))
        new.flush()

    write_whole(array, write)
    decoded = pd.DataFrame(rows).merge(wanted[["case_id", "bytes", "modified"]], on="case_id")
    parts = [part.astype(ROW_COLUMNS) for part in (known, decoded) if len(part)]
    frame = pd.concat(parts, ignore_index=True)
    write_table(frame, table)
    write_text(json.dumps(asdict(spec), indent=1), home / "spec.json")
    return frame


Film = tuple[str, NDArray[np.uint16] | None, str | None, str, str | None]


def _decoded(
    wanted: pd.DataFrame, spec: Preprocessing, threads: int | None
) -> Iterator[list[Film]]:
    """Chunks of films in the order of the table; the decoders and OpenCV release the GIL."""
    films = list(zip(wanted["case_id"], wanted["path"], strict=True))
    chunks = [films[i : i + CHUNK] for i in range(0, len(films), CHUNK)]

    def decode(chunk: list[tuple[str, str]]) -> list[Film]:
        return [_decode(case_id, Path(path), spec) for case_id, path in chunk]

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        yield from pool.map(decode, chunks)


def _decode(case_id: str, path: Path, spec: Preprocessing) -> Film:
    """One film, or why not."""
    try:
        image = read_xray(path, window=spec.window)
    except UnreadableFile as error:
        return case_id, None, error.reason, error.detail, None
    text = burned_in_suspect(image.facts)
    if text is None and suspect_text(image.pixels):
        text = "its borders look like printed text"
    return case_id, prepare(image.pixels, spec), None, "; ".join(image.notes), text
