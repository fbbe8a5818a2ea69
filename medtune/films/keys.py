"""What films and the rows of a table have in common, written alike on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from medtune.config.data import JoinKey
from medtune.errors import DataError
from medtune.tables.amounts import counted

# How many of what one row of a table may be about.
ONE_STUDY = ("study_id", "study")
ONE_PATIENT = ("group_id", "patient")
_ARTICLES = {"accession_number": "an"}


def film_keys(places: pd.DataFrame, join_on: JoinKey) -> pd.Series:
    """What each film is joined on.

    Args:
        places: rows of the private table of places.
        join_on: the kind of key.

    Returns:
        (N,) text, indexed as the places; empty where the header does not say.
    """
    if join_on == "file_name":
        return places["path"].map(lambda path: Path(str(path)).name).astype("string")
    return _plain(places[join_on], join_on)


def row_keys(column: pd.Series, join_on: JoinKey, films: pd.Series) -> pd.Series:
    """The keys of a table's rows as the films' are written.

    Args:
        column: (R,) text as the table has it.
        join_on: the kind of key.
        films: (N,) keys of the films; a file name may stand in the table without its ending.
    """
    keys = _plain(column, join_on)
    if join_on != "file_name":
        return keys
    whole = set(films)
    stems = {Path(name).stem: name for name in whole}
    return keys.map(lambda key: key if key in whole else stems.get(key, key))


def _plain(column: pd.Series, join_on: JoinKey) -> pd.Series:
    text = column.astype("string").fillna("").str.strip()
    if join_on == "patient_id":  # as pseudonyms are made: spaces and case do not matter
        text = text.str.upper().str.split().str.join(" ")
    return text


@dataclass(frozen=True)
class OfSeveral:
    """Rows of which nobody can say what they mean: their keys, and a sentence about them."""

    keys: pd.Series
    words: str


def rows_of_several(
    cases: pd.DataFrame, films: pd.Series, rows: pd.DataFrame, join_on: JoinKey, table: str
) -> OfSeveral:
    """Rows that would be about several studies, or several patients.

    Nobody can say which of them is meant. A row of an accession number or a study UID may serve
    all films of its study.

    Args:
        cases: study_id and group_id of the films.
        films: their keys, indexed alike.
        rows: the table's rows, with columns key and row (the line in the table).
        join_on: the kind of key.
        table: the table's name.
    """
    named = films.isin(rows["key"])
    several_studies = join_on in ("patient_id", "file_name")
    column, word = ONE_STUDY if several_studies else ONE_PATIENT
    counts = cases.loc[named, column].groupby(films[named]).nunique()
    wrong = rows[rows["key"].isin(counts.index[counts > 1])]
    if wrong.empty:
        return OfSeveral(wrong["key"], "")
    lines = ", ".join(str(row) for row in wrong["row"].head(5))
    whose = (
        "a patient who has"
        if join_on == "patient_id"
        else f"{_ARTICLES.get(join_on, 'a')} {join_on} that is in"
    )
    plural = {"study": "studies", "patient": "patients"}[word]
    return OfSeveral(
        wrong["key"],
        f"{table}: {counted(len(wrong), 'row')} (line {lines}{' ...' if len(wrong) > 5 else ''}) "
        f"{'names' if len(wrong) == 1 else 'name'} {whose} "
        f"more than one {word}, so that nobody can say which of the {plural} the row is about. "
        "Join on accession_number or study_uid, or take "
        f"{'this row' if len(wrong) == 1 else 'these rows'} out.",
    )


def refuse_rows_of_several(
    cases: pd.DataFrame, films: pd.Series, rows: pd.DataFrame, join_on: JoinKey, table: str
) -> None:
    """Refuse a table that has such rows; the arguments are those of ``rows_of_several``.

    Raises:
        DataError: with the lines.
    """
    found = rows_of_several(cases, films, rows, join_on, table)
    if found.words:
        raise DataError(found.words)
