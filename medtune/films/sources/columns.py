"""The facts of an image, from a set's own words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from medtune.films.sources.description import Fact, Images
from medtune.films.sources.reading import CELLS

PLACE = re.compile(r"\{(\w+)\}")
AGE = r"^\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]?)"  # 58, 058Y, 45yrs, 3month
UNITS = {"": 1.0, "y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
NOBODY_IS_OLDER = 130.0
LOOKED_AT = 20  # rows, of which the files are looked for

TEXTS = ("patient_id", "study_uid", "view", "sex", "date", "modality", "body_part")
ORDER = (
    *("file", "patient_id", "study_uid", "view", "sex", "age", "date", "portable", "modality"),
    *("body_part", "official_split"),
)


def image_facts(images: Images, rows: pd.DataFrame, home: Path) -> pd.DataFrame:
    """Columns file to official_split of the table of images, one row each row.

    Args:
        images: how the facts are told.
        rows: the set's own text.
        home: the folder the set lies in; files are relative to it.
    """
    found = {name: _fact(getattr(images, name), rows) for name in TEXTS}
    found["date"] = found["date"].where(found["date"].str.fullmatch(r"[12]\d{7}"))
    found["official_split"] = _fact(images.official_split, rows)
    found["portable"] = _fact(images.portable, rows).map({"True": True, "False": False})
    found["age"] = _age(images, rows, found["date"])
    found["file"] = _files(images.file, rows, home)
    kinds = dict.fromkeys(ORDER, "string") | {"portable": "boolean", "age": "Float64"}
    return pd.DataFrame(found)[list(ORDER)].astype(kinds)


def filled(text: str, rows: pd.DataFrame) -> pd.Series:
    """A text with its {columns} filled in; NA where one of them is blank or not known."""
    parts = PLACE.split(text)
    result = pd.Series(parts[0], rows.index, CELLS)
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        if name not in rows.columns:
            return pd.Series(pd.NA, rows.index, CELLS)
        cell = rows[name].str.strip()
        result = result + cell.mask(cell == "") + after
    return result


def _fact(fact: Fact | None, rows: pd.DataFrame) -> pd.Series:
    if fact is None:
        return pd.Series(pd.NA, rows.index, CELLS)
    text = filled(fact.of[0], rows)
    for other in fact.of[1:]:
        text = text.fillna(filled(other, rows))
    if not fact.words:
        return text
    meanings = {said: _meaning(said, fact.words) for said in text.dropna().unique()}
    return text.map(meanings).astype(CELLS)


def _meaning(said: str, words: dict[str, str | bool]) -> str | None:
    fits = (str(is_) for word, is_ in words.items() if re.fullmatch(word, said, re.IGNORECASE))
    return next(fits, None)


def _age(images: Images, rows: pd.DataFrame, date: pd.Series) -> pd.Series:
    """Years; NA where nobody has that age."""
    if images.born is not None:  # within a year: the day of birth is not published
        years = _number(date.str[:4]) - _number(_fact(images.born, rows))
    else:
        parts = _fact(images.age, rows).str.extract(AGE)
        years = _number(parts["number"]) * parts["unit"].str.lower().map(UNITS).astype("float64")
    return years.where((years >= 0) & (years <= NOBODY_IS_OLDER)).astype("Float64")


def _number(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text, errors="coerce").astype("float64")


def _files(forms: list[str], rows: pd.DataFrame, home: Path) -> pd.Series:
    """The form of path under which files are; the last where none are found."""
    looked_at = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, LOOKED_AT, dtype=int))]
    for form in forms[:-1]:
        if any((home / path).is_file() for path in filled(form, looked_at).dropna()):
            return filled(form, rows)
    return filled(forms[-1], rows)
