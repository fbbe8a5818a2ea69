"""Classes, grades and amounts judged: whole, by group of patients, and counted otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from medtune.config import Evaluation
from medtune.config.targets import Target
from medtune.evaluation.agreement import draw_contest
from medtune.evaluation.arrays import Weights
from medtune.evaluation.contest import Contest, called, contest
from medtune.evaluation.contest_rows import (
    class_rows,
    contest_differences,
    contest_measures,
    counts_of,
    head_of,
    target_difference,
    target_row,
)
from medtune.evaluation.drawn import Draws
from medtune.evaluation.estimate import not_estimable
from medtune.evaluation.flow import flow_rows
from medtune.evaluation.intervals import proportion
from medtune.evaluation.macro import MACRO, mean_over
from medtune.evaluation.measures import ALL, Row
from medtune.evaluation.pooling import CALIBRATION, Roll, Studies
from medtune.evaluation.remarks import MANY_UNCLEAR, refused_cases
from medtune.evaluation.subgroups import blanked, suppressed
from medtune.evaluation.units import IMAGE, ONE_STUDY, one_study_a_patient
from medtune.evaluation.verdict import Question


@dataclass(frozen=True)
class Judged:
    """What was found of one target."""

    contest: Contest
    draws: Draws
    measures: list[Row] = field(default_factory=list)
    differences: list[Row] = field(default_factory=list)
    steps: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def judge_target(
    studies: Studies,
    name: str,
    target: Target,
    split: str,
    settings: Evaluation,
    weights: Weights,
    fine_tuned: str,
) -> Judged:
    """Judge every model on one target, whole and in subgroups.

    Args:
        studies: the pooled predictions.
        name: of the target.
        target: its kind and classes.
        split: the judged one.
        settings: the evaluation section of a run.
        weights: of the bootstrap.
        fine_tuned: the model that the others are compared with.
    """
    judged, score = called(studies, name, target, split)
    whole = contest(judged, score, target, split)
    draws = draw_contest(whole, weights)
    measures = contest_measures(whole, draws, settings.level) + _worst_case(
        judged, score, whole, settings
    )
    differences = contest_differences(whole, draws, fine_tuned, settings.level)
    if target.kind == "multiclass":
        more, compared = class_rows(whole, fine_tuned, settings.level)
        measures, differences = measures + more, differences + compared
    for attribute in settings.subgroups:
        if attribute in studies.attributes:
            values = studies.attributes[attribute]
            more, compared = _subgroups(whole, attribute, values, settings, weights, fine_tuned)
            measures, differences = measures + more, differences + compared
    warnings = _unclear(judged) + refused_cases(
        judged, whole.reference.size, worst_case=target.kind != "continuous"
    )
    return Judged(whole, draws, measures, differences, flow_rows(judged, split), warnings)


def calibration_contest(studies: Studies, name: str, target: Target) -> Contest | None:
    """The calibration cases of one target; None where there are none."""
    if not (studies.scores["split"] == CALIBRATION).any():
        return None
    return contest(*called(studies, name, target, CALIBRATION), target, CALIBRATION)


def mean_rows(
    judged: list[Judged], measure: str, fine_tuned: str, level: float
) -> tuple[list[Row], list[Row]]:
    """The mean of a measure over targets, and of its differences, from the same resamples."""
    models = sorted({model for each in judged for model in each.contest.models})

    def of(each: Judged, *names: str) -> bool:
        return all((name, measure, "") in each.draws for name in names)

    measures: list[Row] = []
    differences: list[Row] = []
    for model in models:
        over = [(e.contest.target, e.draws[model, measure, ""]) for e in judged if of(e, model)]
        there = [e.contest for e in judged if of(e, model)]
        head = {"target": MACRO, "split": judged[0].contest.split, "rule": "", "subgroup": ALL}
        estimate = mean_over(over, level, test=False)
        measures.append(target_row(head, model, measure, level, estimate, counts_of(*there)))
        if model == fine_tuned:
            continue
        both = [
            (
                e.contest.target,
                e.draws[fine_tuned, measure, ""] - e.draws[model, measure, ""],
            )
            for e in judged
            if of(e, fine_tuned, model)
        ]
        compared = mean_over(both, level, test=True)
        counts = counts_of(*(e.contest for e in judged if of(e, fine_tuned, model)))
        differences.append(
            target_difference(head, fine_tuned, model, measure, level, compared, counts)
        )
    return measures, differences


def otherwise(
    by_image: Studies | None,
    whole: Contest,
    target: Target,
    settings: Evaluation,
    weights: Weights,
    fine_tuned: str,
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Sensitivity rows: each image for itself, and one study a patient.

    Args:
        by_image: the same films as studies of their own; None where every study has one.
        whole: the headline's contest.
        target: kind and classes.
        settings: the evaluation section of a run.
        weights: of the bootstrap.
        fine_tuned: the model that the others are compared with.
    """
    units: list[tuple[str, Contest]] = []
    if by_image is not None:
        images = contest(*called(by_image, whole.target, target, whole.split), target, whole.split)
        units.append((IMAGE, images))
    if whole.clustered:
        units.append((ONE_STUDY, one_study_a_patient(whole, settings.seed)))
    for subgroup, part in units:
        draws = draw_contest(part, weights)
        measures = contest_measures(part, draws, settings.level, subgroup)
        yield measures, contest_differences(part, draws, fine_tuned, settings.level, subgroup)


