"""The array of a store: a .npy file that grows in place, row after row.

Its header says how many rows it has. Rows behind them may be there already, half written: nobody
sees them until the header is written anew, and a header of numpy leaves room for that.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib import format as npy
from numpy.typing import NDArray

from medtune.films.decoding import HEADER, digest
from medtune.films.preprocessing import Preprocessing
from medtune.tables.schema import write_text

STAMP = ".pixels.stamp"  # the array's size and time when it was last written by us


def open_array(path: Path, spec: Preprocessing) -> NDArray[Any]:
    """The array (N, S, S) as it is on disk, mapped into memory and not read."""
    if not path.exists():
        return np.zeros((0, spec.image_size, spec.image_size), spec.dtype)
    pixels: NDArray[Any] = np.load(path, mmap_mode="r")
    return pixels


def rows_of(path: Path) -> int:
    """How many rows its header speaks of, whether they are there or not."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        npy.read_magic(file)
        (rows, *_), _, _ = npy.read_array_header_1_0(file)
    return int(rows)


def grow(path: Path, spec: Preprocessing, rows: int) -> None:
    """Make room behind the rows that are there; a file of none is begun."""
    if not path.exists():
        path.write_bytes(_header(spec, 0))
    size = HEADER + rows * spec.image_size**2 * spec.dtype.itemsize
    if path.stat().st_size < size:
        os.truncate(path, size)


def sync(path: Path) -> None:
    """See to it that what was written is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def seal(path: Path, spec: Preprocessing, rows: int) -> None:
    """Let the header speak of so many rows; all of them are written."""
    with path.open("r+b") as file:
        file.write(_header(spec, rows))
        file.flush()
        os.fsync(file.fileno())
    write_text(json.dumps(_stamp(path)), path.with_name(STAMP))


def verified(path: Path, spec: Preprocessing, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows of the table are whole in the array.

    Where the file is just as we left it, all are; where it was copied, restored or changed, each
    row is held against its digest.
    """
    good = np.array(rows["row"].isna(), bool)
    if good.all():
        return good
    stamp = path.with_name(STAMP)
    if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == _stamp(path):
        return np.ones(len(rows), bool)
    try:
        rows_of(path)
    except ValueError:  # its header is gone: nothing can be said of what follows
        path.unlink()
    if not path.exists():
        return good
    size = spec.image_size**2 * spec.dtype.itemsize
    # Read, not mapped: what is mapped counts as this process's memory until the system wants it.
    with path.open("rb", buffering=0) as file:
        for i, (row, said) in enumerate(zip(rows["row"], rows["digest"], strict=True)):
            if not good[i]:
                stored = os.pread(file.fileno(), size, HEADER + int(row) * size)
                good[i] = len(stored) == size and digest(np.frombuffer(stored, np.uint8)) == said
    return good


def _stamp(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    stat = path.stat()
    return {"bytes": stat.st_size, "modified": stat.st_mtime_ns}


def _header(spec: Preprocessing, rows: int) -> bytes:
    buffer = io.BytesIO()
    shape = (rows, spec.image_size, spec.image_size)
    description = {"descr": npy.dtype_to_descr(spec.dtype), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(buffer, description)
    header = buffer.getvalue()
    assert len(header) == HEADER, len(header)
    return header
