"""Find the radiographs under a folder by their headers, never by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from medtune.dicom.header import Header, header_of
from medtune.dicom.opening import open_dataset
from medtune.errors import UnreadableFile

RADIOGRAPHS = ("CR", "DX", "RG", "MG", "SC")


@dataclass(frozen=True)
class Found:
    """One file: a radiograph with its header, or the reason why it is none.

    Attributes:
        path: the file; not in the repr, as names of files can name patients.
        header: None where there is a reason.
        reason: a word of REASONS, or None.
        detail: the reason in plain words, or ''.
    """

    path: Path = field(repr=False)
    header: Header | None
    reason: str | None
    detail: str


def find_xrays(folder: Path, modalities: Sequence[str] = RADIOGRAPHS) -> Iterator[Found]:
    """Look at every file under a folder, in sorted order; pixels are not read.

    Links are followed, but no folder is entered twice. A folder that may not be read is one
    Found with the reason unreadable.

    Args:
        folder: a folder, searched with its subfolders, or one file.
        modalities: what counts as a radiograph: CR, DX, RG, MG, SC (secondary capture).
    """
    for path, closed in _files(Path(folder), set()):
        if closed:
            yield Found(path, None, "unreadable", "The folder cannot be read.")
        else:
            yield _look(path, modalities)


def _look(path: Path, modalities: Sequence[str]) -> Found:
    try:
        dataset, has_pixels = open_dataset(path, pixels=False)
    except UnreadableFile as error:
        return Found(path, None, error.reason, error.detail)
    header = header_of(dataset)
    modality = header.facts.modality
    if modality not in modalities:
        detail = f"The file is {modality or 'of no stated modality'}, not {', '.join(modalities)}."
        return Found(path, None, "other_modality", detail)
    if not has_pixels:
        return Found(path, None, "no_pixels", "The file holds no pixel data.")
    return Found(path, header, None, "")


def _files(place: Path, entered: set[tuple[int, int]]) -> Iterator[tuple[Path, bool]]:
    """All files in sorted order, and folders that are closed (True)."""
    try:
        if not place.is_dir():
            yield place, False
            return
        stat = place.stat()
        if (stat.st_dev, stat.st_ino) in entered:
            return  # a link back to a folder that was searched
        entered.add((stat.st_dev, stat.st_ino))
        names = sorted(os.listdir(place))
    except OSError:
        yield place, True
        return
    for name in names:
        yield from _files(place / name, entered)
