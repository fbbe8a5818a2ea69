"""Label rows that speak of another person than the film's header: rows that slipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from medtune.films.patients import plain_id
from medtune.tables.schema import read_text_table

_COLUMNS = {
    "patient_id": ("patientid", "mrn"),
    "sex": ("sex", "patientsex", "gender", "patientgender"),
    "age": ("age", "patientage"),
    "birth_date": ("birthdate", "patientbirthdate", "dateofbirth", "dob"),
}
_SEXES = {"f": "F", "female": "F", "w": "F", "m": "M", "male": "M"}
_YEARS_APART = 2.0  # of two ages: birthdays, and the day of the report


def rows_of_others(
    table: Path, films: pd.DataFrame, places: pd.DataFrame, line_of: pd.Series
) -> list[tuple[str, int, str]]:
    """Films whose label row says another patient ID, sex, age or birth date than their header.

    Args:
        table: the label table.
        films: case_id, sex and age.
        places: patient_id and birth_date of the same films (private).
        line_of: the line of the table for each film, indexed alike.

    Returns:
        case_id, line, and which facts differ; what a fact is, is not said.
    """
    text = read_text_table(table)
    plain = {"".join(c for c in name.lower() if c.isalnum()): name for name in text.columns}
    said: dict[str, pd.Series] = {
        fact: text[plain[name]]
        for fact, names in _COLUMNS.items()
        for name in names
        if name in plain
    }
    if not said:
        return []
    rows = line_of.astype("int64") - 2
    wrong: dict[int, list[str]] = {}
    for fact, column in said.items():
        value = column.iloc[rows].set_axis(films.index).str.strip()
        differs = _DIFFERENT[fact](value, films, places).fillna(False).to_numpy(bool)
        for i in np.flatnonzero(differs).tolist():
            wrong.setdefault(i, []).append(fact.replace("_", " "))
    return [
        (str(films["case_id"].iloc[i]), int(line_of.iloc[i]), " and ".join(facts))
        for i, facts in sorted(wrong.items())
    ]


def _other_id(value: pd.Series, films: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    del films

    known = (value != "") & ~places["patient_id"].str.startswith("UNKNOWN ")
    return known & (plain_id(value) != plain_id(places["patient_id"]))


def _other_sex(value: pd.Series, films: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    del places
    said = value.str.lower().map(_SEXES)
    return said.notna() & films["sex"].isin(["F", "M"]) & (said != films["sex"])


def _other_age(value: pd.Series, films: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    del places
    years = value.str.extract(r"^0*(\d+(?:\.\d+)?)\s*[Yy]?$")[0].astype("float64")
    age = films["age"].astype("float64")
    oldest = (years >= 90) & (age >= 90)
    return ((years - age).abs() > _YEARS_APART) & ~oldest


def _other_birth(value: pd.Series, films: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    del films
    said = value.str.replace(r"[^0-9]+", "", regex=True)
    born = places["birth_date"].astype("string").fillna("")
    # Only dates that are written year first can be compared.
    year_first = value.str.match(r"^(18|19|20)\d\d") & (said.str.len() == 8)
    return year_first & (born != "") & (said != born)


_DIFFERENT = {
    "patient_id": _other_id,
    "sex": _other_sex,
    "age": _other_age,
    "birth_date": _other_birth,
}
