"""Films unlike those that a site's profile was measured on: how many patients have one, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.stats import fisher_exact

from medtune.evaluation.drift import CHANCE, FEWEST, Level
from medtune.evaluation.subgroups import suppressed

COLUMN = "unlike_site"
LIKE = "no"
UNREAD = "unread"
WITHIN = (UNREAD, LIKE, "detail", "greys", "view")  # the last is the gravest
REASONS = ("view", "greys", "detail")
YES = "yes"


def flag_of(predictions: pd.DataFrame, model: str, split: str) -> dict[str, pd.Series[str]]:
    """Whether each judged study has a film unlike the site's, indexed by study_id.

    Args:
        predictions: with a word of ``WITHIN`` in ``COLUMN`` where films were held against a
            profile.
        model: whose rows count.
        split: the judged one.

    Returns:
        Under the name ``COLUMN``: yes, no, or unread where no film of the study could be measured.
        Nothing where no film was held against a profile, or none could be measured.
    """
    films = _films(predictions, model, split)
    if films is None or (films[COLUMN] == UNREAD).all():
        return {}
    study = films["study_id"].fillna(films["case_id"]) if "study_id" in films else films["case_id"]
    worst = films[COLUMN].map(WITHIN.index).groupby(study.astype(object).to_numpy()).max()
    words = {place: word if word in (LIKE, UNREAD) else YES for place, word in enumerate(WITHIN)}
    return {COLUMN: worst.map(words).astype(object)}


def as_settings(predictions: pd.DataFrame, model: str, split: str, min_cell: int) -> dict[str, Any]:
    """How many judged patients have a film unlike the site's, by why, as plain values.

    Args:
        predictions: as of ``flag_of``.
        model: whose rows count.
        split: the judged one.
        min_cell: reasons of fewer patients are not shown.

    Returns:
        Under the name ``COLUMN``: what ``Counted`` has, films, and of them those that could not be
        measured. Nothing where no film was held against a profile.
    """
    films = _films(predictions, model, split)
    if films is None:
        return {}
    unread = int((films[COLUMN] == UNREAD).sum())
    told = {**vars(counted(films, min_cell)), "films": len(films), "unread": unread}
    return {COLUMN: told}


@dataclass(frozen=True)
class Counted:
    """Patients with a film unlike the site's.

    Attributes:
        patients: of whom a film could be measured.
        flagged: of them, those with a film unlike the site's.
        reasons: patients by why, a patient once, for the gravest; None where few are not shown.
    """

    patients: int
    flagged: int
    reasons: Mapping[str, int | None]


def counted(films: pd.DataFrame, min_cell: int) -> Counted:
    """Count patients.

    Args:
        films: group_id and a word of ``WITHIN`` in ``COLUMN``, a row a film.
        min_cell: reasons of fewer patients are not shown.
    """
    seen = films[films[COLUMN].isin([LIKE, *REASONS])]
    worst = seen[COLUMN].map(WITHIN.index).groupby(seen["group_id"].astype(object)).max()
    found = worst.map(dict(enumerate(WITHIN))).value_counts()
    reasons = {word: int(found[word]) for word in REASONS if word in found}
    hidden = suppressed(reasons, min_cell) if reasons else {}
    return Counted(
        int(worst.size),
        sum(reasons.values()),
        {word: None if word in hidden else n for word, n in reasons.items()},
    )


@dataclass(frozen=True)
class UnlikeSite:
    """New patients with a film unlike the site's, against those of the report.

    Attributes:
        site: whose profile.
        patients: new ones of whom a film could be measured.
        flagged: of them, those with such a film.
        reasons: by why; None where few are not shown.
        old_patients: the report's; None where its films were not held against this profile.
        old_flagged: likewise.
        p_value: the chance of so many or more if the two were alike (Fisher's exact test).
        level: look_again where chance does not explain it.
    """

    site: str
    patients: int
    flagged: int
    reasons: Mapping[str, int | None]
    old_patients: int | None
    old_flagged: int | None
    p_value: float
    level: Level


def against_report(
    old: pd.DataFrame | None, new: pd.DataFrame, site: str, min_cell: int
) -> UnlikeSite:
    """Hold the share of new patients against the report's.

    Args:
        old: the report's test films, as of ``counted``; None where they were not held against
            this profile.
        new: the new films, likewise.
        site: whose profile.
        min_cell: reasons of fewer patients are not shown.
    """
    now = counted(new, min_cell)
    before = None if old is None else counted(old, min_cell)
    p_value = math.nan
    level: Level = "not_judged"
    if before is not None and min(before.patients, now.patients) >= FEWEST:
        table = [[each.flagged, each.patients - each.flagged] for each in (now, before)]
        p_value = float(fisher_exact(table, alternative="greater").pvalue)
        level = "look_again" if p_value <= CHANCE else "steady"
    return UnlikeSite(
        site,
        now.patients,
        now.flagged,
        now.reasons,
        None if before is None else before.patients,
        None if before is None else before.flagged,
        p_value,
        level,
    )


def _films(predictions: pd.DataFrame, model: str, split: str) -> pd.DataFrame | None:
    """One row a judged film; None where none was held against a profile."""
    if COLUMN not in predictions:
        return None
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    films = rows.drop_duplicates("case_id")
    films = films[films[COLUMN].notna()]
    return None if films.empty else films
