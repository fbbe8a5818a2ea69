"""Films and labels become cases: every loss is counted, in both directions."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from medtune.config.data import Include, JoinKey, XrayData
from medtune.errors import DataError
from medtune.films.index import Index
from medtune.films.keys import film_keys, row_keys, rows_of_several
from medtune.films.labels import UNCERTAIN, published_labels, read_labels
from medtune.films.metadata import match_files
from medtune.tables.amounts import counted
from medtune.tables.cases import declare_cases, write_uncertain


@dataclass(frozen=True)
class Joined:
    """The cases, and how they came to be.

    Attributes:
        cases: the table of cases.
        flow: columns step, reason, films, studies, patients: what was kept after each step
            (reason empty) and what was lost in it.
        rows: label rows in all, used, used for several films, and without a film.
        line_of: for each case the line of the label table that labels it.
        problems: what has to be put right before anything is learnt: sentences; the films
            concerned are no cases.
    """

    cases: pd.DataFrame
    flow: pd.DataFrame
    rows: dict[str, int]
    line_of: pd.Series
    problems: list[str]


def join(index: Index, data: XrayData, site: str, published: pd.DataFrame | None = None) -> Joined:
    """Choose the films of the task and give each its labels.

    Args:
        index: the films.
        data: the run's data section.
        site: the hospital's name.
        published: the images of a published set, which bring their labels; else the table of
            ``data.labels`` is read.

    A label row that stands twice, or would label several studies, and a study that is labelled
    both ways, are problems: nobody can say what is meant.

    Raises:
        DataError: no film is included, or no film has a label.
    """
    steps: list[dict[str, object]] = []
    for reason, files in index.left_out.itertuples(index=False):
        steps.append({"step": "read", "reason": reason, "films": files})
    films = index.films
    steps.append(_counted("read", None, films))
    outside = excluded(films, data.include)
    for reason, lost in outside.groupby(outside, sort=True):
        steps.append(_counted("included", str(reason), films.loc[lost.index]))
    films = films[outside.isna()]
    steps.append(_counted("included", None, films))
    if films.empty:
        said = "; ".join(f"{s['films']} {s['reason']}" for s in steps if s["reason"])
        raise DataError(f"No film of {data.images.name} is included by 'data.include': {said}.")

    one_patient = films.groupby("study_id")["group_id"].transform("nunique") == 1
    problems: list[str] = []
    if not one_patient.all():
        problems.append(
            f"{counted(films.loc[~one_patient, 'study_id'].nunique(), 'study', 'has')} films of "
            "more than one patient: the headers say the same study UID with different patient IDs."
        )
        films = films[one_patient]
    if published is not None:
        labels, row_of = _by_file(index.locations.loc[films.index], published, data)
        used = labels
    else:
        assert data.labels is not None
        labels = read_labels(data.labels, data.join_on, data.rules)
        keys = film_keys(index.locations.loc[films.index], data.join_on)
        labels = labels.assign(key=row_keys(labels["key"], data.join_on, keys))
        used, twice = _one_row_each(labels, data.labels.name, data.join_on, keys)
        several = rows_of_several(films, keys, used, data.join_on, data.labels.name)
        used = used[~used["key"].isin(several.keys)]
        problems += [said for said in (twice, several.words) if said]
        row_of = keys.map(pd.Series(used.index, index=used["key"]))
    table = data.labels.name if data.labels is not None else f"The published set {data.source}"
    unlabelled = films[row_of.isna()]
    if len(unlabelled) and data.unlabelled == "stop":
        raise DataError(
            f"{table}: {unlabelled['study_id'].nunique()} of "
            f"{films['study_id'].nunique()} studies have no row, and 'data.unlabelled' says stop."
        )
    if len(unlabelled):
        steps.append(_counted("labelled", "no row in the label table", unlabelled))
    films = films[row_of.notna()]
    if films.empty and problems:
        raise DataError("\n".join(problems))
    if films.empty:
        raise DataError(
            f"{table}: none of its {counted(len(labels), 'row')} belongs to a film (of "
            f"{counted(len(row_of), 'film')}). They are joined on "
            f"'data.join_on: {data.join_on}'; is that what the column holds?"
        )
    rows = row_of.loc[films.index].astype(int)
    of_films = used.loc[rows].reset_index(drop=True)
    cases = _cases(films, of_films, data, site)
    if published is not None:
        cases["official_split"] = published["official_split"].iloc[rows].array
    sound, contradictions = _without_contradictions(cases, data, table)
    problems += contradictions
    steps.append(_counted("labelled", None, films))
    films_of_row = rows.value_counts()
    return Joined(
        cases=cases[sound].reset_index(drop=True),
        flow=pd.DataFrame(steps, columns=["step", "reason", "films", "studies", "patients"]),
        rows={
            "all": len(labels),
            "used": len(films_of_row),
            "several_films": int((films_of_row > 1).sum()),
            "without_film": len(labels) - len(films_of_row),
        },
        line_of=of_films.loc[sound, "row"].reset_index(drop=True),
        problems=problems,
    )


def excluded(films: pd.DataFrame, include: Include) -> pd.Series:
    """Why each film is outside of ``data.include``; empty where it is inside."""
    reason = pd.Series(pd.NA, index=films.index, dtype="string")

    def out(where: pd.Series, why: pd.Series | str) -> None:
        reason.mask(reason.isna() & where.fillna(False), why, inplace=True)

    modality = films["modality"].astype("string")
    other = ~modality.isin(include.modality)
    if "kind" in films:  # a plain picture need not say how it was made
        other &= modality.notna() | (films["kind"] == "dicom")
    out(other, "modality " + modality.fillna("unknown"))
    if include.several_frames == "drop" and "frames" in films:
        out(films["frames"] > 1, "a file of several frames")
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


def _by_file(
    places: pd.DataFrame, published: pd.DataFrame, data: XrayData
) -> tuple[pd.DataFrame, pd.Series]:
    """The labels of a published set, and the row of each film."""
    labels = published_labels(published, data.findings)
    at = pd.Series(match_files(places["file"], labels["key"]), index=places.index)
    return labels, at.where(at >= 0)


def _one_row_each(
    labels: pd.DataFrame, table: str, join_on: JoinKey, keys: pd.Series
) -> tuple[pd.DataFrame, str]:
    """The label rows of the films' keys that stand once, and what is wrong with the others."""
    used = labels[labels["key"].isin(keys)]
    twice = used[used["key"].duplicated(keep=False)]
    if twice.empty:
        return used, ""
    named = [
        "lines " + " and ".join(str(row) for row in rows)
        for rows in twice.groupby("key", sort=False)["row"].apply(list).head(5)
    ]
    said = (
        f"{table}: {counted(twice['key'].nunique(), 'value')} of '{join_on}' "
        f"{'stands' if twice['key'].nunique() == 1 else 'stand'} in more than one row: "
        f"{'; '.join(named)}. Keep one row for each."
    )
    return used[~used["key"].isin(twice["key"])], said