def primary_of(question: Question, measures: list[Row], differences: list[Row]) -> tuple[Row, Row]:
    """The rows of the primary measure of the fine-tuned model, and of its difference."""
    head = {"measure": question.measure, "target": question.finding, "subgroup": ALL}
    own = {**head, "model": question.model}
    both = {**own, "compared_with": question.compared_with}
    (value,) = (row for row in measures if own.items() <= row.items())
    (gain,) = (row for row in differences if both.items() <= row.items())
    return value, gain


def retrained_rows(
    studies: Studies,
    targets: Mapping[str, Target],
    question: Question,
    split: str,
    settings: Evaluation,
    weights: Weights,
) -> tuple[Row, Row]:
    """The same rows of a training with another seed, which stands as the fine-tuned model.

    Args:
        studies: its pooled predictions, and those of the others.
        targets: by name.
        question: the primary comparison.
        split: the judged one.
        settings: the evaluation section of a run.
        weights: the verdict's own resamples.
    """
    whole = settings.model_copy(update={"subgroups": []})
    asked = targets if question.finding == MACRO else {question.finding: targets[question.finding]}
    judged = [
        judge_target(studies, name, target, split, whole, weights, question.model)
        for name, target in asked.items()
    ]
    if question.finding == MACRO:
        return primary_of(
            question, *mean_rows(judged, question.measure, question.model, settings.level)
        )
    return primary_of(question, judged[0].measures, judged[0].differences)


def _subgroups(
    whole: Contest,
    attribute: str,
    values: pd.Series[str],
    settings: Evaluation,
    weights: Weights,
    fine_tuned: str,
) -> tuple[list[Row], list[Row]]:
    """Each level of one attribute apart, small ones suppressed; exploratory."""
    value = values.reindex(list(whole.study)).to_numpy(dtype=object)
    parts = {str(name): value == name for name in sorted(set(value))}
    patients = {name: int(np.unique(whole.group[part]).size) for name, part in parts.items()}
    hidden = suppressed(patients, settings.min_cell)
    measures: list[Row] = []
    differences: list[Row] = []
    for name, part in parts.items():
        some = whole.only(part & (name not in hidden))
        draws, subgroup = draw_contest(some, weights), f"{attribute}={name}"
        judged = contest_measures(some, draws, settings.level, subgroup)
        compared = contest_differences(some, draws, fine_tuned, settings.level, subgroup)
        if name in hidden:
            judged, compared = blanked(judged, hidden[name]), blanked(compared, hidden[name])
        measures += judged
        differences += compared
    return measures, differences


def _worst_case(judged: Roll, score: Any, whole: Contest, settings: Evaluation) -> list[Row]:
    """Of each model that refused studies: the share right with every refusal wrong.

    An amount that is not said has no error that could be counted.
    """
    if whole.kind == "continuous":
        return []
    known, rows = np.isfinite(judged.reference), []
    for place, model in enumerate(judged.models):
        refused = ~np.isfinite(judged.score[place])
        if not (refused & known).any():
            continue
        alone = replace(
            whole,
            models=(model,),
            score=np.where(np.isfinite(score[[place]][:, known]), score[[place]][:, known], 0.0),
            reference=judged.reference[known],
            group=judged.group[known],
            study=tuple(np.array(judged.study, dtype=object)[known]),
        )
        right = (alone.said(model) == alone.reference) & ~refused[known]
        estimate = (
            not_estimable(alone.too_few)
            if alone.too_few
            else proportion(right, alone.group, settings.level, clustered=alone.clustered)
        )
        head = head_of(alone, "refusals=wrong")
        rows.append(target_row(head, model, "accuracy", settings.level, estimate, counts_of(alone)))
    return rows


def _unclear(judged: Roll) -> list[str]:
    """Warn where more than a tenth of the test labels are uncertain or unknown."""
    unclear = ~np.isfinite(judged.reference)
    n, total = int(unclear.sum()), unclear.size
    if n <= MANY_UNCLEAR * total:
        return []
    uncertain = int((unclear & judged.uncertain).sum())
    return [
        f"{judged.target}: {n} of {total} test studies have no clear label ({uncertain} uncertain, "
        f"{n - uncertain} unknown): judged only on clear cases; expect lower in practice."
    ]
