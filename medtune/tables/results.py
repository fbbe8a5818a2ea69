"""What the evaluation found: measures, differences, curves, and the answer to one question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from medtune.errors import DataError
from medtune.tables.schema import COUNT, NUMBER, TEXT, declare

SCHEMA_VERSION = 1

Verdict = Literal["gain", "no_gain_shown", "worse", "not_estimable"]

MEASURES = (
    "auroc",
    "average_precision",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "accuracy",
    "accuracy_relative",  # (accuracy - the other's accuracy) / the other's: the 15 % claim
    "auroc_error_relative",  # cut of (1 - AUROC), relative to the other's
    "majority_accuracy",  # accuracy of always answering the more frequent class
    "balanced_accuracy",
    "brier",
    "calibration_slope",
    "calibration_intercept",
    "net_benefit",
    "partial_auroc",  # over the highest specificities, standardised: 0.5 is chance
    "sensitivity_at_specificity",  # read off the ROC curve: no threshold is chosen for it
    "specificity_at_sensitivity",
    "lr_positive",
    "lr_negative",
    "lr_positive_relative",  # ratio to the other's, minus 1
    "lr_negative_relative",
    "ppv_at_prevalence",  # at a typed prevalence
    "npv_at_prevalence",
    "brier_scaled",  # 1 - Brier / that of the prevalence
    "observed_expected",
    "calibration_error",
    "prevalence",
    "macro_auroc",  # of classes: the mean of each against the others
    "quadratic_weighted_kappa",
    "within_one_accuracy",  # of grades: right, or one beside
    "mae",  # of amounts, in their unit: lower is better
    "bias",  # mean of said minus true
    "limit_low",  # limits of agreement: 95 % of said minus true
    "limit_high",
    "r_squared",
    "correlation",
    "referred",  # share of studies that a radiologist decides
    "wrong_absent",  # of the patients called absent, those who have the finding
    "wrong_present",  # of the patients called present, those who have it not
    "unusual",  # share of studies with a film unlike those that taught
    "unlike_site",  # share of studies with a film unlike those of a site's profile
    "answered",  # of classes: share that is sure enough to be said without a person
    "answered_right",  # share of all that is said without a person, and is right
    "answer_precision",  # of those said without a person, the share that is right
    "answered_throughout",  # of the patients with any said so, those with nothing said wrongly
    "right_answer_first",  # share of questions whose own answer is put first of ten
    "chrf",  # of answers that are written: characters in common with a person's, 1 is the same
    "rouge_l",  # words in common in their order
    "term_recall",  # of the house's terms in a person's answers, those that are said
    "edit_effort_characters",  # from a draft to the final text, by its length
    "edit_effort_words",
    "terms_defined",  # of the Capitalised Terms that drafts use, those that are defined
    "terms_used",  # of the terms that drafts define, those that are used
    "references_resolve",  # of the references to own parts, those that lead to one
    "citations_unknown",  # of the citations in drafts, those that the house's list has not
    "clause_recall",  # of the kinds of clause in final texts, those that drafts have
    "clause_precision",  # of the kinds of clause in drafts, those that final texts have
    "house_style",  # how likely a judge of style says that drafts are the house's
    "bank_overlap",  # of the runs of 8 words in drafts, those in approved clauses: wanted
    "others_overlap",  # those in training texts of other groups, and not approved: not wanted
    "others_facts",  # share of drafts with a firm or a sum of other groups
    "extracted",  # of passages of texts, those that are gone on with word for word
    "extractable",  # those that come out with a chance of one half where they are drawn often
    "canary_exposure",  # of planted secrets, in bits: how far ahead they are of those never seen
    "identifiers_said",  # share of answers with the form of an identifier or a listed name
    "bits_per_byte",  # of texts: how well they are foreseen, by any tokenizer; lower is better
)
LOWER_IS_BETTER = frozenset({
    "mae", "brier", "bits_per_byte", "edit_effort_characters", "edit_effort_words",
    "identifiers_said", "citations_unknown", "others_overlap", "others_facts", "extracted",
    "extractable", "canary_exposure",
})  # fmt: skip
RULES = (
    "",
    "shipped",
    "site",
    "recalibrated",  # Platt
    "recalibrated_temperature",
    "recalibrated_isotonic",
    "refer",
)

MEASURE_COLUMNS = {
    "model": TEXT,
    "measure": TEXT,
    "target": TEXT,
    "split": TEXT,
    "rule": TEXT,  # empty where no threshold and no recalibration is in it
    # all, sex=F, refusals=wrong (the worst case of a model that refused), seed=1 (the same training
    # with another seed), or seeds (mean, least and greatest of them)
    "subgroup": TEXT,
    "value": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "level": NUMBER,
    "method": TEXT,
    "n_cases": COUNT,
    "n_groups": COUNT,
    "n_positive": COUNT,
    "threshold": NUMBER,
    "reason": TEXT,  # why there is no value
}
DIFFERENCE_COLUMNS = {
    "measure": TEXT,
    "target": TEXT,
    "split": TEXT,
    "rule": TEXT,
    "subgroup": TEXT,
    "model": TEXT,
    "compared_with": TEXT,
    "difference": NUMBER,  # model minus compared_with
    "low": NUMBER,
    "high": NUMBER,
    "level": NUMBER,
    "p_value": NUMBER,
    "method": TEXT,
    "n_cases": COUNT,
    "n_groups": COUNT,
    "n_positive": COUNT,
    "reason": TEXT,
}


@dataclass(frozen=True)
class Result:
    """Everything the report is made from.

    Attributes:
        question: what was asked, one sentence.
        primary: the declared primary comparison and its row: finding (or 'macro', the mean over
            findings), measure, rule, model, compared_with, margin, reason, difference, low, high,
            level, p_value, method, n_cases, n_groups, n_positive, smallest_detectable_gain,
            non_inferiority_margin (None where nobody asked), non_inferior (whether a loss of it is
            excluded), and not_estimable, the reason why there is no difference.
        answer: one sentence.
        verdict: about the primary comparison only.
        control_passed: whether the fine-tuned model is above the thumbnail control; None where
            that could not be judged.
        measures: table of ``MEASURE_COLUMNS``.
        differences: table of ``DIFFERENCE_COLUMNS``.
        curves: table with columns curve (of findings see ``evaluation.curves``; confusion of
            classes and grades, agreement of amounts), model, target, x, y, low, high, n.
        flow: table with columns step, split, reason, studies, films, patients: how the cases
            became the judged ones; for a finding-wise step the reason names the finding.
        worst: table case_id, target, model, score, reference, error (false negative, false
            positive; of targets wrong class, too high, too low): cases to picture, worst first;
            after them some right decisions at random (true positive, true negative).
        settings: what was declared: level, resamples, seed, pool, operating_points, notes, targets
            (of each that is no finding kind, classes and unit); and
            thresholds, one a model, target and rule: what it was chosen on, its 2 x 2 table.
        warnings: plain sentences.
        spread: where the model was trained with several seeds: seeds, judged (the first), measure
            and difference of the primary comparison (values, mean, standard_deviation with n - 1,
            min, max), verdicts, and reason, why there are none; else None.
    """

    question: str
    primary: dict[str, Any]
    answer: str
    verdict: Verdict
    control_passed: bool | None
    measures: pd.DataFrame
    differences: pd.DataFrame
    curves: pd.DataFrame
    flow: pd.DataFrame
    worst: pd.DataFrame
    settings: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    spread: dict[str, Any] | None = None


def declare_measures(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a measures table its columns.

    Raises:
        DataError: a measure or a rule is none of the closed lists.
    """
    return _of_closed_lists(declare(frame, MEASURE_COLUMNS, "measures"), "measures")


def declare_differences(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a differences table its columns.

    Raises:
        DataError: a measure or a rule is none of the closed lists.
    """
    return _of_closed_lists(declare(frame, DIFFERENCE_COLUMNS, "differences"), "differences")


def _of_closed_lists(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    for column, known in (("measure", MEASURES), ("rule", RULES)):
        strange = sorted(set(frame[column].fillna("")) - set(known))
        if strange:
            raise DataError(f"The table '{table}' has an unknown {column}: {', '.join(strange)}.")
    return frame
