"""Labels study by study: those that the cases carry, and those of another table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from medtune.config.data import FindingRule, JoinKey
from medtune.errors import DataError
from medtune.films.keys import film_keys, refuse_rows_of_several, row_keys
from medtune.films.labels import UNCERTAIN, read_labels
from medtune.tables.amounts import counted
from medtune.tables.cases import BAR
from medtune.tables.schema import read_text_table


def labels_of_cases(cases: pd.DataFrame, findings: list[str]) -> pd.DataFrame:
    """The labels that the cases carry.

    Args:
        cases: the table of cases, in which the films of a study have one label.
        findings: F names.

    Returns:
        (studies, F), indexed by study_id and sorted by it: 1, 0, -1 (uncertain) or NaN (unknown).
    """
    unsure = cases["uncertain"].astype("string").fillna("")
    named = {f: (BAR + unsure + BAR).str.contains(BAR + f + BAR, regex=False) for f in findings}
    values = {
        f: cases[f].astype("Float64").astype("float64").mask(named[f].astype(bool), UNCERTAIN)
        for f in findings
    }
    return pd.DataFrame(values, index=cases.index).groupby(cases["study_id"].astype(object)).first()


def key_of_table(path: Path, keys: list[JoinKey]) -> JoinKey:
    """The first of these keys that a table has a column for; its spelling may differ.

    Raises:
        DataError: it has none.
    """
    columns = {_plain(name) for name in read_text_table(path).columns}
    for key in keys:
        if _plain(key) in columns:
            return key
    named = " or ".join(f"'{key}'" for key in dict.fromkeys(keys))
    raise DataError(f"{path.name} has no column {named}, so that its rows have no film.")


def labels_of_table(
    path: Path,
    cases: pd.DataFrame,
    places: pd.DataFrame,
    key: JoinKey,
    findings: dict[str, FindingRule],
) -> pd.DataFrame:
    """The labels that a table gives to the studies of the cases.

    Args:
        path: the table.
        cases: study_id and group_id of N films.
        places: rows of the private table of places for the same films, in the same order.
        key: what the table and the films have in common.
        findings: each finding's rule.

    Returns:
        (studies that have a row, F), indexed by study_id and sorted by it: 1, 0, -1 or NaN.

    Raises:
        DataError: a column is missing or holds something else, rows that repeat one another or
            mean several studies, films of one study with different rows, or no row for any film.
    """
    rows = read_labels(path, key, findings)
    films = film_keys(places, key).set_axis(cases.index)
    rows = rows.assign(key=row_keys(rows["key"], key, films))
    rows = rows[rows["key"].isin(films)]
    if rows.empty:
        raise DataError(
            f"{path.name}: none of its rows belongs to one of the films asked for. They are joined "
            f"on '{key}'; is that what the column holds?"
        )
    twice = rows[rows["key"].duplicated(keep=False)]
    if len(twice):
        lines = " and ".join(str(row) for row in twice[twice["key"] == twice["key"].iloc[0]]["row"])
        raise DataError(f"{path.name}: the same {key} stands in lines {lines}. Keep one of them.")
    refuse_rows_of_several(cases, films, rows, key, path.name)
    by_film = rows.set_index("key")[list(findings)].reindex(films).set_axis(cases.index)
    by_film = by_film[films.isin(rows["key"]).to_numpy()]
    grouped = by_film.groupby(cases.loc[by_film.index, "study_id"].astype(object))
    _refuse_torn_studies(grouped.nunique(), path.name)
    return grouped.first()


def _plain(name: object) -> str:
    return "".join(letter for letter in str(name).lower() if letter.isalnum())


def _refuse_torn_studies(different: pd.DataFrame, name: str) -> None:
    """Refuse a study whose films are given different labels.

    Raises:
        DataError: with the finding and the number of studies.
    """
    torn = (different > 1).sum()
    if torn.any():
        finding = str(torn.index[int(np.argmax(torn.to_numpy()))])
        raise DataError(
            f"{name}: {counted(int(torn.max()), 'study', 'has')} films that it labels "
            f"differently for '{finding}'. A study is present or absent as a whole: give its films "
            "one label."
        )
