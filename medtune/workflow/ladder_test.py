"""The chosen rung whole, with its threshold, and its one look at the test split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.alignment import align
from medtune.evaluation.declared_utility import Threshold
from medtune.evaluation.pooling import Roll, pool_studies, roll
from medtune.evaluation.rung_on_test import Decided, OnTest, on_test
from medtune.evaluation.rungs import Step
from medtune.evaluation.trial import calibration_cases
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.vision.trained import TrainedModel, load, save
from medtune.workflow.climb import OF_GENERIC, Chosen, Climb, by_label_of, model_of
from medtune.workflow.firewall import refuse_known_test
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.generic_rungs import home_of
from medtune.workflow.judging import cases_to_judge, film_splits
from medtune.workflow.kept_rung import keep
from medtune.workflow.models import Judged, trained
from medtune.workflow.reference import put_into, read_reference, unread
from medtune.workflow.sealed import as_settings, look_at
from medtune.workflow.taught_rungs import trained_whole

OWN, FIRST = "chosen", "first"


@dataclass(frozen=True)
class Tested:
    """The chosen rung in use, and how it did.

    Attributes:
        folder: a run folder, for ``medtune predict``; None where it has no threshold.
        threshold: positive is score >= threshold.
        result: on test; None where it was not judged.
        first: name of the rung that it is compared with.
        sealed: what is told of the test split.
        reason: why it was not judged.
        note: where the threshold was not taken as the rung's rule says; empty where it was.
    """

    folder: RunFolder | None
    threshold: float
    result: OnTest | None
    first: str
    sealed: dict[str, Any]
    reason: str = ""
    note: str = ""


def judge_on_test(climb: Climb, found: Chosen, allow: Sequence[str]) -> Tested:
    """Make the chosen rung ready for use, and judge it on test after the look is logged.

    Raises:
        SealError: the split, its seal, its plan or its log are not what was written.
        LeakError: the generic model, or a training, knows test cases.
    """
    run, choice = climb.run, found.choice
    calibration = _judged(climb, "calibration")
    step = choice.step
    first = next((each for each in choice.steps if each.name == choice.first), step)
    ready = _ready(climb, found, step, calibration)
    beside = _ready(climb, found, first, calibration)
    for one in (ready, beside):
        if isinstance(one, str):
            return Tested(None, np.nan, None, first.name, {}, one)
    assert not isinstance(ready, str)
    assert not isinstance(beside, str)
    (own, taken), (other, other_taken) = ready, beside
    threshold, note = taken.value, taken.note
    folder = _folder(climb, step, own, threshold)
    judged = _judged(climb, "test")
    why = "there is no test case" if judged.cases.empty else choice.reason
    if why:
        return Tested(folder, threshold, None, first.name, {}, why, note)
    refuse_taught_test_patients(run, read_cases_table(climb.home.prepared.cases), judged.splits)
    splits = film_splits(judged)
    refuse_known_test(run, judged.films, splits, allow, climb.home.prepared.leaks)
    reference = run.evaluation.reference
    read = None if reference is None else read_reference(reference, run, judged.films)
    opened = look_at(run, splits, verb="ladder", model=sha256_of(folder.model))
    climb.taught.tell(f"look number {len(opened.looks)} at this test split")
    kept = load(folder.path)
    predictions = pd.concat(
        [
            trained(judged, kept, OWN, {f: f for f in kept.card.findings}).predictions,
            trained(judged, other, FIRST, climb.generic.findings).predictions,
        ],
        ignore_index=True,
    )
    if read is not None:
        predictions = put_into(predictions, read)
        predictions = predictions[~unread(predictions, read)]
    called = _roll(climb, predictions, "test")
    result = on_test(
        Decided(step.name, _scores(called, OWN), threshold),
        Decided(first.name, _scores(called, FIRST), other_taken.value),
        called.reference,
        called.group,
        climb.utility,
        level=run.evaluation.level,
        resamples=run.evaluation.resamples,
        seed=run.evaluation.seed,
    )
    return Tested(folder, threshold, result, first.name, as_settings(run, opened), note=note)


def _judged(climb: Climb, name: str) -> Judged:
    task = climb.choosing.task
    return cases_to_judge(climb.run, climb.home.prepared, task, (name,), show=climb.show)


def _roll(climb: Climb, predictions: pd.DataFrame, split: str) -> Roll:
    return roll(pool_studies(predictions, climb.run.evaluation.pool, split), climb.finding, split)


def _scores(called: Roll, model: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.asarray(called.score[called.models.index(model)])


def _ready(
    climb: Climb, found: Chosen, step: Step, calibration: Judged
) -> tuple[TrainedModel, Threshold] | str:
    """A rung's model and the threshold that the calibration split gives; or why it has none."""
    generic, finding = climb.generic, climb.finding
    if step.name in climb.run.ladder.teach:
        model: TrainedModel | str = load(trained_whole(climb.taught, step.name).path)
        findings = {f: f for f in climb.run.data.findings}
    else:
        name = step.name if step.name in OF_GENERIC else "shipped"
        model, findings = model_of(climb, name, found.prevalence), generic.findings
    if isinstance(model, str):
        return model
    if step.rule == "shipped":
        own = next(own for own, ours in findings.items() if ours == finding)
        if own not in model.card.thresholds:
            return "it came without a threshold for this finding"
        threshold = model.card.thresholds[own]
        if step.name == "score_alignment":
            home = home_of(generic, finding)
            assert home is not None
            share = found.prevalence.value
            reached = align(found.scores, by_label_of(home), share).reaching(threshold)
            threshold = max(reached, 0.0)  # scores are probabilities: from 0 on all are called
        return model, Threshold(threshold)
    if calibration.cases.empty:
        return "there is no calibration case to take a threshold from"
    scored = trained(calibration, model, OWN, findings).predictions
    score, reference, _ = calibration_cases(_roll(climb, scored, "calibration"), OWN)
    taken = climb.utility.threshold(step.rule, score, reference)
    return taken if isinstance(taken, str) else (model, taken)


def _folder(climb: Climb, step: Step, model: TrainedModel, threshold: float) -> RunFolder:
    """The chosen rung as a run folder whose model decides by the ladder's threshold."""
    finding, findings = climb.finding, climb.generic.findings
    if step.name in climb.run.ladder.teach:
        folder = trained_whole(climb.taught, step.name)
        thresholds = {**model.card.thresholds, finding: threshold}
        points = {**model.card.operating_points, finding: _point(climb)}
        if not np.isfinite(threshold):
            del thresholds[finding]
        card = replace(model.card, thresholds=thresholds, operating_points=points)
        if card != model.card:
            save(model.network, card, folder.model, model.familiarity)
        return folder
    theirs = model.card.thresholds
    thresholds = {ours: theirs[own] for own, ours in findings.items() if own in theirs}
    thresholds[finding] = threshold
    return keep(climb.run, climb.home, step.name, model, findings, thresholds)


def _point(climb: Climb) -> dict[str, Any]:
    return {climb.utility.kind: climb.utility.at}
