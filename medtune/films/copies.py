"""De-identified copies of many films: each is written, kept back for a person, or left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from medtune.dicom import Facts, Place, Pseudonyms
from medtune.dicom.deidentify import deidentify_dataset, is_copy, write_copy
from medtune.dicom.film import film_of
from medtune.dicom.header import header_of
from medtune.dicom.opening import open_dataset
from medtune.dicom.privacy import burned_in_suspect
from medtune.errors import UnreadableFile
from medtune.films.locations import known_by, place_of
from medtune.films.quarantine import has_picture, look, write_picture

CHUNK = 16  # films a worker takes at a time


@dataclass(frozen=True)
class Fate:
    """What became of one film.

    Attributes:
        case_id: the film.
        word: written, kept (it was there already), kept_back or left_out.
        reason: why it was kept back, in words; why it was left out, a word of REASONS.
        released: whether a person had let it pass.
        emptied: facts that the original states in words that may not stay.
    """

    case_id: str
    word: str
    reason: str | None = None
    released: bool = False
    emptied: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """What every film's copy is made with.

    Attributes:
        out: where copies go.
        private: the private folder.
        site: the hospital.
        pseudonyms: with the key.
        seen: case_id to what was seen in the film's pixels by an earlier run.
        passed: case_id of films that an earlier run released.
        released: of those that this run releases.
    """

    out: Path
    private: Path
    site: str
    pseudonyms: Pseudonyms
    seen: dict[str, str]
    passed: frozenset[str]
    released: frozenset[str]


def make_copies(films: pd.DataFrame, job: Job) -> Iterator[list[Fate]]:
    """Work on films in chunks, in their order; the decoders and OpenCV release the GIL.

    Args:
        films: case_id, group_id, study_id, path, member and file.
        job: how.
    """
    told = ("case_id", "group_id", "study_id", "path", "member", "file")
    rows = list(zip(*(films[name] for name in told), strict=True))
    chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]

    def work(chunk: list[tuple[str, ...]]) -> list[Fate]:
        return [
            _work_on(case, Path(group, study), place_of(path, member), known_by(file, member), job)
            for case, group, study, path, member, file in chunk
        ]

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        yield from pool.map(work, chunks)


def _work_on(case_id: str, home: Path, place: Place, known_as: str, job: Job) -> Fate:
    out = job.out / home / f"{case_id}.dcm"
    there = out.exists()
    passes = case_id in job.released or (there and case_id in job.passed)
    try:
        dataset, _ = open_dataset(place, pixels=False)
        before = header_of(film_of(dataset)).facts
        reason = burned_in_suspect(before) or job.seen.get(case_id)
        if there and (passes or reason is None):
            copy = deidentify_dataset(
                dataset, job.pseudonyms, job.site, place=known_as, looked_at=passes
            )
            if is_copy(out, copy):
                emptied = _emptied(before, header_of(film_of(copy)).facts)
                return Fate(case_id, "kept", released=passes, emptied=emptied)
        if not passes:
            if reason is None or not has_picture(job.private, case_id):
                reason = _look(place, case_id, job)
            if reason is not None:
                out.unlink(missing_ok=True)  # written before anything was suspected
                return Fate(case_id, "kept_back", reason)
        dataset, _ = open_dataset(place, pixels=True)
        copy = deidentify_dataset(
            dataset, job.pseudonyms, job.site, place=known_as, looked_at=passes
        )
        write_copy(copy, out)
    except UnreadableFile as error:
        return Fate(case_id, "left_out", error.reason)
    emptied = _emptied(before, header_of(film_of(copy)).facts)
    return Fate(case_id, "written", released=passes, emptied=emptied)


def _look(place: Place, case_id: str, job: Job) -> str | None:
    seen = look(place)
    if seen.reason is not None:
        write_picture(seen.picture, job.private, case_id)
    return seen.reason


def _emptied(before: Facts, after: Facts) -> tuple[str, ...]:
    """Facts that the original states and the copy does not."""
    nothing = (None, "", ())
    names = [field.name for field in fields(Facts)]
    return tuple(
        name
        for name in names
        if getattr(before, name) not in nothing and getattr(after, name) in nothing
    )
