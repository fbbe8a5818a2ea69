"""A published set's tables as one: a row of text for each row that is about an image."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from medtune.errors import DataError
from medtune.films.sources.columns import filled
from medtune.films.sources.description import BLANK, Reading, Source, Table
from medtune.films.sources.places import home_of, missing, pictures_in, table_path
from medtune.films.sources.reading import CELLS, read_published
from medtune.films.sources.words import allowed_words, plain
from medtune.tables.amounts import counted


@dataclass(frozen=True)
class Gathered:
    """What the set's tables say.

    Attributes:
        rows: columns of text; NA where no table has the row, '' where its cell is blank.
        home: the folder the set lies in.
        notes: which tables are not there, and what is not known for it.
    """

    rows: pd.DataFrame
    home: Path
    notes: tuple[str, ...]


def gather(source: Source, folder: Path) -> Gathered:
    """Read all tables of a set and join them.

    Raises:
        DataError: the set, a needed table or a column is not there, a label is none of the set's
            words, or a table contradicts itself.
    """
    home = home_of(source, folder)
    rows, notes = _image_rows(source, home)
    rows = _extracted(rows, source, before_joins=True)
    for table in source.tables:
        if not table.joins:
            continue
        more = _read(source, table, home)
        if more is not None:
            rows, some = _joined(rows, more, table, source)
            if not some:
                notes.append(f"No row of {table.names[0]} is about a film here.")
        elif table.optional:
            notes.append(f"{table.names[0]} is not there: {table.without}.")
        else:
            raise missing(source, table, home)
    rows = _extracted(rows, source, before_joins=False)
    if source.readings is not None:
        rows, note = _with_readings(rows, source.readings, home)
        notes += note
    return Gathered(rows, home, tuple(notes))


def _image_rows(source: Source, home: Path) -> tuple[pd.DataFrame, list[str]]:
    if source.pictures is not None:
        paths = pictures_in(source.pictures, home)
        return pd.DataFrame({"path": pd.Series(paths, dtype=CELLS)}), []
    parts, notes = [], []
    for table in source.image_tables:
        part = _read(source, table, home)
        if part is not None:
            parts.append(part)
        else:
            notes.append(f"{table.names[0]} is not there: {table.without}.")
    return pd.concat(parts, ignore_index=True), notes


def _read(source: Source, table: Table, home: Path) -> pd.DataFrame | None:
    """One table with the values its rows have in common, its labels checked."""
    path = table_path(table, home)
    if path is None:
        return None
    labels = source.findings.columns
    names = tuple(labels.of) if table.labels and labels else ()
    rows = read_published(path, table, names)
    for name, words in allowed_words(source).items():
        if name in rows.columns:
            _refuse_other_words(rows[name], words, path.name)
    return rows.assign(
        **{name: pd.Series(value, rows.index, CELLS) for name, value in table.sets.items()}
    )


def _refuse_other_words(column: pd.Series, words: Iterable[str], file: str) -> None:
    known = {word.lower() for word in words}
    strange = column.isin([said for said, word in plain(column).items() if word not in known])
    if strange.any():
        told = ", ".join(f"'{word}'" if word != BLANK else "blank" for word in words)
        raise DataError(
            f"{file}: the column '{column.name}' holds something else than {told}, in "
            f"{counted(int(strange.sum()), 'row')} (first in line {column.index[strange][0]})."
        )


def _joined(
    rows: pd.DataFrame, more: pd.DataFrame, table: Table, source: Source
) -> tuple[pd.DataFrame, bool]:
    """The rows with what another table says of them, if it says something of any.

    What is known already stays.
    """
    more = more.drop_duplicates()
    twice = more.duplicated(table.joins, keep=False)
    if twice.any():
        raise DataError(
            f"{source.title}: in {table.names[0]} {int(twice.sum())} rows have the same "
            f"{' and '.join(table.joins)} and say different things."
        )
    found = rows[table.joins].merge(more, how="left", on=table.joins)
    found.index = rows.index
    new = more.columns.difference(table.joins)
    return _filled_up(rows, found[new]), bool(found[new].notna().any(axis=None))


def _extracted(rows: pd.DataFrame, source: Source, *, before_joins: bool) -> pd.DataFrame:
    """The rows with what patterns find in them: before tables are joined, what they join on."""
    keys = {key for table in source.tables for key in table.joins}
    for extract in source.extract:
        groups = re.compile(extract.pattern).groupindex
        if bool(keys & set(groups)) != before_joins or extract.of not in rows.columns:
            continue
        rows = _filled_up(rows, rows[extract.of].str.extract(extract.pattern))
    return rows


def _filled_up(rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The rows with more columns; where a column is there already, only its NA is filled."""
    more = {
        str(name): rows[name].fillna(column) if name in rows else column
        for name, column in found.items()
    }
    return rows.assign(**more)


def _with_readings(
    rows: pd.DataFrame, reading: Reading, home: Path
) -> tuple[pd.DataFrame, list[str]]:
    """The rows with what the text file of each says; there are a few hundred such files."""
    texts = [
        (home / str(path)).read_text(encoding="utf-8", errors="replace")
        if (home / str(path)).is_file()
        else None
        for path in filled(reading.file, rows)
    ]
    said = pd.Series(texts, rows.index, CELLS)
    for pattern in reading.patterns:
        rows = rows.join(said.str.extract(pattern, flags=re.IGNORECASE))
    lacking = sum(text is None for text in texts)
    note = [f"{lacking} of {len(texts)} pictures have no text: {reading.without}."]
    return rows, note if lacking else []
