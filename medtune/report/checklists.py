"""Three reporting guidelines, item by item: where in this report each is answered.

What is asked is said in our own few words; the guidelines themselves are in English in every
language of the report. STARD 2015 (Bossuyt et al., BMJ 2015;351:h5527), CLAIM 2020 (Mongan et al.,
Radiol Artif Intell 2020;2:e200029), TRIPOD+AI (Collins et al., BMJ 2024;385:e078378).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Item = tuple[str, str, str]  # number, what is asked, ids of sections, separated by spaces

STARD: tuple[Item, ...] = (
    ("1", "A study of diagnostic accuracy, by title or abstract", "question numbers"),
    ("2", "Structured summary", "question numbers frequencies limits"),
    ("3", "Background, intended use and clinical role", "stated-intended_use"),
    ("4", "Objectives and hypotheses", "question differences"),
    ("5", "Whether data were collected before or after the tests", "limits"),
    ("6", "Eligibility criteria", "flow record-data"),
    ("7", "On what basis participants were identified", "stated-participants"),
    ("8", "Where and when: setting, location, dates", "stated-setting"),
    ("9", "Consecutive, random or convenience series", "record-data"),
    ("10a", "Index test, so that it can be repeated", "record-model record-versions"),
    (
        "10b",
        "Reference standard, so that it can be repeated",
        "record-data record-reference stated-reference_standard",
    ),
    ("11", "Why this reference standard", "stated-reference_standard"),
    (
        "12a",
        "Cut-offs of the index test, prespecified or exploratory",
        "sealed comparison record-judging",
    ),
    ("12b", "Cut-offs of the reference standard", ""),
    ("13a", "What the readers of the index test knew", "sealed"),
    (
        "13b",
        "What the assessors of the reference standard knew",
        "record-reference stated-blinding",
    ),
    ("14", "Methods of estimating and comparing accuracy", "differences comparison record-judging"),
    ("15", "How indeterminate results were handled", "flow refer"),
    ("16", "How missing data were handled", "flow comparison"),
    (
        "17",
        "Analyses of variability, prespecified or exploratory",
        "subgroups seeds otherwise again",
    ),
    ("18", "Intended sample size and how it was determined", "planned stated-sample_size"),
    ("19", "Flow of participants, as a diagram", "flow"),
    ("20", "Baseline characteristics", "baseline"),
    ("21a", "Severity of disease among those who have it", "stated-spectrum"),
    ("21b", "Other diagnoses among those who do not have it", "stated-spectrum"),
    ("22", "Interval and interventions between index test and reference standard", ""),
    ("23", "Cross tabulation of index test and reference standard", "comparison outcomes"),
    ("24", "Estimates of accuracy and their precision", "numbers comparison findings"),
    ("25", "Adverse events", "stated-harms"),
    ("26", "Limitations: bias, uncertainty, generalisability", "limits otherwise"),
    ("27", "Implications for practice, intended use and role", "whatif curves stated-intended_use"),
    ("28", "Registration number", "stated-registration"),
    ("29", "Where the full protocol can be had", "sealed stated-protocol"),
    ("30", "Funding and the role of funders", "stated-funding"),
)

CLAIM: tuple[Item, ...] = (
    ("1", "A study of AI, with the kind of technology", "record-model"),
    ("2", "Structured summary", "question numbers frequencies limits"),
    ("3", "Background, intended use and clinical role", "stated-intended_use"),
    ("4", "Objectives and hypotheses", "question differences"),
    ("5", "Prospective or retrospective", "limits"),
    ("6", "Goal of the study", "question"),
    ("7", "Data sources", "flow record-data"),
    ("8", "Eligibility criteria", "flow record-data"),
    ("9", "Preprocessing", "record-model"),
    ("10", "Selection of subsets", "flow"),
    ("11", "Definitions of data elements", ""),
    ("12", "De-identification", ""),
    ("13", "Missing data", "flow comparison"),
    (
        "14",
        "Definition of the reference standard",
        "record-data record-reference stated-reference_standard",
    ),
    ("15", "Why this reference standard", "stated-reference_standard"),
    (
        "16",
        "Who annotated, and how they were prepared",
        "record-reference stated-reference_standard stated-blinding",
    ),
    ("17", "Annotation tools", ""),
    ("18", "Variability between and within raters", ""),
    ("19", "Intended sample size", "planned stated-sample_size"),
    ("20", "How data were assigned to partitions", "record-data flow"),
    ("21", "Level at which partitions are disjoint", "record-data"),
    ("22", "Description of the model", "record-model"),
    ("23", "Software, libraries and versions", "record-versions"),
    ("24", "Initial weights", "record-model"),
    ("25", "Training: augmentation, settings", "record-training"),
    ("26", "How the final model was selected", "record-training"),
    ("27", "Ensembling", "record-training"),
    ("28", "Metrics of performance", "comparison"),
    ("29", "Statistical uncertainty", "differences"),
    ("30", "Robustness or sensitivity analysis", "subgroups otherwise seeds unusual again"),
    ("31", "Methods of explaining the model", "stated-explanation"),
    ("32", "Testing on other data", ""),
    ("33", "Flow of participants", "flow"),
    ("34", "Characteristics of cases in each partition", "baseline"),
    ("35", "Performance of the models on all partitions", ""),
    ("36", "Accuracy and its precision", "numbers comparison"),
    ("37", "Failure analysis", "gallery refer"),
    ("38", "Limitations", "limits"),
    ("39", "Implications for practice", "whatif curves"),
    ("40", "Registration", "stated-registration"),
    ("41", "Protocol, code and data: where", "sealed stated-protocol stated-data_sharing"),
    ("42", "Funding", "stated-funding"),
)

TRIPOD_AI: tuple[Item, ...] = (
    ("1", "Developing or evaluating a model: population and outcome", "question"),
    ("2", "Abstract", "question numbers frequencies limits"),
    ("3a", "Healthcare context and existing models", ""),
    ("3b", "Target population, purpose and intended users", "stated-intended_use stated-users"),
    ("3c", "Known health inequalities between groups", "stated-inequalities"),
    ("4", "Objectives", "question"),
    ("5a", "Sources of data and how representative they are", "flow limits"),
    ("5b", "Dates of data", "stated-setting"),
    ("6a", "Setting: number and location of centres", "record-data stated-setting"),
    ("6b", "Eligibility criteria", "flow record-data"),
    ("6c", "Treatments received", ""),
    ("7", "Data preparation and quality checks", "record-model flow"),
    (
        "8a",
        "Outcome and how it was assessed",
        "record-data record-reference stated-reference_standard",
    ),
    ("8b", "Qualifications of outcome assessors", "record-reference stated-reference_standard"),
    ("8c", "Blinding of the assessment of the outcome", "record-reference stated-blinding"),
    ("9a", "Choice of predictors", ""),
    ("9b", "Definition and measurement of predictors", "record-model"),
    ("9c", "Qualifications of assessors of predictors", ""),
    ("10", "How the study size was arrived at", "planned stated-sample_size"),
    ("11", "Missing data", "flow comparison"),
    ("12a", "How data were used and partitioned", "record-data flow"),
    ("12b", "How predictors were handled", "record-model"),
    ("12c", "Kind of model, building steps, internal validation", "record-model record-training"),
    ("12d", "Heterogeneity between clusters", "subgroups"),
    ("12e", "Measures and plots of performance, calibration and utility", "comparison curves"),
    ("12f", "Model updating, such as recalibration", "comparison"),
    ("12g", "How predictions were calculated in evaluation", "record-judging"),
    ("13", "Class imbalance and how it was handled", "record-training"),
    ("14", "Approaches to fairness", "subgroups stated-inequalities"),
    ("15", "Output of the model and its thresholds", "comparison record-judging"),
    ("16", "Differences between training and evaluation data", "baseline unusual"),
    ("17", "Ethical approval", "stated-ethics"),
    ("18a", "Funding", "stated-funding"),
    ("18b", "Conflicts of interest", "stated-conflicts"),
    ("18c", "Protocol", "sealed stated-protocol"),
    ("18d", "Registration", "stated-registration"),
    ("18e", "Data sharing", "stated-data_sharing"),
    ("18f", "Code sharing", "record-versions stated-data_sharing"),
    ("19", "Patient and public involvement", "stated-involvement"),
    ("20a", "Flow of participants", "flow"),
    ("20b", "Characteristics of participants", "baseline"),
    ("20c", "Comparison with the development data", "baseline"),
    ("21", "Numbers of participants and events in each analysis", "comparison flow"),
    ("22", "Specification of the full model", "record-model record-digests"),
    ("23a", "Performance with intervals, also in subgroups", "comparison subgroups"),
    ("23b", "Heterogeneity of performance", "subgroups"),
    ("24", "Results of model updating", "comparison"),
    ("25", "Interpretation, with fairness", "claim"),
    ("26", "Limitations", "limits"),
    ("27a", "Poor or missing input data in use", "unusual"),
    ("27b", "What users must do and know", "refer stated-users"),
    ("27c", "Next steps for research", ""),
)

CHECKLISTS: Mapping[str, tuple[Item, ...]] = {
    "STARD 2015": STARD,
    "CLAIM 2020": CLAIM,
    "TRIPOD+AI 2024": TRIPOD_AI,
}


@dataclass(frozen=True)
class Answered:
    """An item: its number, what is asked, and the places that answer it (id and title)."""

    number: str
    asked: str
    places: list[tuple[str, str]]


def where(titles: Mapping[str, str]) -> dict[str, list[Answered]]:
    """Each checklist's items, with those of their sections that this report has.

    Args:
        titles: id and title of each section that stands in this report.
    """
    return {
        name: [
            Answered(number, asked, [(i, titles[i]) for i in ids.split() if i in titles])
            for number, asked, ids in items
        ]
        for name, items in CHECKLISTS.items()
    }
