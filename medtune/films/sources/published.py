"""A public set that a researcher has on disk, as one table of images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from medtune.errors import DataError
from medtune.films.sources.columns import image_facts
from medtune.films.sources.description import load_source
from medtune.films.sources.findings import finding_values, one_row_each
from medtune.films.sources.rows import gather
from medtune.films.sources.words import findings_of, mapping_of


@dataclass(frozen=True)
class Published:
    """What a public set says of its images.

    Attributes:
        name: its name here.
        title: its name in the world.
        licence: who may use it for what, as published.
        images: one row an image: file (relative to the folder, or a bare name where the tables
            do not tell the folder), patient_id, study_uid, view, sex, age (years), date
            (YYYYMMDD), portable, modality, body_part, official_split (train, tune, test), and a
            column for each finding: 1 present, 0 absent, -1 uncertain, NA unknown.
        findings: the findings that the set speaks of.
        mapping: what each of its words means: theirs, finding, meaning.
        notes: its known traps, and which of its tables were not there.
    """

    name: str
    title: str
    licence: str
    images: pd.DataFrame
    findings: tuple[str, ...]
    mapping: pd.DataFrame
    notes: tuple[str, ...]


def read_source(name: str, folder: Path) -> Published:
    """Read a public set in its published layout.

    Args:
        name: one of ``source_names()``.
        folder: where it lies, or the folder right around it.

    Raises:
        DataError: there is no such set, it is not in the folder as published, a table lacks a
            column or holds other words, or images cannot be told apart.
    """
    source = load_source(name)
    gathered = gather(source, folder)
    facts = image_facts(source.images, gathered.rows, gathered.home)
    nameless = facts[["file", "patient_id", "study_uid"]].isna().any(axis=1)
    if nameless.any():
        raise DataError(
            f"{source.title}: {int(nameless.sum())} of {len(facts)} rows do not tell the file, "
            "the patient and the study in the published form."
        )
    stays, values = one_row_each(source, facts["file"], finding_values(source, gathered.rows))
    facts = _from(facts[stays], gathered.home.relative_to(folder))
    images = pd.concat([facts, values.astype("Float64")], axis=1).reset_index(drop=True)
    return Published(
        name=name,
        title=source.title,
        licence=source.licence,
        images=images,
        findings=findings_of(source),
        mapping=mapping_of(source),
        notes=(*source.notes, *gathered.notes),
    )


def describe(name: str) -> list[str]:
    """A public set for a person: title, licence, layout, what its words mean, its traps.

    Raises:
        DataError: there is no such set.
    """
    source = load_source(name)
    lines = [source.title, "", f"Licence: {source.licence}", "", "Layout:"]
    lines += [f"  {line}" for line in source.layout.rstrip().splitlines()]
    lines += ["", "What its words mean:", *(f"  {line}" for line in _told(mapping_of(source)))]
    return [*lines, "", "Known traps:", *(f"  - {note}" for note in source.notes)]


def _told(mapping: pd.DataFrame) -> list[str]:
    """The mapping in words, a line for what one column (or one item of a list) says of a finding.

    E.g. "Edema: edema (1 present, 0 absent)".
    """
    meanings: dict[tuple[str, str], list[str]] = {}
    for theirs, finding, meaning in mapping.itertuples(index=False):
        column, _, word = str(theirs).partition(" = ")
        meanings.setdefault((column, finding), []).append(f"{word} {meaning}".strip())
    return [f"{column}: {finding} ({', '.join(of)})" for (column, finding), of in meanings.items()]


def _from(facts: pd.DataFrame, inside: Path) -> pd.DataFrame:
    """Files relative to the folder around the set's own; bare names stay what they are."""
    if inside == Path():
        return facts
    path = inside.as_posix() + "/" + facts["file"]
    return facts.assign(file=facts["file"].mask(facts["file"].str.contains("/", regex=False), path))
