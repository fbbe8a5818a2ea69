"""From a table of predictions to a result: every step of the judgement, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from medtune.config import Evaluation, Kind, Target
from medtune.config.primary import PLANNABLE
from medtune.evaluation import curves, unlike, unusual, worst
from medtune.evaluation.answering import answer_rows
from medtune.evaluation.contests import (
    Judged,
    calibration_contest,
    judge_target,
    mean_rows,
    otherwise,
    primary_of,
    retrained_rows,
)
from medtune.evaluation.drawn import Draws
from medtune.evaluation.findings import each_image, judge_finding, trial_of
from medtune.evaluation.flow import with_steps
from medtune.evaluation.gaps import with_adjusted
from medtune.evaluation.intervals import patients_of_each_class
from medtune.evaluation.macro import MACRO, macro_differences, macro_measures
from medtune.evaluation.measures import Row
from medtune.evaluation.outcomes import outcome_rows, worst_outcomes
from medtune.evaluation.planning import needed
from medtune.evaluation.pooling import CALIBRATION, patients_of, pool_studies
from medtune.evaluation.resampling import patient_weights
from medtune.evaluation.spread import other_verdicts, primary_rows, split_off, spread
from medtune.evaluation.trial import (
    MIN_PATIENTS,
    Trial,
)
from medtune.evaluation.verdict import Question, ask, judge, primary_as_settings
from medtune.tables.results import (
    Result,
    declare_differences,
    declare_measures,
)

CONDITIONAL = "Intervals are conditional on the thresholds and on the trained weights."
EXPLORATORY = "Everything but the primary comparison is exploratory and not adjusted."


def evaluate(
    predictions: pd.DataFrame,
    settings: Evaluation,
    *,
    targets: Mapping[str, Target] | None = None,
    shipped_thresholds: Mapping[tuple[str, str], float] | None = None,
    flow: pd.DataFrame | None = None,
    fine_tuned: str = "fine_tuned",
    controls: tuple[str, ...] = ("thumbnail", "random_weights"),
    judged_split: str = "test",
    seeds: Sequence[int] = (),
    by_hand: Mapping[str, str] = MappingProxyType({}),
) -> Result:
    """Judge the fine-tuned model against every other on the same studies.

    Films are pooled to studies, models are paired on the studies that all of them scored,
    thresholds and recalibration come from each model's own calibration rows by one rule, and
    what is resampled is the patient. Nothing depends on the order of the rows.

    Args:
        predictions: table of ``medtune.tables.predictions``, with splits calibration and test; the
            columns study_id, uncertain and attributes may follow.
        settings: the evaluation section of a run.
        targets: by name, those that are no findings, all of one kind.
        shipped_thresholds: thresholds that models came with, by (model, target).
        flow: how the cases became these, to which the steps of the judgement are added.
        fine_tuned: name of the model that is compared with all others.
        controls: names of the controls, which are never the primary comparison by default; the
            first is the one that a model must be above.
        judged_split: the split that is judged.
        seeds: with which the fine-tuned model was trained, the judged one first; the scores of
            the others stand in the predictions as models ``FINE_TUNED:seed=N``.
        by_hand: of a target of classes, the one that is never said without a person.

    Returns:
        Measures, differences, curves, spread over the seeds, verdict and answer. The worst case of
        a model that refused studies stands under the subgroup 'refusals=wrong'.

    Raises:
        DataError: predictions that contradict themselves, or a primary comparison that they do not
            contain.
        LeakError: a patient both in calibration and in the judged split.
    """
    declared = dict(targets or {})
    predictions, of_seed = split_off(predictions, fine_tuned, seeds)
    studies = pool_studies(predictions, settings.pool, judged_split, declared)
    shipped = dict(shipped_thresholds or {})
    in_test = studies.scores[studies.scores["split"] == judged_split]
    names = sorted(str(name) for name in in_test["target"].unique())
    models = sorted(str(name) for name in in_test["model"].unique())
    there = {
        str(target): sorted(set(rows.astype(str)))
        for target, rows in in_test.groupby("target")["model"]
    }
    kind: Kind = next((target.kind for target in declared.values()), "binary")
    question = ask(settings, there, fine_tuned, controls, kind)
    generic = tuple(m for m in models if m not in (*controls, fine_tuned))
    weights = patient_weights(patients_of(studies, judged_split), settings.resamples, settings.seed)

    choosing = patient_weights(patients_of(studies, CALIBRATION), settings.resamples, settings.seed)
    by_image = each_image(studies, settings, judged_split, declared)
    attributes = {
        name: studies.attributes[name] for name in settings.subgroups if name in studies.attributes
    }
    far = unusual.limit_of(predictions, fine_tuned, settings.unusual)
    flags: dict[str, pd.Series[str]] = {}
    if far is not None and not far.reason:
        flags[unusual.ATTRIBUTE] = unusual.unusual_studies(predictions, fine_tuned, far)
    flags |= unlike.flag_of(predictions, fine_tuned, judged_split)
    measures: list[Row] = []
    differences: list[Row] = []
    points: list[dict[str, Any]] = []
    referred: list[dict[str, Any]] = []
    drawn_curves: list[dict[str, Any]] = []
    worst_cases: list[Row] = []
    steps: list[Row] = []
    trials: list[Trial] = []
    draws: list[Draws] = []
    warnings: list[str] = []
    contests: list[Judged] = []
    answered: list[dict[str, Any]] = []
    for target in names:
        if target not in declared:
            of_finding = judge_finding(
                studies,
                target,
                judged_split,
                settings,
                shipped,
                weights=weights,
                choosing=choosing,
                by_image=by_image,
                attributes=attributes,
                flags=flags,
                fine_tuned=fine_tuned,
                generic=generic,
            )
            trials.append(of_finding.trial)
            draws.append(of_finding.draws)
            steps, warnings = steps + of_finding.steps, warnings + of_finding.warnings
            measures += of_finding.measures
            differences += of_finding.differences
            worst_cases += of_finding.worst
            points += of_finding.points
            referred += of_finding.referred
            drawn_curves += of_finding.curves
            continue
        found = judge_target(
            studies, target, declared[target], judged_split, settings, weights, fine_tuned
        )
        contests.append(found)
        for more, compared in otherwise(
            by_image, found.contest, declared[target], settings, weights, fine_tuned
        ):
            measures, differences = measures + more, differences + compared
        steps, measures = steps + found.steps, measures + found.measures
        differences, warnings = differences + found.differences, warnings + found.warnings
        worst_cases += worst_outcomes(found.contest, fine_tuned, studies.films)
        if settings.answer_alone is not None and declared[target].kind == "multiclass":
            more, compared, said = answer_rows(
                found.contest,
                calibration_contest(studies, target, declared[target]),
                settings.answer_alone,
                by_hand.get(target),
                weights,
                fine_tuned,
                settings.level,
            )
            measures, differences = measures + more, differences + compared
            answered += said
    if len(contests) > 1 and kind != "continuous":
        means, compared = mean_rows(contests, question.measure, fine_tuned, settings.level)
        measures, differences = measures + means, differences + compared
    question = replace(question, rule=_rule(question, trials))
    if len(trials) > 1:
        for measure, rule in {("auroc", ""): 0, (question.measure, question.rule): 0}:
            measures += macro_measures(trials, draws, measure, rule, settings.level)
            differences += macro_differences(
                trials, draws, fine_tuned, measure, rule, settings.level
            )
    spread_figures: dict[str, Any] | None = None
    if of_seed:
        level = settings.level
        if declared:
            rows = {seeds[0]: primary_of(question, measures, differences)}
        else:
            rows = {seeds[0]: primary_rows(trials, question, level, weights)}
        for seed, table in of_seed.items():
            own = pool_studies(table, settings.pool, judged_split, declared)
            if declared:
                rows[seed] = retrained_rows(
                    own, declared, question, judged_split, settings, weights
                )
            else:
                its = [trial_of(own, target, judged_split, settings, shipped) for target in names]
                rows[seed] = primary_rows(its, question, level, weights)
        more, compared, spread_figures = spread(rows, question)
        measures += more
        differences += compared
        warnings += other_verdicts(spread_figures)
    warnings += [
        f"The predictions have no column '{name}': there are no subgroups by it."
        for name in settings.subgroups
        if name not in attributes
    ]
    compared_table = pd.DataFrame(differences)
    if settings.subgroups and differences:
        compared_table = with_adjusted(compared_table, settings.subgroups)
    units = {name: target.unit or "" for name, target in declared.items()}
    control = next(iter(controls), "thumbnail")
    unit = units.get(question.finding, "")
    judgement = judge(question, compared_table, settings.level, unit, control)
    return Result(
        question=question.words,
        primary=primary_as_settings(question, judgement),
        answer=judgement.answer,
        verdict=judgement.verdict,
        control_passed=judgement.control_passed,
        measures=declare_measures(pd.DataFrame(measures)),
        differences=declare_differences(compared_table.drop(columns="se")),
        curves=pd.DataFrame(
            [row for trial in trials for row in curves.curve_rows(trial, settings.level)]
            + [row for each in contests for row in outcome_rows(each.contest)]
            + drawn_curves,
            columns=list(curves.COLUMNS),
        ),
        flow=with_steps(flow, steps),
        worst=pd.DataFrame(worst_cases, columns=list(worst.COLUMNS)),
        settings={
            "level": settings.level,
            "resamples": settings.resamples,
            "seed": settings.seed,
            "pool": settings.pool,
            "judged_split": judged_split,
            "min_cell": settings.min_cell,
            "min_patients_of_each_class": MIN_PATIENTS,
            "operating_points": {
                target: settings.target_of(target).model_dump(exclude_none=True)
                for target in names
                if target not in declared
            },
            "targets": {
                name: {"kind": each.kind, "classes": each.classes or [], "unit": each.unit or ""}
                for name, each in declared.items()
            },
            "thresholds": points,
            "referrals": referred,
            "answers": answered,
            "planned": _planned(settings, question, trials),
            "control": control,
            "unusual": None if far is None else unusual.as_settings(far),
            **unlike.as_settings(predictions, fine_tuned, judged_split, settings.min_cell),
            "notes": [CONDITIONAL, EXPLORATORY],
        },
        warnings=warnings,
        spread=spread_figures,
    )


def _rule(question: Question, trials: list[Trial]) -> str:
    """Which threshold rule the primary measure is taken by: the site's where there is one."""
    if question.measure in ("auroc", "average_precision") or not trials:
        return ""
    for trial in trials:
        if question.finding in (trial.target, MACRO):
            pair = [(question.model, "site"), (question.compared_with, "site")]
            if all(key in trial.points and not trial.points[key].reason for key in pair):
                return "site"
    given = any((question.compared_with, "shipped") in trial.points for trial in trials)
    return "shipped" if given else "site"


def _planned(
    settings: Evaluation, question: Question, trials: list[Trial]
) -> dict[str, Any] | None:
    """What the study was planned to show, the patients that this needs, and those judged."""
    plan = settings.planned
    trial = next((each for each in trials if each.target == question.finding), None)
    if plan is None or trial is None or question.measure not in PLANNABLE:
        return None
    positive, negative = patients_of_each_class(trial.reference, trial.group)
    ratio = negative / positive if positive and negative else 1.0
    asked = needed(plan, question.measure, negatives_per_positive=ratio, level=settings.level)
    return {
        **plan.model_dump(),
        "measure": question.measure,
        "needed": {"positive": asked.positive, "negative": asked.negative},
        "judged": {"positive": positive, "negative": negative},
    }
