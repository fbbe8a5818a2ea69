"""From a table of predictions to a result: every step of the judgement, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from medtune.config import Evaluation, Kind, Target
from medtune.evaluation import curves, referral, unusual, worst
from medtune.evaluation.answering import answer_rows
from medtune.evaluation.arrays import Weights
from medtune.evaluation.contests import (
    Judged,
    calibration_contest,
    judge_target,
    mean_rows,
    otherwise,
    primary_of,
    retrained_rows,
)
from medtune.evaluation.differences import difference_rows
from medtune.evaluation.drawn import Draws, draw
from medtune.evaluation.flow import flow_rows, with_steps
from medtune.evaluation.gaps import with_adjusted
from medtune.evaluation.macro import MACRO, macro_differences, macro_measures
from medtune.evaluation.measures import Row, measure_rows
from medtune.evaluation.outcomes import outcome_rows, worst_outcomes
from medtune.evaluation.pooling import CALIBRATION, Roll, Studies, patients_of, pool_studies, roll
from medtune.evaluation.remarks import (
    refusals,
    refused_cases,
    thin_calibration,
    unclear_cases,
)
from medtune.evaluation.resampling import patient_weights
from medtune.evaluation.selective import Referral
from medtune.evaluation.sensitivity import turned_label_rows
from medtune.evaluation.spread import other_verdicts, primary_rows, split_off, spread
from medtune.evaluation.subgroups import subgroup_rows
from medtune.evaluation.thresholds import threshold_rows
from medtune.evaluation.trial import (
    MIN_PATIENTS,
    Trial,
    asked_of,
    prepare,
    with_refusals_wrong,
)
from medtune.evaluation.units import IMAGE, ONE_STUDY, one_study_a_patient, unit_rows
from medtune.evaluation.verdict import Question, ask, judge, primary_as_settings
from medtune.tables.results import (
    Result,
    declare_differences,
    declare_measures,
)

CONDITIONAL = "Intervals are conditional on the thresholds and on the trained weights."
EXPLORATORY = "Everything but the primary comparison is exploratory and not adjusted."
WORST_CASE = ("auroc", "sensitivity", "specificity", "accuracy")


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
    of_finding = {
        str(target): sorted(set(rows.astype(str)))
        for target, rows in in_test.groupby("target")["model"]
    }
    kind: Kind = next((target.kind for target in declared.values()), "binary")
    question = ask(settings, of_finding, fine_tuned, controls, kind)
    generic = tuple(m for m in models if m not in (*controls, fine_tuned))
    weights = patient_weights(patients_of(studies, judged_split), settings.resamples, settings.seed)

    choosing = patient_weights(patients_of(studies, CALIBRATION), settings.resamples, settings.seed)
    by_image = _by_image(studies, settings, judged_split, declared)
    attributes = {
        name: studies.attributes[name] for name in settings.subgroups if name in studies.attributes
    }
    far = unusual.limit_of(predictions, fine_tuned, settings.unusual)
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
        if target in declared:
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
            continue
        judged = roll(studies, target, judged_split)
        trial = _trial(studies, target, judged_split, settings, shipped)
        steps += flow_rows(judged, judged_split)
        drawn = draw(trial, weights)
        trials.append(trial)
        draws.append(drawn)
        measures += measure_rows(trial, settings.level, drawn)
        measures += _worst_case(judged, trial, settings.level)
        if fine_tuned in trial.models:
            differences += difference_rows(
                trial, fine_tuned, settings.level, drawn, generic=generic
            )
            worst_cases += worst.worst_rows(trial, fine_tuned, studies.films)
            warnings += unclear_cases(judged, trial, fine_tuned)
        warnings += refused_cases(judged, trial.reference.size) + thin_calibration(trial)
        points += threshold_rows(
            trial,
            _calibration(studies, target),
            settings.target_of(target),
            choosing,
            settings.level,
        )
        bounds = settings.refer_of(target)
        cuts: dict[str, Referral] = {}
        if bounds is not None:
            cuts = referral.referrals(trial, _calibration(studies, target), bounds)
            measures += referral.referral_rows(trial, cuts, settings.level)
            drawn_curves += referral.curve_rows(trial)
            referred += referral.settings_rows(trial, cuts)
        flagged = {}
        if far is not None and not far.reason and fine_tuned in trial.models:
            flagged = {unusual.ATTRIBUTE: unusual.unusual_studies(predictions, fine_tuned, far)}
            measures += unusual.unusual_rows(
                trial,
                fine_tuned,
                flagged[unusual.ATTRIBUTE],
                attributes,
                settings.level,
                settings.min_cell,
            )
        for attribute, values in {**attributes, **flagged}.items():
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
        for more, compared in _otherwise(by_image, trial, settings, fine_tuned, weights):
            measures += more
            differences += compared
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
                its = [_trial(own, target, judged_split, settings, shipped) for target in names]
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
    if settings.subgroups:
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
            "control": control,
            "unusual": None if far is None else unusual.as_settings(far),
            "notes": [CONDITIONAL, EXPLORATORY],
        },
        warnings=warnings,
        spread=spread_figures,
    )


def _trial(
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


def _by_image(
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
        films = _trial(by_image, trial.target, trial.split, settings, {})
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
