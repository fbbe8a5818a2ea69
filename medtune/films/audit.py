"""The label audit: which labels do the films contradict, and how many of them are wrong?

Nothing is called a suspect where chance, or a network that does not see every finding, explains
the contradictions as well: on clean labels the answer is that there is no suspicion.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests

from medtune.evaluation.estimate import Estimate, not_estimable
from medtune.films.contamination import Contamination, Side, contamination

Floats = NDArray[np.float64]
LEAST_PATIENTS = 20  # with either value: five parameters are fitted
LEAST_AUROC = 0.80  # a network that sees less of a finding cannot contradict anybody
ALPHA = 0.01  # chance that clean labels are suspected at all, over all findings (Holm)
FEWEST = 3  # wrong labels that are expected: one or two far out are not beyond chance
# A suspect is a label that is more likely wrong than right. On real films the probability was up to
# a tenth too sure of it (0.91 on average where 0.83 were planted errors).
MORE_LIKELY_WRONG = 0.6
PRESENT, ABSENT = "present", "absent"
METHOD = "contaminated logistic regression, profile likelihood"
COLUMNS = ("finding", "rank", "study_id", "given", "score", "how_sure")


@dataclass(frozen=True)
class ValueAudit:
    """The labels of one finding that say one thing.

    Attributes:
        given: what they say: present or absent.
        labels: how many.
        wrong: share of them that is wrong, with its interval and the p-value of none being wrong.
        suspected: whether that is beyond chance.
        suspects: how many are more likely wrong than right; 0 where there is no suspicion.
    """

    given: str
    labels: int
    wrong: Estimate
    suspected: bool = False
    suspects: int = 0


@dataclass(frozen=True)
class FindingAudit:
    """One finding.

    Attributes:
        finding: its name.
        studies: with a clear label.
        patients: of these.
        auroc: of the network against the labels, out of sample; None where it cannot be had.
        values: the labels that say present, and those that say absent.
    """

    finding: str
    studies: int
    patients: int
    auroc: float | None
    values: tuple[ValueAudit, ValueAudit]

    def lines(self) -> list[str]:
        """For a person."""
        seen = "" if self.auroc is None else f", AUROC {self.auroc:.2f} out of sample"
        head = f"{self.finding}: {self.studies} studies of {self.patients} patients{seen}"
        return [head, *(f"  labelled {value.given}: {_sentence(value)}" for value in self.values)]

    def as_dict(self) -> dict[str, Any]:
        """Plain values; what cannot be estimated is None beside its reason."""
        values = [
            {
                "given": value.given,
                "labels": value.labels,
                "wrong": _number(value.wrong.value),
                "low": _number(value.wrong.low),
                "high": _number(value.wrong.high),
                "p_value": _number(value.wrong.p_value),
                "method": value.wrong.method or None,
                "reason": value.wrong.reason or None,
                "suspected": value.suspected,
                "suspects": value.suspects,
            }
            for value in self.values
        ]
        return {
            "finding": self.finding,
            "studies": self.studies,
            "patients": self.patients,
            "auroc": self.auroc,
            "labels": values,
        }


@dataclass
class _Judged:
    """One finding on the way."""

    finding: str
    studies: pd.Index
    label: NDArray[np.bool_]
    patient: NDArray[np.intp]
    margin: Floats
    auroc: float | None = None
    reason: str = ""
    found: Contamination | None = None
    suspected: dict[str, bool] = field(default_factory=lambda: {PRESENT: False, ABSENT: False})

    def count(self, given: str) -> int:
        """How many labels say this."""
        return int((self.label == (given == PRESENT)).sum())


def audit_labels(
    margins: pd.DataFrame, labels: pd.DataFrame, patients: pd.Series, *, level: float = 0.95
) -> tuple[list[FindingAudit], pd.DataFrame]:
    """Judge every clear label by what a model says that has not learnt from it.

    Args:
        margins: log-odds out of sample, indexed by study; a column a finding; NaN is allowed where
            the label is not clear and in findings of too few patients.
        labels: alike: 1, 0, -1 (uncertain) or NaN; only 1 and 0 are judged.
        patients: patient of each study, indexed alike.
        level: of the intervals.

    Returns:
        One audit a finding; and the suspects, the most suspected first within a finding: columns
        finding, rank, study_id, given, score (chance that the finding is there, by the film),
        how_sure (chance that the label is wrong).
    """
    judged = [
        _judge(str(finding), margins[finding], labels[finding], patients, level)
        for finding in labels.columns
    ]
    _beyond_chance(judged)
    suspects = [_suspects(each) for each in judged]
    audits = [_audit(each, table) for each, table in zip(judged, suspects, strict=True)]
    named = [table for table in suspects if len(table)] or [pd.DataFrame(columns=list(COLUMNS))]
    return audits, pd.concat(named, ignore_index=True)


def _judge(
    finding: str, margin: pd.Series, label: pd.Series, patients: pd.Series, level: float
) -> _Judged:
    studies = label.index[label.isin((0, 1))]
    present = (label.loc[studies] == 1).to_numpy()
    patient = np.unique(patients.loc[studies].to_numpy(str), return_inverse=True)[1]
    margins = margin.loc[studies].to_numpy(np.float64)
    judged = _Judged(finding, studies, present, patient, margins)
    fewest = min(np.unique(patient[present]).size, np.unique(patient[~present]).size)
    if fewest < LEAST_PATIENTS:
        judged.reason = (
            f"it takes at least {LEAST_PATIENTS} patients with and {LEAST_PATIENTS} without the "
            f"finding, and the smaller of the two groups has {fewest}"
        )
        return judged
    judged.auroc = float(roc_auc_score(present, margins))
    if judged.auroc < LEAST_AUROC:
        judged.reason = (
            f"the network hardly sees this finding (AUROC {judged.auroc:.2f}; {LEAST_AUROC:.2f} is "
            "needed), so that it cannot contradict a label"
        )
        return judged
    judged.found = contamination(margins, present, patient, level=level)
    return judged


def _beyond_chance(judged: list[_Judged]) -> None:
    """Say where wrong labels are beyond chance, over all findings together (Holm 1979).

    The likelihood ratio is too sure of itself where it hangs on one or two labels far out; such
    are not called beyond chance whatever their p-value.
    """
    tests = [
        (each, given, side)
        for each in judged
        if each.found is not None
        for given, side in _sides(each.found)
    ]
    if tests:
        p_values = [side.p_value for *_, side in tests]
        rejected = multipletests(p_values, alpha=ALPHA, method="holm")[0]
        for (each, given, side), beyond in zip(tests, rejected, strict=True):
            each.suspected[given] = bool(beyond) and side.share * each.count(given) >= FEWEST


def _sides(found: Contamination) -> tuple[tuple[str, Side], tuple[str, Side]]:
    return (PRESENT, found.present), (ABSENT, found.absent)


def _suspects(judged: _Judged) -> pd.DataFrame:
    """The labels of the suspected values that are more likely wrong than right."""
    if judged.found is None:
        return pd.DataFrame(columns=list(COLUMNS))
    given = np.where(judged.label, PRESENT, ABSENT)
    suspected = np.where(judged.label, judged.suspected[PRESENT], judged.suspected[ABSENT])
    table = pd.DataFrame(
        {
            "finding": judged.finding,
            "rank": 0,
            "study_id": judged.studies.astype(object),
            "given": given,
            "score": judged.found.chance,
            "how_sure": judged.found.wrong,
            "against": np.where(judged.label, -judged.margin, judged.margin),
        }
    )[suspected & (judged.found.wrong >= MORE_LIKELY_WRONG)]
    order = ["how_sure", "against", "study_id"]
    table = table.sort_values(order, ascending=[False, False, True], ignore_index=True)
    return table.assign(rank=range(1, len(table) + 1))[list(COLUMNS)]


def _audit(judged: _Judged, suspects: pd.DataFrame) -> FindingAudit:
    values = []
    for given in (PRESENT, ABSENT):
        wrong = not_estimable(judged.reason)
        if judged.found is not None:
            side = dict(_sides(judged.found))[given]
            wrong = Estimate(side.share, side.low, side.high, side.p_value, method=METHOD)
        values.append(
            ValueAudit(
                given,
                judged.count(given),
                wrong,
                judged.suspected[given],
                int((suspects["given"] == given).sum()),
            )
        )
    return FindingAudit(
        judged.finding,
        len(judged.studies),
        int(np.unique(judged.patient).size),
        judged.auroc,
        (values[0], values[1]),
    )


def _sentence(value: ValueAudit) -> str:
    if not value.wrong.estimable:
        return f"{value.labels}; how many are wrong cannot be estimated: {value.wrong.reason}"
    wrong = value.wrong
    at_most = f"{wrong.high:.1%} of {value.labels} wrong at most"
    if not value.suspected:
        return f"no suspicion beyond chance ({at_most})"
    return (
        f"{wrong.value:.1%} of {value.labels} wrong ({wrong.low:.1%} to {wrong.high:.1%}); "
        f"{value.suspects} suspects"
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
