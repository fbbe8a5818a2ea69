"""Other people's models: a patient whom one of them learnt from may not judge it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from medtune.config.any_run import AnyRun
from medtune.config.compared import Shipped
from medtune.errors import LeakError
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.splits import read_splits

LEARNT_FROM = ("train", "tune")


def refuse_taught_test_patients(run: AnyRun, cases: pd.DataFrame, splits: pd.DataFrame) -> None:
    """Refuse a test patient whom the starting weights or a shipped model learnt from.

    Pseudonyms of two runs agree where the runs share a work folder; across hospitals they never
    do, and then nothing can be said here.

    Raises:
        LeakError: with the run and the number of such patients.
    """
    for name, both, test in taught_test_patients(run, cases, splits):
        raise LeakError(
            f"{len(both)} of {test} test {run.data.groups} taught the run {name}, which would be "
            "judged on them. Give both runs the same 'data.split' of the same data."
        )


def taught_test_patients(
    run: AnyRun, cases: pd.DataFrame, splits: pd.DataFrame
) -> Iterator[tuple[str, set[str], int]]:
    """The runs that learnt from test patients: name, group_ids, and all test patients."""
    test = set(cases.loc[_in(cases, splits, ("test",)), "group_id"])
    others = [
        other.run_folder
        for other in run.evaluation.compare_with
        if isinstance(other, Shipped) and other.run_folder is not None
    ]
    start = run.model.run_folder
    if start is not None and start not in others:
        others.append(start)
    for path in others:
        folder = RunFolder(path).of_run
        if not (folder.cases.exists() and folder.splits.exists()):
            continue
        their_cases, their_splits = read_cases_table(folder.cases), read_splits(folder.splits)
        learnt = set(their_cases.loc[_in(their_cases, their_splits, LEARNT_FROM), "group_id"])
        if test & learnt:
            yield folder.path.name, test & learnt, len(test)


def _in(cases: pd.DataFrame, splits: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    return cases["case_id"].isin(splits.loc[splits["split"].isin(names), "case_id"])
