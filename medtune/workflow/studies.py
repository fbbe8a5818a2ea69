"""Studies as cases: for a run whose network pools the films of a study.

The index, the store, leaks and the split's own table stay film by film, so that runs of either
kind share a work folder. Only what a run learns from and is judged on is a study then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.model import Model
from medtune.films.store import Decoded
from medtune.run_folder import RunFolder
from medtune.tables.amounts import counted
from medtune.tables.cases import (
    ATTRIBUTES,
    declare_cases,
    read_cases_table,
    read_uncertain,
    write_uncertain,
)
from medtune.tables.splits import HELD_OUT
from medtune.workflow.decoding import readable

SEVERAL = "several"
PLUS = "+"  # between the views of a study


@dataclass(frozen=True)
class Grouping:
    """Which films make which case.

    Attributes:
        films: the films of the cases, with study_id, case_id (the film's) and view.
        most: the most films of a case that are looked at.
    """

    films: pd.DataFrame
    most: int

    def seen(self, decoded: Decoded, cases: pd.DataFrame) -> pd.DataFrame:
        """The films of these cases that are looked at: decoded, and not beyond the most."""
        films = self.films[self.films["study_id"].isin(cases["case_id"])]
        return first_of_each_view(films[readable(decoded, films)], decoded, self.most)

    def words(self, decoded: Decoded, cases: pd.DataFrame) -> str:
        """What becomes of the films of these cases, for a person."""
        films = self.films[self.films["study_id"].isin(cases["case_id"])]
        seen = self.seen(decoded, cases)
        several = int((seen.groupby("study_id").size() > 1).sum())
        beyond = int(readable(decoded, films).sum()) - len(seen)
        said = f"{counted(len(cases), 'study')}, {several} of them with several films"
        return said + (
            f"; {counted(beyond, 'film', 'is')} beyond {self.most} of a study" if beyond else ""
        )


def pools(model: Model) -> bool:
    """Whether a case is a study."""
    return model.views != "each"


def grouping_of(model: Model, films: pd.DataFrame) -> Grouping | None:
    """How a run's films make its cases; None where each film is a case."""
    return Grouping(films, model.most_views) if pools(model) else None


def first_of_each_view(films: pd.DataFrame, decoded: Decoded, most: int) -> pd.DataFrame:
    """At most so many films a study: one of each view first, then the second of each ...

    Views come in the order of their names, films of one view in that of their pictures' digests:
    it says nothing about what is on them, and hangs neither on how a folder is arranged nor on
    the key of the pseudonyms, so that the same films are seen wherever the study is.

    Args:
        films: study_id, case_id and view; each is decoded.
        decoded: the store.
        most: films of a study.
    """
    digest = decoded.rows.loc[films["case_id"], "digest"].astype(object).to_numpy()
    named = films.assign(view=films["view"].astype(object).fillna(""), digest=digest)
    named = named.sort_values(["study_id", "view", "digest", "case_id"])
    named["turn"] = named.groupby(["study_id", "view"]).cumcount()
    named = named.sort_values(["study_id", "turn", "view"], kind="stable")
    kept = named[named.groupby("study_id").cumcount() < most]
    return films.loc[kept.index]


def studies_of(films: pd.DataFrame, learned: list[str], kind: str = "binary") -> pd.DataFrame:
    """The table of cases, a row a study: its case_id is its study_id.

    A label is what its films' labels say, which agree; an attribute is what they have in common,
    else 'several'; the view names all of them (LATERAL+PA).

    Args:
        films: the table of cases, a row a film.
        learned: names of findings or targets.
        kind: of all of them, see ``tables.cases``.
    """
    grouped = films.groupby(films["study_id"].astype(object), sort=False)
    found = pd.DataFrame(index=grouped.size().index)
    for name in ("group_id", "study_id", "site", "source", "date", "period"):
        found[name] = grouped[name].first()
    for name in learned:
        found[name] = grouped[name].first()
    found["uncertain"] = _uncertain(films, learned).reindex(found.index).fillna("")
    for name in (one for one in (*ATTRIBUTES, "official_split") if one in films):
        if name == "view":
            found[name] = views_of(films).reindex(found.index).astype("string")
            continue
        alike = grouped[name].nunique() < 2
        common = grouped[name].first()
        if pd.api.types.is_numeric_dtype(common) or pd.api.types.is_bool_dtype(common):
            found[name] = common.where(alike)
        else:
            found[name] = common.astype("string").where(alike, SEVERAL)
    found["films"] = grouped.size()
    found.insert(0, "case_id", found.index)
    return declare_cases(found.reset_index(drop=True), learned, kind)


def views_of(films: pd.DataFrame) -> pd.Series:
    """The views of each study, as one word a study: PA, or LATERAL+PA; by study_id."""
    view = films["view"].astype(object).fillna("unknown")
    has = pd.crosstab(films["study_id"].astype(object), view) > 0  # its columns are in order
    kinds, which = np.unique(has.to_numpy(), axis=0, return_inverse=True)
    words = [PLUS.join(has.columns[kind]) for kind in kinds]
    return pd.Series(np.array(words, dtype=object)[which.ravel()], index=has.index)


def _uncertain(films: pd.DataFrame, learned: list[str]) -> pd.Series:
    """What any film of a study is uncertain about, of the studies that have some doubt."""

    def together(cells: pd.Series) -> str:
        named = {finding for cell in cells for finding in read_uncertain(cell)}
        return write_uncertain(name for name in learned if name in named)

    unsure = films[films["uncertain"].fillna("") != ""]
    return unsure["uncertain"].groupby(unsure["study_id"].astype(object)).agg(together)


def without_late_films(films: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The films without those that came to a study after its split was sealed: they stay outside.

    Args:
        films: the table of cases, a row a film.
        splits: of the films.
    """
    split = films[["case_id"]].merge(splits, on="case_id", how="left")["split"]
    late = (split == HELD_OUT).set_axis(films.index)
    whole = late.groupby(films["study_id"].astype(object)).transform("all")
    return films[~late | whole].reset_index(drop=True)


def studies_of_splits(films: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The split of each study, as case_id and split, from that of its films, which agree."""
    with_split = films[["case_id", "study_id"]].merge(splits[["case_id", "split"]], on="case_id")
    pairs = with_split[["study_id", "split"]].drop_duplicates()
    assert not pairs["study_id"].duplicated().any(), "a patient is in one split"
    return pairs.rename(columns={"study_id": "case_id"}).reset_index(drop=True)


def films_of_splits(films: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The split of each film, as case_id and split, from that of its study."""
    with_split = films[["case_id", "study_id"]].merge(
        splits[["case_id", "split"]].rename(columns={"case_id": "study_id"}), on="study_id"
    )
    return with_split[["case_id", "split"]]


def read_films(folder: RunFolder) -> pd.DataFrame:
    """The films of a run: its cases, unless these are studies."""
    return read_cases_table(folder.films if folder.films.exists() else folder.cases)


def can_be_seen(decoded: Decoded, cases: pd.DataFrame, grouping: Grouping | None) -> pd.Series:
    """Which cases have a film that could be decoded."""
    if grouping is None:
        return readable(decoded, cases)
    films = grouping.films
    there = films.loc[readable(decoded, films), "study_id"]
    return cases["case_id"].isin(there)


def pool_films(
    values: NDArray[np.float64], study: pd.Series, cases: pd.DataFrame, how: str
) -> NDArray[np.float64]:
    """Scores of films as scores of their studies.

    Args:
        values: (N, F), NaN where a film was not scored.
        study: (N,) study_id.
        cases: M studies.
        how: mean or max.

    Returns:
        (M, F); NaN where none of a study's films was scored.
    """
    by_study = pd.DataFrame(values).groupby(study.astype(object).to_numpy()).agg(how)
    return by_study.reindex(cases["case_id"].astype(object)).to_numpy(np.float64)


def first_reason(reason: pd.Series, study: pd.Series, cases: pd.DataFrame) -> pd.Series:
    """Why a study cannot be scored: the first of its films' reasons; empty where one film can.

    Args:
        reason: (N,) of each film, empty where it can be scored.
        study: (N,) study_id.
        cases: M studies.
    """
    told = reason.astype(object).groupby(study.astype(object).to_numpy())
    counts = told.agg(["size", "count", "first"]).reindex(cases["case_id"].astype(object))
    first = counts["first"].astype(object)
    return first.where(counts["size"] == counts["count"], None).set_axis(cases.index)
