"""One finding judged: every model on the same studies, whole, by group, and counted otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from medtune.config import Evaluation, Target
from medtune.evaluation import referral, unusual, worst
from medtune.evaluation.arrays import Weights
from medtune.evaluation.differences import difference_rows
from medtune.evaluation.drawn import Draws, draw
from medtune.evaluation.flow import flow_rows
from medtune.evaluation.measures import Row, measure_rows
from medtune.evaluation.pooling import CALIBRATION, Roll, Studies, pool_studies, roll
from medtune.evaluation.reference_error import corrected_rows
from medtune.evaluation.remarks import (
    refusals,
    refused_cases,
    thin_calibration,
    unclear_cases,
)
from medtune.evaluation.selective import Referral
from medtune.evaluation.sensitivity import turned_label_rows
from medtune.evaluation.subgroups import subgroup_rows
from medtune.evaluation.thresholds import threshold_rows
from medtune.evaluation.trial import Trial, asked_of, prepare, with_refusals_wrong
from medtune.evaluation.units import IMAGE, ONE_STUDY, one_study_a_patient, unit_rows

WORST_CASE = ("auroc", "sensitivity", "specificity", "accuracy")


@dataclass(frozen=True)
class Finding:
    """What was found of one finding.

    Attributes:
        trial: every model's scores of the same studies.
        draws: what was resampled of it.
        measures: rows.
        differences: rows.
        steps: of the flow.
        warnings: sentences.
        worst: the worst errors, and some right decisions.
        points: how far the thresholds reach on calibration.
        referred: where scores are left to a radiologist.
        curves: risk and coverage.
    """

    trial: Trial
    draws: Draws
    measures: list[Row] = field(default_factory=list)
    differences: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    worst: list[Row] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)
    referred: list[dict[str, Any]] = field(default_factory=list)
    curves: list[dict[str, Any]] = field(default_factory=list)


def judge_finding(
    studies: Studies,
    name: str,
    split: str,
    settings: Evaluation,
    shipped: Mapping[tuple[str, str], float],
    *,
    weights: Weights,
    choosing: Weights,
    by_image: Studies | None,
    attributes: Mapping[str, pd.Series[str]],
    flags: Mapping[str, pd.Series[str]],
    fine_tuned: str,
    generic: tuple[str, ...],
) -> Finding:
    """Judge every model on one finding.

    Args:
        studies: the pooled predictions.
        name: of the finding.
        split: the judged one.
        settings: the evaluation section of a run.
        shipped: thresholds that models came with, by (model, finding).
        weights: resamples of the judged patients.
        choosing: resamples of the calibration patients.
        by_image: the same films as studies of their own; None where every study has one.
        attributes: by name, the attribute of every study, indexed by study_id.
        flags: by name, whether a study has a film unlike those that taught, or a site's, likewise.
        fine_tuned: the model that the others are compared with.
        generic: models that are neither that nor a control.
    """
    judged = roll(studies, name, split)
    trial = trial_of(studies, name, split, settings, shipped)
    at_home = _calibration(studies, name)
    drawn = draw(trial, weights)
    found = Finding(trial, drawn, steps=flow_rows(judged, split))
    measures, differences, warnings = found.measures, found.differences, found.warnings
    measures += measure_rows(trial, settings.level, drawn)
    measures += _worst_case(judged, trial, settings.level)
    own = fine_tuned in trial.models
    if own:
        differences += difference_rows(trial, fine_tuned, settings.level, drawn, generic=generic)
        found.worst.extend(worst.worst_rows(trial, fine_tuned, studies.films))
        found.worst.extend(worst.right_rows(trial, fine_tuned, studies.films, settings.seed))
        warnings += unclear_cases(judged, trial, fine_tuned)
    warnings += refused_cases(judged, trial.reference.size) + thin_calibration(trial)
    found.points.extend(
        threshold_rows(trial, at_home, settings.target_of(name), choosing, settings.level)
    )
    bounds = settings.refer_of(name)
    cuts: dict[str, Referral] = {}
    if bounds is not None:
        cuts = referral.referrals(trial, at_home, bounds)
        measures += referral.referral_rows(trial, cuts, settings.level)
        found.curves.extend(referral.curve_rows(trial))
        found.referred.extend(referral.settings_rows(trial, cuts))
    groups = dict(attributes)
    for flag, flagged in flags.items() if own else ():
        groups[flag] = flagged
        measures += unusual.unusual_rows(
            trial,
            fine_tuned,
            flagged,
            attributes,
            settings.level,
            settings.min_cell,
            measure=flag,
        )
    for attribute, values in groups.items():
        more, compared = subgroup_rows(
            trial,
            attribute,
            values,
            fine_tuned=fine_tuned,
            level=settings.level,
            min_cell=settings.min_cell,
            weights=weights,
            seed=settings.seed,
        )
        measures += more
        differences += compared
        measures += referral.referred_by_group(
            trial, cuts, attribute, values, settings.level, settings.min_cell
        )
    if settings.reference_accuracy is not None:
        known = settings.reference_accuracy
        measures += corrected_rows(trial, drawn, weights, known, settings.level)
    for more, compared in _otherwise(by_image, trial, settings, fine_tuned, weights):
        measures += more
        differences += compared
    return found


def trial_of(
    studies: Studies,
    target: str,
    judged_split: str,
    settings: Evaluation,
    shipped: Mapping[tuple[str, str], float],
) -> Trial:
    """One finding, paired and with thresholds."""
    return prepare(
        roll(studies, target, judged_split),
        _calibration(studies, target),
        judged_split,
        settings.target_of(target),
        shipped,
        asked_of(settings, target),
    )


def each_image(
    studies: Studies, settings: Evaluation, judged_split: str, declared: Mapping[str, Target]
) -> Studies | None:
    """The same films, each for itself; None where every study has one."""
    if not (studies.scores["films"] > 1).any():
        return None
    films = studies.films.assign(study_id=studies.films["case_id"], uncertain="")
    return pool_studies(films, settings.pool, judged_split, declared)


def _otherwise(
    by_image: Studies | None,
    trial: Trial,
    settings: Evaluation,
    fine_tuned: str,
    weights: Weights,
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Sensitivity rows: other units, and labels turned round."""
    args: dict[str, Any] = {"fine_tuned": fine_tuned, "level": settings.level}
    if by_image is not None:
        films = trial_of(by_image, trial.target, trial.split, settings, {})
        yield unit_rows(films, trial, IMAGE, **args, weights=weights)
    if trial.clustered:
        alone = one_study_a_patient(trial, settings.seed)
        yield unit_rows(alone, trial, ONE_STUDY, **args, weights=weights)
    yield turned_label_rows(trial, **args, seed=settings.seed)


def _calibration(studies: Studies, target: str) -> Roll | None:
    rows = studies.scores[
        (studies.scores["split"] == CALIBRATION) & (studies.scores["target"] == target)
    ]
    return None if rows.empty else roll(studies, target, CALIBRATION)


def _worst_case(judged: Roll, trial: Trial, level: float) -> list[Row]:
    """Rows of the models that refused studies, in which each refusal is wrong."""
    rows: list[Row] = []
    for model in refusals(judged):
        alone = with_refusals_wrong(judged, trial, model)
        judged_rows = measure_rows(alone, level, subgroup="refusals=wrong")
        rows += [row for row in judged_rows if row["measure"] in WORST_CASE]
    return rows
