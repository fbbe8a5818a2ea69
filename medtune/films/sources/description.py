"""What a public set publishes and how it is read: the YAML files beside this one, checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from medtune.config.located import Place, read_located
from medtune.config.near import did_you_mean
from medtune.config.section import Section
from medtune.errors import DataError

Meaning = Literal["present", "absent", "uncertain", "unknown"]
VOCABULARY = "vocabulary"
ANYTHING = "*"  # any other word that is not blank
BLANK = ""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _templates(value: object) -> object:
    return {"of": _listed(value)} if isinstance(value, str | list) else value


Words = Annotated[list[str], BeforeValidator(_listed)]


class Table(Section):
    """A table of the set.

    Attributes:
        names: file names (with their folder inside the set) under which it is published; the
            first that is there is read, also with .gz or .zip behind it.
        columns: our name to theirs, or to the several names the column has had.
        header: names of the columns, where the published file has no header line.
        joins: columns by which its rows belong to images; without, its rows are images.
        optional: whether the set can be read without it.
        labels: whether it has the columns of ``findings.columns``.
        sets: values that its rows have in common, e.g. their split.
        without: what is not known where it is not there.
    """

    names: list[str] = Field(min_length=1)
    columns: dict[str, Words]
    header: list[str] | None = None
    joins: Words = Field(default=[])
    optional: bool = False
    labels: bool = False
    sets: dict[str, str] = Field(default={})
    without: str = ""


class Pictures(Section):
    """The pictures of a set without a table: ``name`` fits their path inside the set."""

    folders: list[str] = Field(min_length=1)
    name: str


class Extract(Section):
    """Named groups of a pattern, found in a column, become columns (the first that is known)."""

    of: str
    pattern: str


class Reading(Section):
    """A text file beside each picture; named groups of the patterns become columns."""

    file: str
    patterns: list[str]
    without: str


class Fact(Section):
    """A fact of an image.

    Attributes:
        of: texts with {columns} in them; the first whose columns are all known is taken.
        words: a pattern that fits the whole text (case does not matter) to the fact; what fits
            none is unknown. Without, the text is the fact.
    """

    of: Words = Field(min_length=1)
    words: dict[str, str | bool] = Field(default={})


AFact = Annotated[Fact, BeforeValidator(_templates)]


class Images(Section):
    """The facts of an image, and where its file lies: the first place where files are."""

    file: Words = Field(min_length=1)
    patient_id: AFact
    study_uid: AFact
    view: AFact | None = None
    sex: AFact | None = None
    age: AFact | None = None
    born: AFact | None = None  # the year, where no age is published
    date: AFact | None = None
    portable: AFact | None = None
    modality: AFact | None = None
    body_part: AFact
    official_split: AFact = Fact(of=["{split}"])


class Columns(Section):
    """Label columns that use the same words, each for one or more findings."""

    words: dict[str, Meaning]
    of: dict[str, Words]


class Lists(Section):
    """A column that lists what was found.

    Attributes:
        column: its name among ours.
        item: a pattern that finds the items of a list.
        words: an item to the findings that it makes present; not listed is absent.
        silent: items beside which nothing can be said of what is not listed.
        void: items beside which nothing can be said at all.
        closed: whether an item that is in none of these is a mistake.
    """

    column: str
    item: str
    words: dict[str, Words]
    silent: list[str] = Field(default=[])
    void: list[str] = Field(default=[])
    closed: bool = True


class Findings(Section):
    """How the set's words become findings.

    Attributes:
        columns: label columns that use the same words.
        lists: a column that lists findings.
        classes: a column to its words to what they mean for findings.
        several: what an image with several rows has: a finding that ``any`` row has, or one that
            the ``majority`` of its readers saw (uncertain where fewer did).
        implied_absent: a finding to those findings beside which it is absent.
    """

    columns: Columns | None = None
    lists: Lists | None = None
    classes: dict[str, dict[str, dict[str, Meaning]]] = Field(default={})
    several: Literal["any", "majority"] | None = None
    implied_absent: dict[str, list[str]] = Field(default={})


class Source(Section):
    """One public set."""

    title: str
    licence: str
    layout: str
    notes: list[str]
    tables: list[Table] = Field(default=[])
    pictures: Pictures | None = None
    readings: Reading | None = None
    extract: list[Extract] = Field(default=[])
    images: Images
    findings: Findings

    @property
    def image_tables(self) -> list[Table]:
        """The tables whose rows are images."""
        return [table for table in self.tables if not table.joins]


@cache
def source_names() -> tuple[str, ...]:
    """The names of the public sets that can be read, in alphabetical order."""
    names = (Path(entry.name) for entry in files(__package__).iterdir())
    return tuple(
        sorted(name.stem for name in names if name.suffix == ".yaml" and name.stem != VOCABULARY)
    )


@cache
def load_source(name: str) -> Source:
    """Read the description of one public set.

    Raises:
        DataError: there is no such set.
    """
    if name not in source_names():
        raise DataError(
            f"There is no public set called '{name}'.{did_you_mean(name, source_names(), 0.5)} "
            f"These are read: {', '.join(source_names())}."
        )
    return Source.model_validate(_yaml(name))


@cache
def vocabulary() -> Mapping[str, str]:
    """Every finding of the common vocabulary, with its definition in one sentence."""
    words = _yaml(VOCABULARY)
    assert isinstance(words, dict)
    return MappingProxyType(words)


def _yaml(name: str) -> object:
    text = (files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")
    found = read_located(text, Place(0, 1, f"{name}.yaml", Path()))
    assert not found.problems, [str(problem) for problem in found.problems]
    return found.values
