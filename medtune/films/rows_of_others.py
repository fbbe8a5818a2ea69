"""Label rows that speak of another person than the film's header: rows that slipped."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

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
    said = {
        fact: text[plain[name]]
        for fact, names in _COLUMNS.items()
        for name in names
        if name in plain
    }
    if not said:
        return []
    rows = line_of.astype("int64") - 2
    differs = pd.DataFrame(index=films.index)
    for fact, column in said.items():
        value = column.iloc[rows].set_axis(films.index).str.strip()
        differs[fact] = _DIFFERENT[fact](value, films, places).fillna(False)
    wrong = differs.any(axis=1)
    words = {name: name.replace("_", " ") for name in differs}
    return [
        (
            str(films["case_id"][i]),
            int(line_of[i]),
            " and ".join(words[name] for name in differs if differs.loc[i, name]),
        )
        for i in films.index[wrong]
    ]


def _other_id(value: pd.Series, films: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    del films

    def plain(ids: pd.Series) -> pd.Series:
        words = ids.astype("string").str.upper().str.replace(r"[^0-9A-Z]+", "", regex=True)
        return words.str.replace(r"(?<![0-9])0+(?=[0-9])", "", regex=True)

    ours = plain(places["patient_id"])
    known = (value != "") & ~places["patient_id"].str.startswith("UNKNOWN ")
    return known & (plain(value) != ours)


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
