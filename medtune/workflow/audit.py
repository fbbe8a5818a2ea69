"""``medtune check --audit``: which labels do the films contradict?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.data import JoinKey
from medtune.config.run import Run
from medtune.errors import DataError
from medtune.films.audit import COLUMNS, FindingAudit, audit_labels
from medtune.films.keys import film_keys
from medtune.films.locations import read_locations
from medtune.films.readings import write_private
from medtune.films.store import Decoded
from medtune.films.study_labels import labels_of_cases
from medtune.learning.hardware import choose
from medtune.learning.probe import out_of_fold
from medtune.report.audit_page import audit_html
from medtune.report.languages import AUDITS, words_of
from medtune.run_folder import RunFolder
from medtune.tables.amounts import counted
from medtune.tables.cases import read_cases_table
from medtune.tables.schema import read_text_table, write_table, write_text
from medtune.tables.splits import read_splits
from medtune.vision.pictures import picture
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import start
from medtune.workflow.cases import gather, private
from medtune.workflow.decoding import decode, plain_spec_of, readable
from medtune.workflow.foreign import LEARNT_FROM
from medtune.workflow.labelled import refuse_targets
from medtune.workflow.progress import Progress, say, silent
from medtune.workflow.scoring import films
from medtune.workflow.seeing import Seeing
from medtune.workflow.splitting import split, taught

MOST_PICTURES = 300  # on the page; a suspect beyond them stands in the sheet
VERDICT = "verdict"


@dataclass(frozen=True)
class Audit:
    """What the audit found.

    Attributes:
        findings: how many labels are wrong, finding by finding.
        suspects: finding, rank, case_id, given, score (chance that the finding is there, by the
            film), how_sure (chance that the label is wrong).
        studies: of train and tune that were looked at.
        unreadable: films of train and tune that could not be decoded.
        notes: what a reader must know besides.
        page: HTML with a picture of every suspect.
        sheet: CSV to fill in.
        places: the suspects' way back to their films, among what leads to patients.
    """

    findings: list[FindingAudit]
    suspects: pd.DataFrame
    studies: int
    unreadable: int
    notes: list[str]
    page: Path
    sheet: Path
    places: Path

    def lines(self) -> list[str]:
        """For a person."""
        lines = [
            f"Labels of {counted(self.studies, 'study')} of train and tune, each judged by "
            "a network that had learnt from other patients; calibration and test were not looked at"
        ]
        if self.unreadable:
            lines.append(
                f"  left out: {counted(self.unreadable, 'film')} that could not be decoded"
            )
        lines += [f"  {line}" for each in self.findings for line in each.lines()]
        lines += [f"Note: {note}" for note in self.notes]
        if len(self.suspects):
            lines.append(f"Go through the {len(self.suspects)} suspects: {self.page}")
            lines.append(f"and fill in: {self.sheet} (where the films are: {self.places})")
        else:
            lines.append(f"There is no suspect. {self.page}")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {
            "studies": self.studies,
            "unreadable": self.unreadable,
            "findings": [each.as_dict() for each in self.findings],
            "suspects": self.suspects.to_dict("records"),
            "notes": self.notes,
            "page": str(self.page),
            "sheet": str(self.sheet),
            "places": str(self.places),
        }


def audit(run: Run, *, show: bool = True) -> Audit:
    """Look for wrong labels among the cases of train and tune.

    Each film is scored by a linear head on frozen features of the run's own starting weights; the
    head has learnt from other patients only. Calibration and test are not decoded, not scored and
    not named.

    Args:
        run: as ``load_run`` gives it.
        show: whether progress is shown on stderr.

    Raises:
        DataError: films or labels that cannot be used; or a sheet that somebody has filled in,
            which is not overwritten.
    """
    refuse_targets(run, "The label audit")
    tell = say if show else silent
    folder = run.data.work / "audit" / run.name
    sheet, page = folder / "suspects.csv", folder / "audit.html"
    _refuse_filled(sheet)
    cases = _taught_cases(run, show=show)
    decoded = decode(run.data.work, cases, plain_spec_of(run), private=private(run), show=show)
    there = cases[readable(decoded, cases).to_numpy()].reset_index(drop=True)
    tell("computing features with the run's starting weights")
    margins = _margins(run, decoded, there, show=show)
    patients = there.groupby(there["study_id"].astype(object))["group_id"].first().astype(object)
    findings, found = audit_labels(
        margins.groupby(there["study_id"].astype(object)).mean(),
        labels_of_cases(there, list(run.data.findings)),
        patients,
    )
    suspects = _with_films(found, there, margins)
    notes = _notes(run, there)
    places = private(run) / "audit" / f"{run.name}.csv"
    write_private(_places(run, suspects), places)
    filled = suspects.round({"score": 3, "how_sure": 3}).assign(**{VERDICT: "", "remark": ""})
    write_table(filled, sheet)
    html = audit_html(
        [each.as_dict() for each in findings],
        suspects,
        _pictures(run, decoded, suspects),
        title=run.name,
        simulated=bool(
            there["scanner"].astype("string").str.contains("simulated", case=False).any()
        ),
        sheet=sheet.name,
        notes=notes,
        words=words_of(run.report.language),
        said=AUDITS[run.report.language],
    )
    write_text(html, page)
    return Audit(
        findings=findings,
        suspects=suspects,
        studies=int(there["study_id"].nunique()),
        unreadable=len(cases) - len(there),
        notes=notes,
        page=page,
        sheet=sheet,
        places=places,
    )


def _refuse_filled(sheet: Path) -> None:
    """Keep a sheet on which somebody has begun.

    Raises:
        DataError: it is there.
    """
    if not sheet.exists():
        return
    old = read_text_table(sheet)
    if VERDICT in old.columns and (old[VERDICT].str.strip() != "").any():
        raise DataError(
            f"{sheet.name} of this run has been filled in. Take it away to audit the labels anew."
        )


def _taught_cases(run: Run, *, show: bool) -> pd.DataFrame:
    """The cases of train and tune, and no others."""
    cases = gather(run, show=show).cases
    splits = taught(run, cases, split(run, cases, store=False))
    names = splits.loc[splits["split"].isin(LEARNT_FROM), "case_id"]
    chosen = cases[cases["case_id"].isin(names)].reset_index(drop=True)
    if chosen.empty:
        raise DataError("There is no film in train or tune: there are no labels to audit.")
    return chosen


def _margins(run: Run, decoded: Decoded, cases: pd.DataFrame, *, show: bool) -> pd.DataFrame:
    """Log-odds of each finding on each film, from heads that learnt from other patients only."""
    findings = list(run.data.findings)
    network = start(run.model, len(findings), plain_spec_of(run), seed=run.training.seed)
    # without a policy: uncertain labels are unknown
    samples = films(decoded, cases, XrayFindings(findings))
    hardware = choose(run.training)
    seen = Seeing(run.data.work, decoded, plain_spec_of(run), network, hardware)
    with Progress("judging labels", len(findings), show=show) as progress:
        margins = out_of_fold(
            seen(samples),
            samples.targets.astype(np.float64),
            samples.known,
            cases["group_id"].to_numpy(str),
            seed=run.training.seed,
            tick=progress.step,
        )
    return pd.DataFrame(margins, index=cases.index, columns=findings)


def _with_films(found: pd.DataFrame, cases: pd.DataFrame, margins: pd.DataFrame) -> pd.DataFrame:
    """The suspects, each with that film of its study which contradicts the label most."""
    ids, studies = cases["case_id"].astype(object), cases["study_id"].astype(object)
    parts = []
    for finding, part in found.groupby("finding", sort=False):
        margin = margins[finding]
        most = pd.DataFrame({"study_id": studies, "case_id": ids, "margin": margin})
        by_study = most.sort_values(["margin", "case_id"]).groupby("study_id")["case_id"]
        case_id = part["study_id"].map(by_study.first())
        absent = part["given"] == "absent"
        parts.append(
            part.assign(case_id=case_id.mask(absent, part["study_id"].map(by_study.last())))
        )
    columns = ["case_id" if name == "study_id" else name for name in COLUMNS]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def _places(run: Run, suspects: pd.DataFrame) -> pd.DataFrame:
    """How a person finds the suspects' films and label rows."""
    ids = suspects["case_id"].drop_duplicates()
    places = read_locations(private(run)).set_index("case_id").loc[ids]
    found = places[["date", "path"]].rename(columns={"date": "study_date"})
    keys: list[JoinKey] = ["accession_number", run.data.join_on]
    for key in keys:
        found[str(key)] = film_keys(places, key)
    return found.reset_index()


