"""Films that stand in the data more than once: the same picture, or nearly, under two names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from medtune.films.duplicates import ALIKE, SAME, clusters, near_duplicates
from medtune.films.fingerprints import as_fingerprints

Leak = tuple[str, list[str], str]
"""Kind, case_ids, plain words."""

_RETAKE_MINUTES = 30


def repeated_films(
    cases: pd.DataFrame,
    rows: pd.DataFrame,
    findings: Sequence[str],
    tick: Callable[[int], None] = lambda films: None,
) -> list[Leak]:
    """Pictures that stand under several patients, or with several labels.

    Args:
        cases: case_id, group_id and a column a finding.
        rows: of the store, index case_id: digest and fingerprint of each picture.
        findings: whose labels are compared.
        tick: told how many more films have been compared with all the others.
    """
    known = cases[["case_id", "group_id", *findings]].reset_index(drop=True)
    known["digest"] = rows["digest"].reindex(known["case_id"]).to_numpy()
    prints = rows["fingerprint"].reindex(known["case_id"])
    seen = prints.notna().to_numpy() & known["digest"].notna().to_numpy()
    known, prints = known[seen].reset_index(drop=True), prints[seen]
    if known.empty:
        return []
    leaks: list[Leak] = []
    same = [part.index.to_list() for _, part in _several(known, "digest")]
    for members in same:
        leaks += _of(known, members, findings, "same_film", "one picture stands")
    # Of pictures that are the same one is enough to be compared with the others.
    first = known.drop_duplicates("digest").index.to_numpy()
    pairs = near_duplicates(as_fingerprints(prints.iloc[first]), tick=tick)
    for verdict, kind in ((SAME, "near_duplicate"), (ALIKE, "look_alike")):
        found = pairs[pairs["verdict"] == verdict]
        cluster = clusters(found, len(first))[found["first"]]
        for _, inside in found.groupby(cluster):
            films = first[np.union1d(inside["first"], inside["second"])].tolist()
            words = f"nearly one picture{_how(inside)} stands"
            leaks += _of(known, films, findings, kind, words)
    return leaks


def _several(known: pd.DataFrame, column: str) -> Iterator[tuple[object, pd.DataFrame]]:
    yield from known[known[column].duplicated(keep=False)].groupby(column, sort=True)


def _how(pairs: pd.DataFrame) -> str:
    """In which ways the pictures of a cluster differ, in words."""
    ways = sorted(set(pairs["how"]) - {"same"})
    return f" ({', '.join(ways)})" if ways else ""


def _of(
    known: pd.DataFrame, members: list[int], findings: Sequence[str], kind: str, words: str
) -> Iterator[Leak]:
    part = known.loc[members]
    cases = part["case_id"].tolist()
    patients = part["group_id"].nunique()
    if patients > 1:
        yield kind, cases, f"{words} under {patients} patients"
    elif kind == "same_film":
        yield kind, cases, f"{words} {len(cases)} times under one patient"
    if kind == "look_alike":
        return  # alike is not enough to say that the labels should be
    other = [name for name in findings if part[name].dropna().nunique() > 1]
    if other:
        yield "other_label", cases, f"{words} with two labels: {', '.join(other)}"


def retakes(cases: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Films of one study and view that were taken within half an hour: a retake, or a second one.

    They are no leak, since a patient stays in one split; but a study's score is their mean.

    Args:
        cases: case_id, study_id and view.
        places: case_id, date and time of the same films (private).

    Returns:
        study_id, view and films of each such study.
    """
    films = cases[["case_id", "study_id", "view"]].merge(
        places[["case_id", "date", "time"]], on="case_id"
    )
    films["view"] = films["view"].astype("string").fillna("not stated")
    several = films[films.duplicated(["study_id", "view"], keep=False)]
    if several.empty:
        return pd.DataFrame({"study_id": [], "view": [], "films": []})
    minutes = _minutes(several)
    span = minutes.groupby([several["study_id"], several["view"]]).agg(np.ptp)
    films_of = several.groupby(["study_id", "view"]).size().rename("films")
    near = span[span.isna() | (span <= _RETAKE_MINUTES)].index
    return films_of.loc[near].reset_index()


def _minutes(films: pd.DataFrame) -> pd.Series:
    stamp = films["date"].fillna("").str.replace("-", "") + films["time"].fillna("").str.slice(0, 4)
    moment = pd.to_datetime(stamp, format="%Y%m%d%H%M", errors="coerce")
    return (moment - pd.Timestamp("1970-01-01")) / pd.Timedelta(minutes=1)
