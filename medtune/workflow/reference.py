"""The reference that radiologists read: it takes the place of the labels in the test split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.data import FindingRule
from medtune.config.run import Run
from medtune.films.adjudication import WHO
from medtune.films.agreement import Agreement, agreement
from medtune.films.locations import read_locations
from medtune.films.study_labels import key_of_table, labels_of_cases, labels_of_table
from medtune.learning.weights import sha256_of
from medtune.tables.cases import write_uncertain
from medtune.tables.schema import read_text_table
from medtune.workflow.cases import private

NOT_READ = "test studies that the radiologists did not read"


@dataclass(frozen=True)
class Reference:
    """What radiologists read of the test studies.

    Attributes:
        table: name of the file.
        sha256: of the file.
        values: indexed by study_id; a column a finding: 1, 0, -1 (uncertain) or NaN (unknown).
        labels: what the label table said of the same studies.
        agreement: of the two, by finding.
        who: reader_1, reader_2, adjudicator, blinded_to, as far as the table has these columns.
        enriched: whether the studies read were drawn by their labels.
    """

    table: str
    sha256: str
    values: pd.DataFrame
    labels: pd.DataFrame
    agreement: list[Agreement]
    who: dict[str, str]
    enriched: bool


def read_reference(path: Path, run: Run, test: pd.DataFrame) -> Reference:
    """Read the table of ``evaluation.reference`` for the films of the test split.

    Raises:
        DataError: columns or rows that cannot be used, or no row for any test study.
    """
    findings = list(run.data.findings)
    key = key_of_table(path, [run.data.join_on, "accession_number"])
    places = read_locations(private(run)).set_index("case_id").loc[test["case_id"]]
    rules = {finding: FindingRule(present=[finding]) for finding in findings}
    values = labels_of_table(path, test, places, key, rules)
    labels = labels_of_cases(test, findings).loc[values.index]
    patients = test.groupby(test["study_id"].astype(object))["group_id"].first()
    table = read_text_table(path)
    said = {name: sorted(set(table[name].str.strip()) - {""}) for name in WHO if name in table}
    return Reference(
        table=path.name,
        sha256=sha256_of(path),
        values=values,
        labels=labels,
        agreement=agreement(labels, values, patients, level=run.evaluation.level),
        who={name: ", ".join(codes) for name, codes in said.items() if codes},
        enriched="stratum" in table and table["stratum"].nunique() > 1,
    )


def put_into(predictions: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """The predictions with the reading in place of the labels, in the test split only.

    A test study without a reading has no reference; an uncertain one is named as such.
    """
    test = (predictions["split"] == "test").to_numpy(bool)
    studies = predictions.loc[test, "study_id"].astype(object)
    targets = predictions.loc[test, "target"].astype(object)
    long = reference.values.stack(future_stack=True)
    found = long.reindex(pd.MultiIndex.from_arrays([studies, targets])).to_numpy(np.float64)
    unsure = reference.values == -1
    named = {
        study: write_uncertain(finding for finding in unsure.columns if unsure.at[study, finding])
        for study in unsure.index[unsure.any(axis=1)]
    }
    changed = predictions.copy()
    changed.loc[test, "reference"] = np.where(np.isin(found, (0, 1)), found, np.nan)
    changed.loc[test, "uncertain"] = studies.map(named).astype(object).fillna("").to_numpy()
    return changed


def unread(cases: pd.DataFrame, reference: Reference) -> pd.Series:
    """Which rows, of cases or of predictions, are of studies without a reading."""
    return ~cases["study_id"].astype(object).isin(reference.values.index)


def flow_with(flow: pd.DataFrame, test: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """The flow of cases, with the test studies that were not read counted as left out."""
    away = unread(test, reference)
    if not away.any():
        return flow
    # a column in which nothing stands was read as one of numbers
    flow = flow.astype({"split": object, "reason": object})
    here = (flow["step"] == "split") & (flow["split"] == "test") & flow["reason"].isna()
    for column, count in _counts(test[~away]).items():
        flow.loc[here, column] = count
    lost = pd.DataFrame(
        [{"step": "split", "split": "test", "reason": NOT_READ, **_counts(test[away])}]
    )
    return pd.concat([flow, lost], ignore_index=True)


def settings_of(reference: Reference, test: pd.DataFrame) -> dict[str, Any]:
    """What the result records of the reference."""
    return {
        "table": reference.table,
        "sha256": reference.sha256,
        "read": _counts(test[~unread(test, reference)]),
        "not_read": _counts(test[unread(test, reference)]),
        "who": reference.who,
        "enriched": reference.enriched,
        "changed": {
            str(finding): changes(reference, str(finding)) for finding in reference.values.columns
        },
        "agreement_with_labels": [each.as_dict() for each in reference.agreement],
    }


def changes(reference: Reference, finding: str) -> dict[str, int]:
    """How many labels of one finding the reading changed, and how; 'unclear' is -1 or unknown."""
    old = reference.labels[finding].where(reference.labels[finding] >= 0)
    new = reference.values[finding].where(reference.values[finding] >= 0)
    return {
        "studies": len(new),
        "present_to_absent": int(((old == 1) & (new == 0)).sum()),
        "absent_to_present": int(((old == 0) & (new == 1)).sum()),
        "became_unclear": int((old.notna() & new.isna()).sum()),
        "became_clear": int((old.isna() & new.notna()).sum()),
    }


def remarks(reference: Reference) -> list[str]:
    """What a reader of the result must know of the reference, as sentences."""
    who = [reference.who[name] for name in ("reader_1", "reader_2") if name in reference.who]
    by = f" by {' and '.join(who)}" if who else ""
    said = [
        f"The test split was judged on what was read{by} ({reference.table}). Calibration keeps "
        "the label table's labels: thresholds and recalibration were chosen on these, and where "
        "the two differ, a threshold reaches its target less well than it could."
    ]
    if reference.enriched:
        said.append(
            f"The studies of {reference.table} were drawn by their labels, so that a rare finding "
            "has enough of them: every share that depends on how frequent it is (PPV, NPV, "
            "accuracy, calibration) holds for this sample only, and sensitivity and specificity "
            "lean on the label table. The weights of the draw stand in the table; they are not "
            "used here."
        )
    for each in reference.agreement:
        n = changes(reference, each.finding)
        total = sum(count for name, count in n.items() if name != "studies")
        kappa = (
            f"kappa {each.kappa.value:.2f} ({each.kappa.low:.2f} to {each.kappa.high:.2f})"
            if each.kappa.estimable
            else f"kappa cannot be estimated ({each.kappa.reason})"
        )
        said.append(
            f"{each.finding}: the reading changed {total} of {n['studies']} test labels "
            f"({n['present_to_absent']} from present to absent, {n['absent_to_present']} from "
            f"absent to present, {n['became_unclear']} became unclear, {n['became_clear']} became "
            f"clear); label table and reading: {kappa}."
        )
    return said


def _counts(films: pd.DataFrame) -> dict[str, int]:
    return {
        "films": len(films),
        "studies": int(films["study_id"].nunique()),
        "patients": int(films["group_id"].nunique()),
    }
