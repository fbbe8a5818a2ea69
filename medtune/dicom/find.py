"""Find the radiographs under a folder by what is in the files, never by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from medtune.dicom.directory import missing_files
from medtune.dicom.film import open_film
from medtune.dicom.header import Header, header_of, header_of_raster
from medtune.dicom.headers import MOST, THREADS, headers_of
from medtune.dicom.place import ZIP, Place, members, reader
from medtune.dicom.raster import raster_kind, raster_of
from medtune.errors import UnreadableFile

RADIOGRAPHS = ("CR", "DX", "RG", "MG", "SC")
_MAGIC = 8  # bytes that tell an archive or a picture


@dataclass(frozen=True)
class File:
    """A file of a folder, as its folder knows it.

    Attributes:
        path: the file, or a folder that cannot be read.
        size: bytes; -1 for what cannot be read.
        modified: nanoseconds since 1970.
    """

    path: Path = field(repr=False)
    size: int
    modified: int


@dataclass(frozen=True)
class Found:
    """One film, or the reason why a file is none.

    Attributes:
        place: the file, or the member of an archive.
        header: None where there is a reason.
        reason: a word of REASONS, or None.
        detail: the reason in plain words, or ''.
        kind: dicom, png, jpeg or tiff.
    """

    place: Place
    header: Header | None
    reason: str | None
    detail: str
    kind: str = "dicom"

    @property
    def path(self) -> Path:
        """The file; not in the repr, as names of files can name patients."""
        return self.place.path


def find_xrays(folder: Path, modalities: Sequence[str] = RADIOGRAPHS) -> Iterator[Found]:
    """Look at every file under a folder, in sorted order; pixels are not read.

    Links are followed, but no folder is entered twice. A folder that may not be read is one
    Found with the reason unreadable. Archives are looked into, pictures are found.

    Args:
        folder: a folder, searched with its subfolders, or one file.
        modalities: what counts as a radiograph: CR, DX, RG, MG, SC (secondary capture).
    """
    files = files_under(Path(folder))
    while part := list(islice(files, MOST)):
        for found in look_at(part, modalities):
            yield from found


def files_under(folder: Path) -> Iterator[File]:
    """All files under a folder, with its subfolders, in sorted order; or the one file."""
    yield from _files(folder, set())


def count_files(folder: Path) -> int:
    """How many files there are, without looking at them."""
    if folder.is_file():
        return 1
    return sum(len(names) for _, _, names in os.walk(folder, followlinks=False))


def look_at(files: Sequence[File], modalities: Sequence[str] = RADIOGRAPHS) -> list[list[Found]]:
    """``look`` for many files, which is faster than one after the other."""
    found: list[list[Found]] = []
    for start in range(0, len(files), MOST):
        part = files[start : start + MOST]
        headers = headers_of([str(file.path) for file in part])
        others = [file for file, header in zip(part, headers, strict=True) if header is None]
        with ThreadPoolExecutor(THREADS) as pool:
            alone = pool.map(lambda file: look(file, modalities), others)
            for file, header in zip(part, headers, strict=True):
                found.append(
                    next(alone)
                    if header is None
                    else [_of_header(Place(file.path), header, True, modalities)]
                )
    return found


def look(file: File, modalities: Sequence[str] = RADIOGRAPHS) -> list[Found]:
    """The films of one file: itself, or the members of an archive, or why there is none."""
    if file.size < 0:
        return [_none(Place(file.path), "unreadable", "The folder cannot be read.")]
    place = Place(file.path)
    found = _look(place, modalities)
    if found.reason == "archive":
        return _look_inside(file.path, modalities)
    if found.reason == "dicomdir":
        detail = "A DICOMDIR lists this file, and it is not there."
        return [
            found,
            *(_none(Place(path), "missing_file", detail) for path in missing_files(file.path)),
        ]
    return [found]


def _look_inside(path: Path, modalities: Sequence[str]) -> list[Found]:
    try:
        names = members(path)
    except UnreadableFile as error:
        return [_none(Place(path), error.reason, error.detail)]
    inside = [_look(Place(path, name), modalities) for name in names]
    return [
        _none(found.place, "nested_archive", "An archive inside an archive is not looked into.")
        if found.reason == "archive"
        else found
        for found in inside
    ]


def _look(place: Place, modalities: Sequence[str]) -> Found:
    try:
        film = open_film(place, pixels=False)
    except UnreadableFile as error:
        return _no_dicom(place, error) if error.reason == "not_dicom" else _refused(place, error)
    return _of_header(place, header_of(film), film.has_pixels, modalities)


def _of_header(place: Place, header: Header, has_pixels: bool, modalities: Sequence[str]) -> Found:
    modality = header.facts.modality
    if modality not in modalities:
        detail = f"The file is {modality or 'of no stated modality'}, not {', '.join(modalities)}."
        return _none(place, "other_modality", detail)
    if not has_pixels:
        return _none(place, "no_pixels", "The file holds no pixel data.")
    return Found(place, header, None, "")


def _no_dicom(place: Place, refusal: UnreadableFile) -> Found:
    """What a file is that is no DICOM: an archive, a picture, or nothing of ours."""
    try:
        with place.open() as (file, _):
            read = reader(file)
            start = read(0, _MAGIC)
            if start.startswith(ZIP):
                return _none(place, "archive", "The file is an archive.")
            kind = raster_kind(start)
            if kind is None:
                return _refused(place, refusal)
            return Found(place, header_of_raster(raster_of(read)), None, "", kind)
    except UnreadableFile as error:
        return _refused(place, error)


def _refused(place: Place, error: UnreadableFile) -> Found:
    return _none(place, error.reason, error.detail)


def _none(place: Place, reason: str, detail: str) -> Found:
    return Found(place, None, reason, detail)


def _files(place: Path, entered: set[tuple[int, int]]) -> Iterator[File]:
    try:
        stat = place.stat()
        if not place.is_dir():
            yield File(place, stat.st_size, stat.st_mtime_ns)
            return
        if (stat.st_dev, stat.st_ino) in entered:
            return  # a link back to a folder that was searched
        entered.add((stat.st_dev, stat.st_ino))
        with os.scandir(place) as entries:
            names = sorted((entry.name, entry.is_dir()) for entry in entries)
    except OSError:
        yield File(place, -1, 0)
        return
    for name, is_folder in names:
        path = place / name
        if is_folder:
            yield from _files(path, entered)
            continue
        try:
            stat = path.stat()
        except OSError:
            yield File(path, 0, 0)  # a link to nowhere: reading it will say so
        else:
            yield File(path, stat.st_size, stat.st_mtime_ns)
