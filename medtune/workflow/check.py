"""``medtune check``: what would go wrong, before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from medtune.config.run import Run
from medtune.tables.cases import read_uncertain
from medtune.workflow.cases import gather
from medtune.workflow.splitting import split, taught


@dataclass(frozen=True)
class CheckReport:
    """What a run would work with.

    Attributes:
        flow: films, studies and patients after each step, and what was lost in it.
        rows: label rows in all, used, used for several films, and without a film.
        findings: per finding and split: present, absent, uncertain, unknown (films).
        splits: per split: films, studies, patients.
        scanners: films per scanner.
    """

    flow: pd.DataFrame
    rows: dict[str, int]
    findings: pd.DataFrame
    splits: pd.DataFrame
    scanners: dict[str, int]

    def lines(self) -> list[str]:
        """The report for a person."""
        lines = ["Films"]
        for row in self.flow.to_dict("records"):
            if row["reason"] is None or pd.isna(row["reason"]):
                lines.append(
                    f"  {row['step']}: {int(row['films'])} films of {int(row['studies'])} studies "
                    f"of {int(row['patients'])} patients"
                )
            else:
                lines.append(f"    left out: {int(row['films'])} ({row['reason']})")
        lines.append(
            f"Labels: {self.rows['all']} rows; {self.rows['used']} have a film, "
            f"{self.rows['several_films']} of them several; {self.rows['without_film']} have none"
        )
        lines.append("Scanners")
        lines += [f"  {name}: {films} films" for name, films in self.scanners.items()]
        lines.append("Splits")
        lines += [
            f"  {r['split']}: {r['films']} films, {r['studies']} studies, {r['patients']} patients"
            for r in self.splits.to_dict("records")
        ]
        lines.append("Findings")
        lines += [
            f"  {r['finding']}, {r['split']}: {r['present']} present, {r['absent']} absent, "
            f"{r['uncertain']} uncertain, {r['unknown']} unknown"
            for r in self.findings.to_dict("records")
        ]
        return lines

    def as_dict(self) -> dict[str, object]:
        """The same, for machines."""
        flow = self.flow.astype(object).where(self.flow.notna(), None)
        return {
            "flow": flow.to_dict("records"),
            "rows": self.rows,
            "findings": self.findings.to_dict("records"),
            "splits": self.splits.to_dict("records"),
            "scanners": self.scanners,
        }


def check(run: Run, *, show: bool = True) -> CheckReport:
    """Read films and labels and deal the split, as ``train`` would, and say what came of it.

    Args:
        run: as ``load_run`` gives it.
        show: whether progress is shown on stderr.

    Raises:
        InputError: whatever would stop ``train``.
    """
    gathered = gather(run, show=show)
    splits = taught(run, gathered.cases, split(run, gathered.cases, store=False))
    cases = gathered.cases.merge(splits, on="case_id")
    rows = []
    for finding in run.data.findings:
        for name, part in cases.groupby("split", sort=False):
            unsure = part["uncertain"].map(lambda cell, name=finding: name in read_uncertain(cell))
            present, absent = int((part[finding] == 1).sum()), int((part[finding] == 0).sum())
            rows.append(
                {
                    "finding": finding,
                    "split": name,
                    "present": present,
                    "absent": absent,
                    "uncertain": int(unsure.sum()),
                    "unknown": len(part) - present - absent - int(unsure.sum()),
                }
            )
    counted = [
        {
            "split": name,
            "films": len(part),
            "studies": int(part["study_id"].nunique()),
            "patients": int(part["group_id"].nunique()),
        }
        for name, part in cases.groupby("split", sort=False)
    ]
    scanners = cases["scanner"].astype(object).fillna("not stated").value_counts()
    return CheckReport(
        flow=gathered.flow,
        rows=gathered.rows,
        findings=pd.DataFrame(rows),
        splits=pd.DataFrame(counted),
        scanners={str(name): int(films) for name, films in scanners.items()},
    )
