"""Patients who may be one person under two IDs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

_SIGNS = re.compile(r"[^0-9A-Z]+")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
Pair = tuple[str, str, str]
"""Two group_ids, and why they are suspected."""


def same_patients(places: pd.DataFrame, cases: pd.DataFrame) -> list[Pair]:
    """Pairs of patients who look like one person.

    The ID is written in another way (leading zeros, letters, signs), or the name and the birth
    date agree. A sex or a birth date that contradicts clears the suspicion; without any of them
    an ID that differs in leading zeros and signs alone is suspected, and no more.

    Args:
        places: case_id, patient_id, issuer, birth_date and name of the films (private).
        cases: case_id, group_id and sex of the same films.
    """
    people = _people(places, cases)
    said = people[["born", "sex"]].to_dict("index")
    found: dict[tuple[str, str], str] = {}
    for key, why in (
        ("plain", "their IDs differ only in how they are written"),
        ("named", "they have the same name and birth date"),
        ("digits", "their IDs have the same digits, and sex and birth date agree"),
    ):
        for one, other in _pairs(people, key):
            if _may_be_one(said[one], said[other]):
                found.setdefault((one, other), why)
    return [(one, other, why) for (one, other), why in found.items()]


def plain_id(identifiers: pd.Series) -> pd.Series:
    """IDs in upper case, without signs and without zeros before a number."""
    words = identifiers.astype("string").str.upper().str.replace(_SIGNS, "", regex=True)
    return words.str.replace(_LEADING_ZEROS, "", regex=True)


def _people(places: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """One row a patient: what is said of them, and the keys by which two may be one."""
    known = cases[["case_id", "group_id", "sex"]].merge(
        places[["case_id", "patient_id", "birth_date", "name"]], on="case_id"
    )
    known = known.replace({"birth_date": "", "name": ""}, pd.NA)
    people = known.groupby("group_id").agg(
        id=("patient_id", "first"),
        born=("birth_date", "first"),
        name=("name", "first"),
        sex=("sex", "first"),
    )
    identifier = people["id"].astype("string").fillna("")
    # An ID that the index has made up is that of a film without one.
    stated = ~identifier.str.startswith("UNKNOWN ")
    people["plain"] = plain_id(identifier).where(stated)
    people["named"] = (people["name"] + people["born"]).where(people["name"].notna())
    digits = identifier.str.replace(r"[^0-9]+", "", regex=True).str.lstrip("0")
    both = digits + "/" + people["born"] + "/" + people["sex"].astype("string")
    people["digits"] = both.where(stated & (digits.str.len() >= 3))
    return people


def _pairs(people: pd.DataFrame, key: str) -> Iterator[tuple[str, str]]:
    """The first patient of each value with each other one of it."""
    several = people[people[key].notna() & (people[key] != "")]
    several = several[several[key].duplicated(keep=False)]
    for _, group in several.groupby(key, sort=True):
        first, *others = sorted(group.index)
        for other in others:
            yield first, other


def _may_be_one(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    return all(
        pd.isna(one[fact]) or pd.isna(other[fact]) or one[fact] == other[fact]
        for fact in ("born", "sex")
    )