def _pictures(run: Run, decoded: Decoded, suspects: pd.DataFrame) -> dict[str, bytes]:
    """The suspects as PNGs; films that may carry text are never pictured."""
    if run.report.pictures == "none":
        return {}
    first = suspects.sort_values("rank", kind="stable")["case_id"].drop_duplicates()
    chosen = decoded.rows.loc[first.head(MOST_PICTURES)]
    safe = chosen[chosen["text"].isna() & chosen["row"].notna()]
    return {
        str(case_id): picture(decoded.pixels[row], cropped=run.report.pictures == "cropped")
        for case_id, row in safe["row"].astype(int).items()
    }


def _notes(run: Run, cases: pd.DataFrame) -> list[str]:
    """Whether the starting weights know these labels already."""
    if run.model.run_folder is None:
        return []
    folder = RunFolder(run.model.run_folder)
    if not (folder.cases.exists() and folder.splits.exists()):
        return []
    splits = read_splits(folder.splits)
    learnt = splits.loc[splits["split"].isin(LEARNT_FROM), "case_id"]
    theirs = read_cases_table(folder.cases)
    both = set(theirs.loc[theirs["case_id"].isin(learnt), "group_id"]) & set(cases["group_id"])
    if not both:
        return []
    return [
        f"The starting weights ({folder.path.name}) have learnt from {len(both)} of these "
        f"{cases['group_id'].nunique()} patients: their labels are not judged out of sample, and "
        "wrong ones among them may look right. Audit with weights that have not seen them."
    ]
