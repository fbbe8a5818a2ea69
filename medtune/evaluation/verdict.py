"""The one question and its answer: the declared primary comparison, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from medtune.config import Evaluation, Kind
from medtune.config.primary import PRIMARY_MEASURES
from medtune.errors import DataError
from medtune.evaluation.macro import MACRO
from medtune.evaluation.study_size import smallest_detectable_gain
from medtune.tables.results import LOWER_IS_BETTER, Verdict

# What a control is, and what a set cannot show whose fine-tuned model is not above it.
CONTROLS = {
    "thumbnail": (
        "an 8 x 8 thumbnail",
        "this set cannot show that the model reads disease",
    ),
    "tfidf": (
        "word counts with a logistic regression",
        "this set cannot show that the model understands more than words",
    ),
    "from_scratch": (
        "the same network trained from scratch",
        "this set cannot show that what its weights knew beforehand helps",
    ),
}
OWN = "fine_tuned"
WORDS = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "accuracy": "accuracy",
    "macro_auroc": "mean AUROC of the classes",
    "balanced_accuracy": "balanced accuracy",
    "quadratic_weighted_kappa": "quadratic-weighted kappa",
    "within_one_accuracy": "accuracy within one grade",
    "mae": "mean absolute error",
    "answered_right": "share answered rightly without a person",
    "bits_per_byte": "bits per byte",
    "edit_effort_characters": "edit effort in characters",
    "edit_effort_words": "edit effort in words",
}


@dataclass(frozen=True)
class Question:
    """The primary comparison, with its defaults filled in.

    Attributes:
        finding: a finding, or 'macro' for the mean over findings.
        measure: what is compared.
        rule: '' or the threshold rule of the measure.
        model: the fine-tuned model.
        compared_with: the other.
        margin: a gain must be above it.
        reason: why this margin and measure, as declared.
        non_inferiority_margin: a loss of this much is to be excluded; None where nobody asks.
    """

    finding: str
    measure: str
    rule: str
    model: str
    compared_with: str
    margin: float
    reason: str | None
    non_inferiority_margin: float | None = None
    kind: Kind = "binary"

    @property
    def words(self) -> str:
        """The question as one sentence."""
        what = "findings" if self.kind == "binary" else "targets"
        finding = f"the mean over the {what}" if self.finding == MACRO else self.finding
        return (
            f"Is {name_of(self.model)} better than {name_of(self.compared_with)} on this site's "
            f"patients ({WORDS[self.measure]}, {finding})?"
        )


def name_of(model: str) -> str:
    """A model in words; a table's own name where it is none of the closed list."""
    if model == OWN:
        return "the fine-tuned model"
    if model.startswith("shipped:"):
        return "the generic model"
    if model == "frozen_backbone":
        return "a local head on generic features"
    if model == "tfidf":
        return "word counts"
    if model == "untouched":
        return "the untouched model"
    if model == "from_scratch":
        return "the same network trained from scratch"
    if model == "blank_page":
        return "a blank page"
    return model


