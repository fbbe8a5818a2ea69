"""A new month against the films that were judged: inputs, scores, and calibration with labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from medtune.evaluation import calibration
from medtune.evaluation.drift import CHANCE, FEWEST, Kind, Level, Shift, more_than, shifts
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.intervals import auroc_interval, patients_of_each_class
from medtune.evaluation.multiplicity import holm
from medtune.evaluation.ranking import auroc_covariance
from medtune.evaluation.trial import MIN_PATIENTS
from medtune.evaluation.unlike import COLUMN, UnlikeSite, against_report
from medtune.evaluation.unusual import DISTANCE
from medtune.tables.predictions import COLUMNS

CATEGORIES = (
    *("view", "sex", "age_band", "scanner", "portable", "modality", "presentation", "body_part"),
    *("photometric", "transfer_syntax", "bits_stored", "lossy", "size"),
)
NUMBERS = (
    *("grey_mean", "grey_sd", "grey_low", "grey_median", "grey_high", "black", "detail"),
    DISTANCE,
)
SCORE, CALLED, REFERENCE = "score of ", "called present: ", "reference of "
LEVEL = 0.95
SEVERITY: tuple[Level, ...] = ("not_judged", "steady", "watch", "look_again")


@dataclass(frozen=True)
class Change:
    """A measure that needs labels, old and new; the patients are others, so that it is unpaired.

    Attributes:
        target: the finding.
        measure: auroc, calibration_intercept or calibration_slope.
        old: on the judged films.
        new: on the new ones, with its interval ``low`` to ``high``.
        low: lower end.
        high: upper end.
        p_value: two-sided, of no change; adjusted by Holm in ``p_adjusted``.
        p_adjusted: over all findings and measures.
        level: look_again where it got worse beyond chance.
        reason: why it was not judged.
    """

    target: str
    measure: str
    old: float = math.nan
    new: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p_value: float = math.nan
    p_adjusted: float = math.nan
    level: Level = "not_judged"
    reason: str = ""


@dataclass(frozen=True)
class Unfamiliar:
    """How many new patients have a film unlike those that taught.

    Attributes:
        patients: new patients whose films could be seen.
        flagged: of them, those with such a film.
        declared: the share that was declared for patients like those of calibration.
        p_value: the chance of so many or more.
        level: look_again where chance does not explain it.
    """

    patients: int
    flagged: int
    declared: float
    p_value: float
    level: Level


@dataclass(frozen=True)
class Monitored:
    """What came of the comparison.

    Attributes:
        verdict: the gravest of all levels; not_judged where too few patients came.
        old_patients: judged patients.
        new_patients: new patients.
        shifts: of inputs and scores.
        unfamiliar: None where distances or a limit are not known.
        unlike: None where new films were not held against a site's profile.
        changes: with labels; empty without.
        not_compared: quantities that only one of the two has.
    """

    verdict: Level
    old_patients: int
    new_patients: int
    shifts: list[Shift]
    unfamiliar: Unfamiliar | None
    unlike: UnlikeSite | None
    changes: list[Change]
    not_compared: list[str]


def film_table(predictions: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Predictions of one model as a row a film.

    Args:
        predictions: case_id, target and score; group_id (else each film is its own patient),
            reference, embedding_distance and attributes where there are.
        thresholds: by target: present is score >= it.

    Returns:
        case_id, group_id, the attributes, and for each target its score, whether it was called
        present, and its reference.
    """
    given = predictions.copy()
    if "class" in given:  # each class of a target is a score of its own
        of_class = given["class"].astype("string").fillna("")
        given["target"] = given["target"].where(of_class == "", given["target"] + " " + of_class)
    if "group_id" not in given:
        given["group_id"] = given["case_id"]
    kept = [name for name in given.columns if name not in COLUMNS or name in ("group_id",)]
    films = given.drop_duplicates("case_id").set_index("case_id")[kept]
    for target, rows in given.groupby("target", sort=True):
        score = pd.to_numeric(rows.set_index("case_id")["score"]).astype(np.float64)
        films[f"{SCORE}{target}"] = score
        if target in thresholds:
            called = (score >= thresholds[str(target)]).map({True: "yes", False: "no"})
            films[f"{CALLED}{target}"] = called.where(score.notna())
        if "reference" in rows:
            reference = pd.to_numeric(rows.set_index("case_id")["reference"])
            films[f"{REFERENCE}{target}"] = reference.astype(np.float64)
    return films.reset_index()


