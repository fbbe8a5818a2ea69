"""From a table of marks to a result: what is a ratio per case, such as bits per byte of answers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from medtune.config import Evaluation, Kind
from medtune.config.primary import PRIMARY_MEASURES
from medtune.evaluation import curves, worst
from medtune.evaluation.evaluate import CONDITIONAL, EXPLORATORY
from medtune.evaluation.flow import with_steps
from medtune.evaluation.marks import FEWEST, judge_marks
from medtune.evaluation.measures import Row
from medtune.evaluation.verdict import ask, judge, primary_as_settings
from medtune.tables.results import Result, declare_differences, declare_measures

KIND: Kind = "text"


def evaluate_marks(
    marks: pd.DataFrame,
    settings: Evaluation,
    *,
    target: str,
    flow: pd.DataFrame | None = None,
    fine_tuned: str = "fine_tuned",
    controls: tuple[str, ...] = ("from_scratch",),
    judged_split: str = "test",
) -> Result:
    """Judge the fine-tuned model against every other by what each case got.

    Models are paired on the cases that all of them have, and what is resampled is the customer,
    the same for every model.

    Args:
        marks: see ``tables.marks``; of the cases of the judged split, and of other targets.
        settings: the evaluation section of a run.
        target: the one that the verdict is about; all others are exploratory.
        flow: how the cases became these, to which the steps of the judgement are added.
        fine_tuned: name of the model that is compared with all others.
        controls: names of the controls; the first is the one that a model must be better than.
        judged_split: what the cases are of.

    Raises:
        DataError: marks that contradict themselves, or without the primary comparison.
    """
    measures: list[Row] = []
    differences: list[Row] = []
    for _, part in marks.groupby("target", sort=False):
        more, compared = judge_marks(
            part,
            model=fine_tuned,
            level=settings.level,
            resamples=settings.resamples,
            seed=settings.seed,
            split=judged_split,
        )
        measures, differences = measures + more, differences + compared
    primary = settings.primary.measure or PRIMARY_MEASURES[KIND][0]
    there = marks[marks["target"] == target]
    asked = there[there["measure"] == primary]
    models = sorted(str(name) for name in asked["model"].unique())
    question = ask(settings, {target: models}, fine_tuned, controls, KIND)
    table = pd.DataFrame(differences)
    control = controls[0]
    judgement = judge(question, table, settings.level, "", control)
    return Result(
        question=question.words,
        primary=primary_as_settings(question, judgement),
        answer=judgement.answer,
        verdict=judgement.verdict,
        control_passed=judgement.control_passed,
        measures=declare_measures(pd.DataFrame(measures)),
        differences=declare_differences(table.drop(columns="se")),
        curves=pd.DataFrame(columns=list(curves.COLUMNS)),
        flow=with_steps(flow, _steps(there, asked, target, judged_split)),
        worst=pd.DataFrame(columns=list(worst.COLUMNS)),
        settings=_settings(settings, marks, control, judged_split),
    )


def _steps(there: pd.DataFrame, asked: pd.DataFrame, target: str, split: str) -> list[Row]:
    """How many cases all models have marks of, in what is asked; each is one text of its own."""
    of_case = there.groupby("case_id").agg(group=("group_id", "first"))
    models = asked.groupby("case_id")["model"].nunique().reindex(of_case.index)
    whole = models == asked["model"].nunique()
    nobody = pd.Series(False, index=of_case.index)
    steps = [
        ("in the split", pd.Series(True, index=of_case.index)),
        ("label uncertain", nobody),
        ("label unknown", nobody),
        ("not scored by every model", ~whole),
        ("judged", whole),
    ]
    return [
        {
            "step": step, "split": split, "reason": target, "studies": int(chosen.sum()),
            "films": int(chosen.sum()), "patients": int(of_case.loc[chosen, "group"].nunique()),
        }
        for step, chosen in steps
    ]  # fmt: skip


def _settings(
    settings: Evaluation, marks: pd.DataFrame, control: str, split: str
) -> dict[str, Any]:
    """What was declared, by the names that every result has."""
    return {
        "level": settings.level,
        "resamples": settings.resamples,
        "seed": settings.seed,
        "pool": settings.pool,
        "judged_split": split,
        "min_cell": settings.min_cell,
        "min_patients_of_each_class": FEWEST,
        "operating_points": {},
        "targets": {
            str(name): {"kind": KIND, "classes": [], "unit": ""}
            for name in marks["target"].unique()
        },
        "thresholds": [],
        "referrals": [],
        "answers": [],
        "control": control,
        "unusual": None,
        "notes": [CONDITIONAL, EXPLORATORY],
    }