def _without_contradictions(
    cases: pd.DataFrame, data: XrayData, table: str
) -> tuple[pd.Series, list[str]]:
    """Which cases are of studies with one label each, and what the others are."""
    problems = []
    wrong = pd.Series(False, index=cases.index)
    for finding in data.learned:
        both = cases.groupby("study_id")[finding].transform("nunique") > 1
        if both.any():
            studies = counted(cases.loc[both, "study_id"].nunique(), "study", "has")
            problems.append(
                f"{table}: {studies} films with and films without '{finding}'. A "
                "study is present or absent as a whole: give its films one label."
                if data.kind == "binary"
                else f"{table}: {studies} films of different '{finding}'. A study is "
                "labelled as a whole: give its films one label."
            )
        wrong |= both
    return ~wrong, problems


def _cases(films: pd.DataFrame, labels: pd.DataFrame, data: XrayData, site: str) -> pd.DataFrame:
    """The table of cases: a column a finding or target; uncertain ones are named in a column."""
    cases = films.reset_index(drop=True).assign(site=site, source=data.source)
    learned, kind = data.learned, data.kind
    sure = kind == "continuous"  # no amount means that it is uncertain
    uncertain = (labels[learned] == UNCERTAIN) & (not sure)
    for name in learned:
        cases[name] = labels[name].where(~uncertain[name])
    cases["uncertain"] = [
        write_uncertain(f for f, flag in zip(learned, row, strict=True) if flag)
        for row in uncertain.to_numpy()
    ]
    return declare_cases(cases, learned, kind)


def _counted(step: str, reason: str | None, films: pd.DataFrame) -> dict[str, object]:
    return {
        "step": step,
        "reason": reason,
        "films": len(films),
        "studies": films["study_id"].nunique(),
        "patients": films["group_id"].nunique(),
    }
