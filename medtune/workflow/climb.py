"""The rungs of one ladder: what each says of the cases that choose, and the choice."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.model import AdaptMethod
from medtune.config.run import Run
from medtune.evaluation.alignment import ByLabel, Prevalence, align, local_prevalence
from medtune.evaluation.declared_utility import Utility
from medtune.evaluation.pooling import Roll, pool_studies, roll
from medtune.evaluation.rungs import Choice, Rung, choose
from medtune.run_folder import LadderFolder
from medtune.tables.predictions import read_predictions, write_predictions
from medtune.tables.schema import write_text
from medtune.vision.card import Scores
from medtune.vision.trained import TrainedModel, load
from medtune.workflow.generic_rungs import drawn_by_label, harmonised, home_of, re_estimated
from medtune.workflow.models import Generic, Judged, trained
from medtune.workflow.preparing import LEARNING, Prepared
from medtune.workflow.taught_rungs import Taught, out_of_fold, patient_folds, trained_whole

CHOICE = "choice"  # the split that the cases which choose are put in
OF_GENERIC = ("shipped", "harmonisation", "batch_norm")  # each scores for itself
Facts = Mapping[str, float | str | None]


@dataclass(frozen=True)
class Climb:
    """What a ladder is about.

    Attributes:
        run: with the ladder's section.
        finding: that is judged.
        utility: that was declared.
        generic: the model as it came.
        prepared: cases, split and films.
        home: where the ladder lies.
        taught: what the rungs that learn have in common.
        choosing: the cases that choose.
        show: whether progress is shown.
    """

    run: Run
    finding: str
    utility: Utility
    generic: Generic
    prepared: Prepared
    home: LadderFolder
    taught: Taught
    choosing: Judged
    show: bool


@dataclass(frozen=True)
class Chosen:
    """The choice, and what the chosen rung may rest on.

    Attributes:
        choice: of a rung.
        prevalence: of the finding here, or why it is not known.
        scores: (n,) of the generic model as it came, of the cases that chose; where labels said
            how frequent the finding is, of those that have one.
    """

    choice: Choice
    prevalence: Prevalence
    scores: NDArray[np.float64]


def chosen(climb: Climb) -> Chosen:
    """Every rung's scores, and the rung that they choose; what is done is not done again."""
    run, finding = climb.run, climb.finding
    tables: dict[str, pd.DataFrame | None] = {}
    facts: dict[str, Facts] = {}
    fold_of = patient_folds(run, climb.choosing.cases, finding)
    tables["shipped"], facts["shipped"] = _generic(climb, "shipped", None)
    called = _roll(climb, tables)
    sets = _sets(climb, called, tables)
    known = np.isfinite(called.reference) & sets
    prevalence = local_prevalence(
        run.evaluation.prevalences.get(finding),
        called.reference[known] == 1,
        called.group[known],
        run.evaluation.level,
        enriched=run.data.sampling == "enriched",
    )
    for name in OF_GENERIC[1:]:
        tables[name], facts[name] = _generic(climb, name, prevalence)
    for method in run.ladder.teach:
        tables[method], facts[method] = _taught(climb, method, fold_of)
    called = _roll(climb, tables)
    own = _to_align(called, prevalence)
    rungs = _rungs(climb, called, facts, prevalence, own)
    fold = np.array([fold_of.get(patient, 0) for patient in _patients(tables)], np.intp)
    evaluation = run.evaluation
    choice = choose(
        rungs,
        called.reference,
        called.group,
        fold[called.group],
        climb.utility,
        level=evaluation.level,
        resamples=evaluation.resamples,
        seed=evaluation.seed,
        least_gain=run.ladder.least_gain,
        sets=_sets(climb, called, tables),
    )
    return Chosen(choice, prevalence, own)


def _patients(tables: Mapping[str, pd.DataFrame | None]) -> NDArray[np.str_]:
    """The patients in the order of a roll's groups."""
    return np.sort(_together(tables)["group_id"].unique().astype(str))


def _sets(
    climb: Climb, called: Roll, tables: Mapping[str, pd.DataFrame | None]
) -> NDArray[np.bool_]:
    """Which cases are of the calibration split, whose labels alone set thresholds in use."""
    cases = climb.prepared.cases_of["calibration"]
    return np.isin(_patients(tables), cases["group_id"].unique().astype(str))[called.group]


def _to_align(called: Roll, prevalence: Prevalence) -> NDArray[np.float64]:
    """Scores of the generic model as it came, of cases whose prevalence is known."""
    score = called.score[called.models.index("shipped")]
    kept = np.isfinite(score)
    return np.asarray(score[kept & np.isfinite(called.reference) if prevalence.counted else kept])


def _generic(
    climb: Climb, name: str, prevalence: Prevalence | None
) -> tuple[pd.DataFrame | None, Facts]:
    """Scores of a rung without training, once; and what it took, or why it has none."""
    scores, record = climb.home.scores(name), climb.home.record(name)
    if not record.exists():
        climb.taught.tell(f"scoring {name}")
        began = time.monotonic()
        made = model_of(climb, name, prevalence)
        minutes = 0.0 if name == "shipped" else (time.monotonic() - began) / 60
        if isinstance(made, str):
            write_text(json.dumps({"minutes": minutes, "reason": made}), record)
        else:
            found = trained(climb.choosing, made, name, climb.generic.findings)
            threshold = found.thresholds.get((name, climb.finding))
            write_predictions(found.predictions, scores)
            said = {"minutes": minutes, "reason": "", "threshold": threshold}
            write_text(json.dumps(said), record)
    facts = json.loads(record.read_text(encoding="utf-8"))
    return (read_predictions(scores) if scores.exists() else None), facts


