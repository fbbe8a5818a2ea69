"""Films and labels become cases: every loss is counted, in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from medtune.config.data import Include, JoinKey, XrayData
from medtune.errors import DataError
from medtune.films.index import Index
from medtune.films.labels import UNCERTAIN, read_labels
from medtune.tables.cases import declare_cases


@dataclass(frozen=True)
class Joined:
    """The cases, and how they came to be.

    Attributes:
        cases: the table of cases.
        flow: columns step, reason, films, studies, patients: what was kept after each step
            (reason empty) and what was lost in it.
        rows: label rows in all, used, used for several films, and without a film.
    """

    cases: pd.DataFrame
    flow: pd.DataFrame
    rows: dict[str, int]


def join(index: Index, data: XrayData, site: str) -> Joined:
    """Choose the films of the task and give each its labels.

    Args:
        index: the films.
        data: the run's data section.
        site: the hospital's name.

    Raises:
        DataError: no film is included, no film has a label, a label row stands twice, or a
            patient's row would label several studies.
    """
    steps: list[dict[str, object]] = []
    for reason, files in index.left_out.itertuples(index=False):
        steps.append({"step": "read", "reason": reason, "films": files})
    films = index.films
    steps.append(_counted("read", None, films))
    for reason, lost in excluded(films, data.include).groupby(
        excluded(films, data.include), sort=True
    ):
        steps.append(_counted("included", str(reason), films.loc[lost.index]))
    films = films[excluded(films, data.include).isna()]
    steps.append(_counted("included", None, films))
    if films.empty:
        said = "; ".join(f"{s['films']} {s['reason']}" for s in steps if s["reason"])
        raise DataError(f"No film of {data.images.name} is included by 'data.include': {said}.")

    labels = read_labels(data.labels, data.join_on, data.findings)
    keys = _keys(index, films, data.join_on)
    used = _one_row_each(labels, data, pd.Index(keys.unique()))
    if data.join_on == "patient_id":
        _one_study_each(films, keys, used, data.labels.name)
    row_of = keys.map(pd.Series(used.index, index=used["key"]))
    unlabelled = films[row_of.isna()]
    if len(unlabelled) and data.unlabelled == "stop":
        raise DataError(
            f"{data.labels.name}: {unlabelled['study_id'].nunique()} of "
            f"{films['study_id'].nunique()} studies have no row, and 'data.unlabelled' says stop."
        )
    if len(unlabelled):
        steps.append(_counted("labelled", "no row in the label table", unlabelled))
    films = films[row_of.notna()]
    if films.empty:
        raise DataError(
            f"{data.labels.name}: none of its {len(labels)} rows belongs to one of the "
            f"{len(keys)} films. They are joined on 'data.join_on: {data.join_on}'; is that what "
            "the column holds?"
        )
    rows = row_of.loc[films.index].astype(int)
    cases = _cases(films, used.loc[rows].reset_index(drop=True), list(data.findings), site)
    steps.append(_counted("labelled", None, films))
    films_of_row = rows.value_counts()
    return Joined(
        cases=cases,
        flow=pd.DataFrame(steps, columns=["step", "reason", "films", "studies", "patients"]),
        rows={
            "all": len(labels),
            "used": len(films_of_row),
            "several_films": int((films_of_row > 1).sum()),
            "without_film": len(labels) - len(films_of_row),
        },
    )


def excluded(films: pd.DataFrame, include: Include) -> pd.Series:
    """Why each film is outside of ``data.include``; empty where it is inside."""
    reason = pd.Series(pd.NA, index=films.index, dtype="string")

    def out(where: pd.Series, why: pd.Series | str) -> None:
        reason.mask(reason.isna() & where.fillna(False), why, inplace=True)

    modality = films["modality"].astype("string")
    out(~modality.isin(include.modality), "modality " + modality.fillna("unknown"))
    if include.presentation is not None:
        stated = films["presentation"].astype("string")
        out(stated.notna() & (stated != include.presentation), stated.str.replace("_", " "))
    for name, wanted in (("body_part", include.body_part), ("view", include.view)):
        if wanted is None:
            continue
        words = name.replace("_", " ")
        stated = films[name].astype("string").str.upper()
        out(stated.notna() & ~stated.isin(wanted), f"{words} " + stated)
        if include.unknown_view == "drop":
            out(stated.isna(), f"{words} unknown")
    return reason


def _keys(index: Index, films: pd.DataFrame, join_on: JoinKey) -> pd.Series:
    """What each film is joined on: (N,) text, indexed as the films."""
    places = index.locations.loc[films.index]
    if join_on == "file_name":
        return places["path"].map(lambda path: Path(str(path)).name)
    return places[join_on].astype("string").fillna("").str.strip()


def _one_row_each(labels: pd.DataFrame, data: XrayData, wanted: pd.Index) -> pd.DataFrame:
    """The label rows of the films' keys, each key once.

    Raises:
        DataError: a key that a film has stands in two rows.
    """
    if data.join_on == "patient_id":
        labels = labels.assign(key=labels["key"].str.upper().str.split().str.join(" "))
    if data.join_on == "file_name":  # with or without its ending
        whole = {name: name for name in wanted}
        stems = {Path(name).stem: name for name in wanted}
        labels = labels.assign(key=labels["key"].map(lambda k: whole.get(k) or stems.get(k, k)))
    used = labels[labels["key"].isin(wanted)]
    twice = used[used["key"].duplicated(keep=False)]
    if len(twice):
        named = [
            "lines " + " and ".join(str(row) for row in rows)
            for rows in twice.groupby("key", sort=False)["row"].apply(list).head(5)
        ]
        raise DataError(
            f"{data.labels.name}: {twice['key'].nunique()} values of '{data.join_on}' stand in "
            f"more than one row: {'; '.join(named)}. Keep one row for each."
        )
    return used


def _one_study_each(films: pd.DataFrame, keys: pd.Series, used: pd.DataFrame, name: str) -> None:
    """Refuse one label row for several studies of a patient: which of them would it be about?

    Raises:
        DataError: with the label rows.
    """
    labelled = keys.isin(used["key"])
    studies = films[labelled].groupby(keys[labelled])["study_id"].nunique()
    several = used[used["key"].isin(studies.index[studies > 1])]
    if len(several):
        lines = ", ".join(str(row) for row in several["row"].head(5))
        raise DataError(
            f"{name}: {len(several)} rows (line {lines}{' ...' if len(several) > 5 else ''}) name "
            "a patient who has more than one study, so that nobody can say which study the row is "
            "about. Join on accession_number or study_uid."
        )


def _cases(
    films: pd.DataFrame, labels: pd.DataFrame, findings: list[str], site: str
) -> pd.DataFrame:
    """The table of cases: targets 1, 0 or empty; uncertain findings named in a column."""
    cases = films.reset_index(drop=True).assign(site=site, source="dicom")
    uncertain = labels[findings] == UNCERTAIN
    for finding in findings:
        cases[finding] = labels[finding].where(~uncertain[finding]).astype("Int8")
    cases["uncertain"] = [
        " ".join(f for f, flag in zip(findings, row, strict=True) if flag)
        for row in uncertain.to_numpy()
    ]
    return declare_cases(cases, findings)


def _counted(step: str, reason: str | None, films: pd.DataFrame) -> dict[str, object]:
    return {
        "step": step,
        "reason": reason,
        "films": len(films),
        "studies": films["study_id"].nunique(),
        "patients": films["group_id"].nunique(),
    }