def ask(
    settings: Evaluation,
    models_of: Mapping[str, list[str]],
    fine_tuned: str,
    controls: tuple[str, ...],
    kind: Kind = "binary",
) -> Question:
    """Fill in what the declared primary comparison leaves open; ``rule`` is still empty.

    The measure is the first that fits the kind. The finding is the only one, or the mean over all.
    The other model is the first of ``compare_with`` that has predictions, else the first by name
    that is no control.

    Args:
        settings: the evaluation section.
        models_of: findings in the predictions, and the models that scored each.
        fine_tuned: name of the fine-tuned model.
        controls: names of the controls.
        kind: of what is judged.

    Raises:
        DataError: a declared finding or model has no predictions, or there is none to compare.
    """
    primary = settings.primary
    findings = list(models_of)
    finding = primary.finding or (findings[0] if len(findings) == 1 else MACRO)
    if finding != MACRO and finding not in findings:
        raise DataError(
            f"'evaluation.primary' names the finding {finding}, and the predictions have only: "
            + ", ".join(findings)
        )
    models = sorted(set().union(*(models_of.get(f, []) for f in findings if finding in (f, MACRO))))
    if fine_tuned not in models:
        raise DataError(
            f"The predictions have no score of the model '{fine_tuned}', only of: "
            + ", ".join(models)
        )
    others = [model for model in models if model != fine_tuned]
    declared = primary.compared_with
    if declared is not None and declared not in others:
        raise DataError(
            f"'evaluation.primary' compares with {declared}, and the predictions have only: "
            + ", ".join(others)
        )
    if declared is None:
        asked = settings.model_names()
        rest = [model for model in others if model not in controls or model in asked]
        candidates = [name for name in asked if name in rest] + rest
        if not candidates:
            raise DataError("There is no model to compare the fine-tuned model with.")
        declared = candidates[0]
    measure = primary.measure or PRIMARY_MEASURES[kind][0]
    if kind == "continuous" and finding == MACRO:
        raise DataError(
            "'evaluation.primary' must name one of the amounts, which have no mean over their "
            "units: " + ", ".join(findings)
        )
    return Question(
        finding,
        measure,
        "",
        fine_tuned,
        declared,
        primary.margin,
        primary.reason,
        primary.non_inferiority_margin,
        kind,
    )


@dataclass(frozen=True)
class Judgement:
    """What the primary row says.

    Attributes:
        verdict: gain, no_gain_shown, worse or not_estimable.
        control_passed: whether the fine-tuned model is above the thumbnail; None if not judged.
        answer: in words.
        smallest_detectable_gain: that the study could have shown; NaN where not estimable.
        row: the differences row of the primary comparison.
        non_inferior: whether a loss of the margin or more is excluded; None where nobody asked,
            or nothing is estimable.
    """

    verdict: Verdict
    control_passed: bool | None
    answer: str
    smallest_detectable_gain: float
    row: pd.Series[Any]
    non_inferior: bool | None = None


def judge(
    question: Question,
    differences: pd.DataFrame,
    level: float,
    unit: str = "",
    control: str = "thumbnail",
) -> Judgement:
    """Give the verdict and say it.

    A gain is what is better: a higher value, or a lower error.

    Args:
        question: the primary comparison.
        differences: table of differences, with the column ``se``.
        level: confidence level.
        unit: of the measure, where it has one.
        control: the one that a model must be above which is to mean anything.

    Raises:
        DataError: there is no row that compares the two, not even one that says why not.
    """
    row = _row(differences, question, question.compared_with)
    if row is None:
        raise DataError(
            f"Nothing compares {question.model} with {question.compared_with} on "
            f"'{question.finding}': the predictions have no row of both models to measure "
            f"{WORDS[question.measure]} by."
        )
    beside = _row(differences, question, control)
    passed = None
    if beside is not None and not beside["reason"]:
        passed = gained(beside)[0] > 0
    verdict = verdict_of(row, question.margin)
    smallest = math.nan
    if not row["reason"]:
        smallest = question.margin + smallest_detectable_gain(float(row["se"]), level)
    non_inferior = None
    if question.non_inferiority_margin is not None and not row["reason"]:
        non_inferior = gained(row)[0] > -question.non_inferiority_margin
    answer = _answer(
        question, verdict, passed, row, smallest, beside, non_inferior, unit, CONTROLS[control]
    )
    return Judgement(verdict, passed, answer, smallest, row, non_inferior)