def model_of(climb: Climb, name: str, prevalence: Prevalence | None) -> TrainedModel | str:
    """The generic model with what a rung does to it; or why it cannot be done."""
    films = climb.prepared.films(climb.prepared.cases_of["train"])
    if name == "harmonisation":
        return harmonised(climb.run, climb.generic, films, show=climb.show)
    if name == "batch_norm":
        assert prevalence is not None
        hardware = climb.taught.hardware
        return re_estimated(
            climb.run, climb.generic, climb.finding, films, prevalence, hardware, show=climb.show
        )
    return climb.generic.model


def _taught(
    climb: Climb, method: AdaptMethod, fold_of: Mapping[str, int]
) -> tuple[pd.DataFrame, Facts]:
    """Scores of a rung that learns, of cases that did not teach it."""
    run, taught = climb.run, climb.taught
    if run.ladder.choose_by == "cross_validation":
        table, minutes = out_of_fold(taught, method, climb.finding, fold_of)
        return table, {"minutes": minutes, "reason": ""}
    folder = trained_whole(taught, method)
    minutes = float(pd.read_csv(folder.metrics)["seconds"].sum()) / 60
    scores = climb.home.scores(method)
    if not scores.exists():
        model = load(folder.path)
        found = trained(climb.choosing, model, method, {f: f for f in model.card.findings})
        write_predictions(found.predictions, scores)
    return read_predictions(scores), {"minutes": minutes, "reason": ""}


def _together(tables: Mapping[str, pd.DataFrame | None]) -> pd.DataFrame:
    """The rows of all rungs as one split."""
    parts = [
        table.assign(model=name, split=CHOICE).drop(columns=["fold", "seconds"], errors="ignore")
        for name, table in tables.items()
        if table is not None
    ]
    return pd.concat(parts, ignore_index=True)


def _roll(climb: Climb, tables: Mapping[str, pd.DataFrame | None]) -> Roll:
    studies = pool_studies(_together(tables), climb.run.evaluation.pool, CHOICE)
    return roll(studies, climb.finding, CHOICE)


def labelled_studies(climb: Climb, *names: str) -> int:
    """Studies of these splits that have a label for the finding."""
    cases = pd.concat([climb.prepared.cases_of[name] for name in names])
    return int(cases.loc[cases[climb.finding].notna(), "study_id"].nunique())


def _rungs(
    climb: Climb,
    called: Roll,
    facts: Mapping[str, Facts],
    prevalence: Prevalence,
    to_align: NDArray[np.float64],
) -> list[Rung]:
    """All rungs, in the order of what they cost: nothing, films, few labels, all labels.

    Each with the labels that it would need in use: those of calibration where they set its
    threshold or say how frequent the finding is.
    """
    few, every = labelled_studies(climb, "calibration"), labelled_studies(climb, *LEARNING)

    def scores(name: str) -> NDArray[np.float64]:
        return np.asarray(called.score[called.models.index(name)])

    def minutes(name: str) -> float:
        return float(facts[name]["minutes"] or 0)

    own = scores("shipped")
    shipped = facts["shipped"]["threshold"]
    threshold = np.nan if shipped is None else float(shipped)
    home = home_of(climb.generic, climb.finding)
    reason = alignable(home, prevalence)
    aligned = own
    if not reason:
        assert home is not None
        aligned = align(to_align, by_label_of(home), prevalence.value)(own)
    counts = few if prevalence.counted else 0
    found = [
        Rung("shipped", "shipped", own, threshold),
        Rung("score_alignment", "shipped", aligned, threshold, labels=counts, reason=reason),
        Rung("site_threshold", "site", own, labels=few),
        Rung("recalibration", "recalibrated", own, labels=few),
    ]
    for name in OF_GENERIC[1:]:
        why, labels = str(facts[name]["reason"]), few
        if name == "batch_norm" and not why and drawn_by_label(home, prevalence):
            labels = labelled_studies(climb, "train", "calibration")
        rung = Rung(name, "recalibrated", minutes=minutes(name), labels=labels, reason=why)
        found.append(rung if why else replace(rung, score=scores(name)))
    found += [
        Rung(method, "recalibrated", scores(method), minutes=minutes(method), labels=every)
        for method in climb.run.ladder.teach
    ]
    return found


def alignable(home: Scores | None, prevalence: Prevalence) -> str:
    """Why scores cannot be aligned; empty where they can."""
    if home is None:
        return "its card does not say how it scored the finding where it learnt"
    return prevalence.reason


def by_label_of(home: Scores) -> ByLabel:
    """What a card says of a finding, as the evaluation wants it."""
    present, absent, shares = (
        np.asarray(part) for part in (home.present, home.absent, home.shares)
    )
    return ByLabel(home.prevalence, present, absent, shares)
