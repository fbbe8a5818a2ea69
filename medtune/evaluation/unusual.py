"""Films unlike those that taught: from which distance on a film is called unusual, and who has one.

The limit is a conformal one (Bates, Candes, Lei, Romano & Sesia 2023, "Testing for outliers with
conformal p-values", Annals of Statistics 51): a patient like those of the calibration split has
any film beyond it with at most the declared chance, since the greatest distance of a new patient
is as likely to have any rank among theirs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.intervals import proportion
from medtune.evaluation.measures import ALL, Row, measure_row
from medtune.evaluation.pooling import CALIBRATION
from medtune.evaluation.subgroups import blanked, parts
from medtune.evaluation.trial import Trial

DISTANCE = "embedding_distance"
ATTRIBUTE = "unusual"
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Limit:
    """From where on a film is unusual.

    Attributes:
        distance: beyond it; NaN where there is none.
        share: of patients like those of calibration who may have a film beyond it.
        patients: calibration patients.
        reason: why there is none.
    """

    distance: float
    share: float
    patients: int
    reason: str = ""


def usual_up_to(distance: pd.Series[float], group: pd.Series[str], share: float) -> Limit:
    """The limit from the calibration films.

    Args:
        distance: of each film; NaN where it could not be seen.
        group: the patient of each.
        share: of such patients who may be called unusual.
    """
    greatest = np.sort(distance.groupby(group.to_numpy()).max().dropna().to_numpy(np.float64))
    n = greatest.size
    rank = math.ceil((n + 1) * (1 - share))
    if rank > n:
        needed = math.ceil(1 / share) - 1
        reason = f"{n} calibration patients are too few: at least {needed} are needed"
        return Limit(math.nan, share, n, reason)
    return Limit(float(greatest[rank - 1]), share, n)


def limit_of(predictions: pd.DataFrame, model: str, share: float) -> Limit | None:
    """The limit of a model's predictions; None where they hold no distances."""
    if DISTANCE not in predictions:
        return None
    films = _films(predictions, model)
    if films[DISTANCE].isna().all():
        return None
    calibration = films[films["split"] == CALIBRATION]
    return usual_up_to(calibration[DISTANCE], calibration["group_id"], share)


def unusual_studies(predictions: pd.DataFrame, model: str, limit: Limit) -> pd.Series[str]:
    """Whether each study has a film beyond the limit: yes or no, indexed by study_id."""
    films = _films(predictions, model)
    study = films["study_id"].fillna(films["case_id"]) if "study_id" in films else films["case_id"]
    beyond = (films[DISTANCE] > limit.distance).groupby(study.astype(object).to_numpy()).any()
    return beyond.map({True: YES, False: NO}).astype(object)


def unusual_rows(
    trial: Trial,
    model: str,
    unusual: pd.Series[str],
    attributes: Mapping[str, pd.Series[str]],
    level: float,
    min_cell: int,
    *,
    measure: str = ATTRIBUTE,
) -> list[Row]:
    """The share of studies with an unusual film: of all, and of each group of patients.

    Studies of which that is not known do not count.

    Args:
        trial: one finding.
        model: whose features were measured.
        unusual: yes or no, or another word where it is not known, by study_id.
        attributes: by name, the attribute of every study, indexed by study_id.
        level: confidence level.
        min_cell: the least number of patients that is shown.
        measure: its name.
    """
    known = unusual.reindex(list(trial.study)).isin([YES, NO]).to_numpy()
    if not known.all():
        trial = trial.only(known)

    def judged(some: Trial, subgroup: str) -> list[Row]:
        flag = unusual.reindex(list(some.study)).to_numpy(dtype=object) == YES
        share = proportion(flag, some.group, level, clustered=trial.clustered)
        return [measure_row(some, model, measure, "", subgroup, level, share, math.nan)]

    rows = judged(trial, ALL)
    for attribute, values in attributes.items():
        for name, some, hidden in parts(trial, attribute, values, min_cell):
            found = judged(some, f"{attribute}={name}")
            rows += blanked(found, hidden) if hidden else found
    return rows


def as_settings(limit: Limit) -> dict[str, Any]:
    """The limit as plain values."""
    return {
        "distance": None if limit.reason else limit.distance,
        "share": limit.share,
        "calibration_patients": limit.patients,
        "reason": limit.reason,
    }


def _films(predictions: pd.DataFrame, model: str) -> pd.DataFrame:
    """One row a film."""
    return predictions[predictions["model"] == model].drop_duplicates("case_id")