def primary_as_settings(question: Question, judgement: Judgement) -> dict[str, Any]:
    """The question and its row, as ``tables.results.Result.primary`` has them."""
    row = judgement.row
    return {
        "finding": question.finding,
        "measure": question.measure,
        "rule": question.rule,
        "model": question.model,
        "compared_with": question.compared_with,
        "margin": question.margin,
        "reason": question.reason,
        "difference": float(row["difference"]),
        "low": float(row["low"]),
        "high": float(row["high"]),
        "level": float(row["level"]),
        "p_value": float(row["p_value"]),
        "method": str(row["method"]),
        "n_cases": int(row["n_cases"]),
        "n_groups": int(row["n_groups"]),
        "n_positive": None if pd.isna(row["n_positive"]) else int(row["n_positive"]),
        "smallest_detectable_gain": judgement.smallest_detectable_gain,
        "non_inferiority_margin": question.non_inferiority_margin,
        "non_inferior": judgement.non_inferior,
        "not_estimable": str(row["reason"]),
    }


def gained(row: Mapping[str, Any] | pd.Series[Any]) -> tuple[float, float]:
    """The interval of a difference as a gain: turned round where lower is better."""
    low, high = float(row["low"]), float(row["high"])
    return (-high, -low) if row["measure"] in LOWER_IS_BETTER else (low, high)


def verdict_of(row: Mapping[str, Any] | pd.Series[Any], margin: float) -> Verdict:
    """What a row of differences says, by its interval alone."""
    if row["reason"]:
        return "not_estimable"
    low, high = gained(row)
    if low > margin:
        return "gain"
    return "worse" if high < 0 else "no_gain_shown"


def _row(differences: pd.DataFrame, question: Question, other: str) -> pd.Series[Any] | None:
    if differences.empty:  # a table without rows has no columns either
        return None
    found = differences[
        (differences["measure"] == question.measure)
        & (differences["target"] == question.finding)
        & (differences["rule"] == question.rule)
        & (differences["subgroup"] == "all")
        & (differences["compared_with"] == other)
    ]
    return None if found.empty else found.iloc[0]


def _answer(
    question: Question,
    verdict: Verdict,
    passed: bool | None,
    row: pd.Series[Any],
    smallest: float,
    control: pd.Series[Any] | None,
    non_inferior: bool | None,
    unit: str,
    named: tuple[str, str],
) -> str:
    own, other = name_of(question.model), name_of(question.compared_with)
    begins = own[:1].upper() + own[1:] if question.model == OWN else own
    measure = WORDS[question.measure]
    what, shows = named
    if verdict == "not_estimable":
        return (
            f"Whether {own} is better than {other} cannot be judged on this set: {row['reason']}."
        )
    after = f" {unit}" if unit else ""
    lower = ", where lower is better" if question.measure in LOWER_IS_BETTER else ""
    figures = (
        f"{measure} difference {row['difference']:+.3f}{after}{lower}, "
        f"{100 * float(row['level']):g} % interval {row['low']:+.3f} to {row['high']:+.3f}{after}, "
        f"{row['n_cases']} studies of {row['n_groups']} patients"
    )
    detectable = f"the smallest gain that this study could have shown is {smallest:.3f}{after}"
    by = f" by more than {question.margin:g}{after}" if question.margin > 0 else ""
    if verdict == "gain":
        text = f"{begins} is better than {other}{by}"
        if passed is False:
            text += f", but not better than {what}: {shows}"
        text += f" ({figures}; {detectable})"
    elif verdict == "worse":
        text = f"{begins} is worse than {other} ({figures})"
    else:
        text = (
            f"No gain{by} over {other} is shown ({figures}): gains above "
            f"{gained(row)[1]:.3f}{after} are excluded, and {detectable}"
        )
    if non_inferior is not None:
        loss = f"a loss of {question.non_inferiority_margin:g}{after} or more"
        text += f"; {loss} is {'excluded' if non_inferior else 'not excluded'}"
    if passed is False and verdict != "gain":
        text += f"; nor is {own} better than {what}: {shows}"
    if passed is None and question.model == OWN:  # of other products there are no films to shrink
        why = "it was not judged in the same way" if control is None else control["reason"]
        text += f"; whether it is better than {what} could not be judged: {why}"
    return text + "."
