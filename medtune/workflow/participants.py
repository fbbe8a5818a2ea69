"""Who the patients of a run are, and how many of each split have what: for its report."""

from __future__ import annotations

import pandas as pd

from medtune.config.run import Run
from medtune.evaluation.baseline import baseline_rows
from medtune.evaluation.spectrum import labels_of_cases, labels_of_predictions, prevalence_rows
from medtune.run_folder import RunFolder
from medtune.tables.cases import ATTRIBUTES, read_cases_table
from medtune.tables.results import Result
from medtune.tables.splits import NAMES
from medtune.workflow.models import Judged


def describe(
    run: Run, judged: Judged, folder: RunFolder, predictions: pd.DataFrame, result: Result
) -> None:
    """Put into a result its patients, how many have each finding, and the labels that were used.

    Args:
        run: what was judged.
        judged: its cases.
        folder: with the table of all of them.
        predictions: what was judged, by the reference that it was judged by.
        result: what was found.
    """
    cases = read_cases_table(folder.cases).merge(judged.splits, on="case_id")
    order = {name: place for place, name in enumerate(NAMES)}
    cases = cases.sort_values("split", key=lambda splits: splits.map(order), kind="stable")
    settings, findings = run.evaluation, list(run.data.findings)
    primary = str(result.primary["finding"])
    finding = primary if primary in findings else next(iter(findings), None)
    if settings.reference is not None:
        finding = None  # the label table is not what the test is judged by
    result.settings["baseline"] = baseline_rows(
        cases,
        attributes=(*ATTRIBUTES, *settings.subgroups),
        finding=finding,
        min_cell=settings.min_cell,
    )
    if findings:
        own = predictions[predictions["model"] == result.primary["model"]]
        before = cases[cases["split"].isin(["train", "tune", "calibration"])]
        test = labels_of_predictions(own[own["split"] == "test"], findings)
        result.settings["prevalence"] = prevalence_rows(
            pd.concat([labels_of_cases(before, findings), test], ignore_index=True),
            level=settings.level,
            min_cell=settings.min_cell,
            exact=settings.proportions == "exact",
        )
    labelled = cases[cases[run.data.learned].notna().any(axis=1)]
    counts = labelled.groupby("split")["study_id"].nunique()
    result.settings["labelled_studies"] = {str(name): int(n) for name, n in counts.items()}