def monitor(
    old: pd.DataFrame,
    new: pd.DataFrame,
    *,
    limit: float = math.nan,
    declared: float = math.nan,
    min_cell: int = 10,
    site: str | None = None,
) -> Monitored:
    """Compare new films with those that were judged.

    Args:
        old: a row a judged film: case_id, group_id, and the quantities.
        new: the same of the new films.
        limit: distance beyond which a film is unusual; NaN where there is none.
        declared: the share of patients who may have such a film.
        min_cell: categories of fewer patients are taken together.
        site: whose profile the new films were held against, as their column 'unlike_site' says; and
            the old ones, where they have such a column.
    """
    kinds: dict[str, Kind] = {}
    missing: list[str] = []
    wanted = [*CATEGORIES, *NUMBERS]
    wanted += [name for name in old.columns if name.startswith((SCORE, CALLED))]
    for name in wanted:
        if name in old.columns and name in new.columns:
            number = name in NUMBERS or name.startswith(SCORE)
            kinds[name] = "number" if number else "category"
        elif name in old.columns or name in new.columns:
            missing.append(name)
    found = shifts(old, new, kinds, min_cell=min_cell)
    unfamiliar = _unfamiliar(new, limit, declared)
    changes = _changes(old, new)
    levels: list[Level] = [shift.level for shift in found] + [each.level for each in changes]
    if unfamiliar is not None:
        levels.append(unfamiliar.level)
    unlike = None
    if site is not None:
        unlike = against_report(old if COLUMN in old else None, new, site, min_cell)
        levels.append(unlike.level)
    patients = int(new["group_id"].nunique())
    verdict: Level = "not_judged"
    if patients >= FEWEST:
        verdict = max(levels, key=SEVERITY.index, default="not_judged")
    return Monitored(
        verdict,
        int(old["group_id"].nunique()),
        patients,
        found,
        unfamiliar,
        unlike,
        changes,
        missing,
    )


def _unfamiliar(new: pd.DataFrame, limit: float, declared: float) -> Unfamiliar | None:
    if DISTANCE not in new or math.isnan(limit):
        return None
    far = new.groupby("group_id")[DISTANCE].max().dropna()
    if far.empty:
        return None
    flagged = int((far > limit).sum())
    p_value = more_than(declared, flagged, far.size)
    level: Level = "look_again" if p_value <= CHANCE else "steady"
    if far.size < FEWEST:
        level = "not_judged"
    return Unfamiliar(int(far.size), flagged, declared, p_value, level)


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> list[Change]:
    """AUROC and calibration of each finding that has labels among the new films."""
    found: list[Change] = []
    for name in old.columns:
        if not name.startswith(REFERENCE) or name not in new or new[name].notna().sum() == 0:
            continue
        if not set(old[name].dropna()) | set(new[name].dropna()) <= {0.0, 1.0}:
            continue  # an amount
        target = name.removeprefix(REFERENCE)
        before, after = _measured(old, target), _measured(new, target)
        found += [_change(target, measure, before[measure], after[measure]) for measure in before]
    judged = [each for each in found if not each.reason]
    if not judged:
        return found
    p_values = holm(np.array([each.p_value for each in judged]))
    p_of = {(each.target, each.measure): float(p) for each, p in zip(judged, p_values, strict=True)}
    return [
        each if each.reason else _levelled(each, p_of[each.target, each.measure]) for each in found
    ]


def _levelled(change: Change, p_adjusted: float) -> Change:
    """Look again where it is beyond chance and for the worse."""
    right = {"auroc": 1.0, "calibration_slope": 1.0, "calibration_intercept": 0.0}[change.measure]
    worse = abs(change.new - right) > abs(change.old - right)
    level: Level = "look_again" if worse and p_adjusted <= CHANCE else "steady"
    return replace(change, p_adjusted=p_adjusted, level=level)


def _change(target: str, measure: str, before: Estimate, after: Estimate) -> Change:
    reason = after.reason or before.reason
    if not reason and not (before.se > 0 and after.se > 0):
        reason = "it has no standard error"
    if reason:
        return Change(target, measure, reason=reason)
    spread = math.hypot(before.se, after.se)
    p_value = float(2 * norm.sf(abs(after.value - before.value) / spread))
    return Change(
        target, measure, before.value, after.value, after.low, after.high, p_value=p_value
    )


def _measured(films: pd.DataFrame, target: str) -> dict[str, Estimate]:
    """AUROC, calibration in the large and slope, clustered by patient."""
    score = films[f"{SCORE}{target}"].to_numpy(np.float64)
    known = films[f"{REFERENCE}{target}"].to_numpy(np.float64)
    kept = np.isfinite(score) & np.isfinite(known)
    score, reference = score[kept], known[kept] == 1
    group = pd.factorize(films.loc[kept, "group_id"].astype(str))[0]
    measures = ("auroc", "calibration_intercept", "calibration_slope")
    positive, negative = patients_of_each_class(reference, group)
    if min(positive, negative) < MIN_PATIENTS:
        few = f"{positive} positive and {negative} negative patients with labels; at least "
        return {name: not_estimable(f"{few}{MIN_PATIENTS} of each are needed") for name in measures}
    area, variance = auroc_covariance(score[None], reference, group)
    return {
        "auroc": auroc_interval(float(area[0]), float(variance[0, 0]), reference, group, LEVEL),
        "calibration_intercept": calibration.intercept(score, reference, group, LEVEL),
        "calibration_slope": calibration.slope(score, reference, group, LEVEL),
    }
