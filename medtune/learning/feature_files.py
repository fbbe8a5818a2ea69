"""Features on disk, by the picture they are of: many small files, each whole or not there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from medtune.tables.schema import write_whole

CHUNK = 512  # cases a file: what an interruption costs at most

Rows = NDArray[np.float32]


class FeatureFiles:
    """The features of one backbone in one folder.

    A file is named by the SHA-256 of its bytes: one that is damaged is not used, and two
    processes that compute the same write the same file.

    Args:
        folder: named by whatever the features hang on but the picture.
        keys: of N cases, each the digest of its picture; alike pictures have one row.
    """

    def __init__(self, folder: Path, keys: Sequence[str]) -> None:
        self.folder, self.keys = folder, list(keys)

    def rows(self, compute: Callable[[Sequence[int]], Rows]) -> Rows:
        """All features in the order of the keys.

        Args:
            compute: from the numbers of cases to their features (n, width).

        Returns:
            (N, width).
        """
        wanted = dict.fromkeys(self.keys)
        found: dict[str, Rows] = {}
        for file in sorted(self.folder.glob("*.safetensors")):
            found.update((key, row) for key, row in _read(file) if key in wanted)
        first = {key: number for number, key in reversed(list(enumerate(self.keys)))}
        missing = [key for key in wanted if key not in found]
        for start in range(0, len(missing), CHUNK):
            part = missing[start : start + CHUNK]
            computed = compute([first[key] for key in part])
            self._write(part, computed)
            found.update(zip(part, computed, strict=True))
        return np.stack([found[key] for key in self.keys])

    def _write(self, keys: Sequence[str], rows: Rows) -> None:
        names = np.frombuffer("\n".join(keys).encode(), np.uint8)
        content = save({"keys": names, "features": np.ascontiguousarray(rows, np.float32)})
        path = self.folder / f"{hashlib.sha256(content).hexdigest()}.safetensors"
        write_whole(path, lambda partial: partial.write_bytes(content))


def _read(file: Path) -> list[tuple[str, Rows]]:
    """Keys and rows of a file; none where it is not what it was."""
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.stem:
        return []
    try:
        tensors = load(content)
    except SafetensorError:
        return []
    return list(
        zip(tensors["keys"].tobytes().decode().split("\n"), tensors["features"], strict=True)
    )
