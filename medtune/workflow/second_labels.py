"""How far a second table of labels agrees with the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medtune.config.run import Run
from medtune.films.study_labels import key_of_table, labels_of_cases, labels_of_table
from medtune.workflow.cases import Gathered

if TYPE_CHECKING:
    from medtune.films.agreement import Agreement


def second_agreement(run: Run, gathered: Gathered) -> list[Agreement] | None:
    """The agreement of ``data.second_labels`` with the labels, a finding each.

    Returns:
        None where the run has no second table.

    Raises:
        DataError: the table cannot be used.
    """
    table = run.data.second_labels
    if table is None:
        return None
    from medtune.films.agreement import agreement  # statistics that weigh 80 MB

    cases, findings = gathered.cases, list(run.data.findings)
    places = gathered.index.locations.set_index("case_id").loc[cases["case_id"]].reset_index()
    key = key_of_table(table, [run.data.join_on])
    second = labels_of_table(table, cases, places, key, dict(run.data.findings))
    first = labels_of_cases(cases, findings)
    patients = cases.drop_duplicates("study_id").set_index("study_id")["group_id"]
    return agreement(first, second, patients, level=run.evaluation.level)
