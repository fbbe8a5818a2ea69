"""What referring to a radiologist does on the judged studies: how many, who, and how right."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from medtune.config import Refer
from medtune.evaluation.arrays import Flags, Indices
from medtune.evaluation.curves import COLUMNS
from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.evaluation.intervals import proportion
from medtune.evaluation.measures import ALL, Row, measure_row
from medtune.evaluation.pooling import Roll
from medtune.evaluation.selective import (
    NOT_ASKED,
    Cut,
    Referral,
    area_under,
    fit_referral,
    risk_coverage,
)
from medtune.evaluation.subgroups import blanked, parts
from medtune.evaluation.trial import MIN_PATIENTS, Trial, calibration_cases

RULE = "refer"
REFERRED, WRONG_ABSENT, WRONG_PRESENT = "referred", "wrong_absent", "wrong_present"
MOST_POINTS = 200


def referrals(trial: Trial, calibration: Roll | None, wanted: Refer) -> dict[str, Referral]:
    """Each model's cuts, from its own calibration cases.

    Args:
        trial: one finding, with its thresholds.
        calibration: the calibration split's roll.
        wanted: the bounds.
    """
    found = {}
    for model in trial.models:
        score, reference, group = calibration_cases(calibration, model)
        point = trial.points[model, "site"]
        threshold = math.nan if point.reason else point.threshold
        found[model] = fit_referral(score, reference, group, threshold, wanted)
    return found


def referral_rows(
    trial: Trial, found: dict[str, Referral], level: float, subgroup: str = ALL
) -> list[Row]:
    """Measures of every model by the rule 'refer'.

    referred: share of studies that are not decided. wrong_absent, wrong_present: what is bounded,
    with the patient as the unit.

    Args:
        trial: one finding, the whole set or a part of it.
        found: each model's cuts.
        level: confidence level of the intervals.
        subgroup: 'all' or 'sex=F'.
    """
    rows: list[Row] = []
    for model, rule in found.items():
        absent, present = rule.called(trial.of(model))
        referred = proportion(~(absent | present), trial.group, level, clustered=trial.clustered)
        rows.append(measure_row(trial, model, REFERRED, RULE, subgroup, level, referred, math.nan))
        for measure, cut, called, wrong in (
            (WRONG_ABSENT, rule.absent, absent, trial.reference),
            (WRONG_PRESENT, rule.present, present, ~trial.reference),
        ):
            if cut.reason != NOT_ASKED:
                estimate = _share(cut, called, wrong, trial.group, level)
                rows.append(
                    measure_row(trial, model, measure, RULE, subgroup, level, estimate, cut.score)
                )
    return rows


def referred_by_group(
    trial: Trial,
    found: dict[str, Referral],
    attribute: str,
    values: pd.Series[str],
    level: float,
    min_cell: int,
) -> list[Row]:
    """Who is referred: the share of studies in each level of an attribute.

    Args:
        trial: one finding.
        found: each model's cuts.
        attribute: its name.
        values: the attribute of every study, indexed by study_id.
        level: confidence level.
        min_cell: the least number of patients that is shown.
    """
    rows: list[Row] = []
    for name, some, hidden in parts(trial, attribute, values, min_cell):
        judged = referral_rows(some, found, level, f"{attribute}={name}")
        judged = [row for row in judged if row["measure"] == REFERRED]
        rows += blanked(judged, hidden) if hidden else judged
    return rows


def curve_rows(trial: Trial) -> list[dict[str, Any]]:
    """Risk-coverage curves: x is the share of studies decided, y the share of them wrong."""
    rows: list[dict[str, Any]] = []
    for model in trial.models:
        point = trial.points[model, "site"]
        if point.reason or trial.too_few:
            continue
        coverage, risk = risk_coverage(trial.of(model), trial.reference, point.threshold)
        some = np.unique(np.linspace(0, coverage.size - 1, MOST_POINTS).round().astype(int))
        for x, y in zip(coverage[some], risk[some], strict=True):
            kept = round(float(x) * trial.reference.size)
            values = (RULE, model, trial.target, float(x), float(y), math.nan, math.nan, kept)
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def settings_rows(trial: Trial, found: dict[str, Referral]) -> list[dict[str, Any]]:
    """Each model's cuts, what they were chosen on, and the area under its risk-coverage curve."""
    rows = []
    for model, rule in found.items():
        point = trial.points[model, "site"]
        area = None
        if not (point.reason or trial.too_few):
            curve = risk_coverage(trial.of(model), trial.reference, point.threshold)
            area = area_under(*curve)
        rows.append(
            {
                "model": model,
                "target": trial.target,
                "confidence": rule.confidence,
                "calibration_patients": rule.patients,
                "absent": _plain(rule.absent),
                "present": _plain(rule.present),
                "aurc": area,
            }
        )
    return rows


def _plain(cut: Cut) -> dict[str, Any]:
    """A cut as JSON has it: what there is none of is null."""
    return {key: None if value != value else value for key, value in asdict(cut).items()}


def _share(cut: Cut, called: Flags, wrong: Flags, group: Indices, level: float) -> Estimate:
    """Of the patients with any study called so, the share of whom such a study is wrong."""
    if cut.reason:
        return not_estimable(cut.reason)
    patients = np.unique(group[called])
    if patients.size < MIN_PATIENTS:
        return not_estimable(
            f"{patients.size} patients are decided so; at least {MIN_PATIENTS} are needed"
        )
    mistaken = np.isin(patients, group[called & wrong])
    return proportion(mistaken, patients, level, clustered=False)
