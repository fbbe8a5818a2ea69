"""``medtune check --reading-list``: a sample of the test split for two radiologists to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.config.data import JoinKey
from medtune.config.run import Run
from medtune.errors import DataError
from medtune.films.keys import film_keys
from medtune.films.locations import read_locations
from medtune.films.readings import (
    NOT_FINDINGS,
    READERS,
    draw_reading_list,
    numbered,
    sheet,
    write_private,
)
from medtune.films.study_labels import labels_of_cases
from medtune.workflow.cases import gather, private
from medtune.workflow.labelled import refuse_targets
from medtune.workflow.splitting import split

LIST = "list.parquet"


@dataclass(frozen=True)
class ReadingList:
    """Which studies are read, and on which sheets.

    Attributes:
        name: of the list; every reading number begins with it.
        drawn: studies, patients and sum of weights, by stratum.
        of_studies: studies of the test split.
        seed: of the draw.
        key: the column by which a reader finds a film.
        sheets: one a reader; they hold identifiers.
        drawn_before: whether the list was there already; then its sheets were left as they are.
    """

    name: str
    drawn: pd.DataFrame
    of_studies: int
    seed: int
    key: str
    sheets: list[Path]
    drawn_before: bool

    def lines(self) -> list[str]:
        """For a person."""
        total = int(self.drawn["studies"].sum())
        lines = [
            f"Reading list {self.name}: {total} of {self.of_studies} test studies, seed "
            f"{self.seed}, drawn blind to every score"
        ]
        if len(self.drawn) > 1:
            lines += [
                f"  {row['stratum']}: {row['studies']} studies of {row['patients']} patients, each "
                f"standing for {row['mean_weight']:.1f}"
                for row in self.drawn.to_dict("records")
            ]
            lines.append("  Enriched: the weights go with the readings into the reference.")
        if self.drawn_before:
            lines.append("It was drawn before; its sheets were left as they are.")
        lines += [f"Sheet of {who}: {path}" for who, path in zip(READERS, self.sheets, strict=True)]
        lines.append(
            f"Each reader finds a film by '{self.key}', types a code (no name) in 'reader', and "
            "for each finding 1, 0, -1 (uncertain) or nothing. The sheets hold identifiers."
        )
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        return {
            "list": self.name,
            "strata": self.drawn.to_dict("records"),
            "test_studies": self.of_studies,
            "seed": self.seed,
            "key": self.key,
            "sheets": [str(path) for path in self.sheets],
            "drawn_before": self.drawn_before,
        }


def reading_list(
    run: Run,
    studies: int,
    *,
    seed: int = 0,
    present: tuple[str, int] | None = None,
    show: bool = True,
) -> ReadingList:
    """Draw studies of the test split for two readers, and write their sheets.

    The split is dealt and sealed if that was not done: whoever reads these studies must be sure
    that they stay in the test. No score is looked at.

    Args:
        run: as ``load_run`` gives it.
        studies: how many.
        seed: another seed draws others.
        present: a finding, and how many of the studies are labelled present for it: declares that
            the list is enriched. Without it, the draw does not see the labels.
        show: whether progress is shown on stderr.

    Raises:
        DataError: the test split does not have as many.
    """
    if studies < 1:
        raise DataError(f"A reading list has at least 1 study; {studies} were asked for.")
    refuse_targets(run, "A reading list")
    findings = list(run.data.findings)
    for finding in set(findings) & NOT_FINDINGS:
        raise DataError(
            f"A finding called '{finding}' cannot be read on a sheet, which has a column of this "
            f"name; call it something else: 'data.findings: {{the_{finding}: {finding}}}'."
        )
    cases = gather(run, show=show).cases
    splits = split(run, cases)
    test = cases[(splits["split"] == "test").to_numpy()]
    if test.empty:
        raise DataError(f"'data.split.test' is {run.data.split.test:g}: there is no test study.")
    facts, key = _facts(run, test)
    roll = facts.reset_index()[["study_id", "group_id", "patient", "study"]]
    positive, wanted = _present(run, test, roll, present)
    drawn = draw_reading_list(roll, studies, seed=seed, present=positive, of_present=wanted)
    listed = numbered(drawn, facts, key=key, seed=seed)
    name = str(listed["reading"].iloc[0]).rsplit("-", 1)[0]
    folder = lists_of(run) / name
    sheets = [folder / f"{reader}.csv" for reader in READERS]
    before = (folder / LIST).exists()
    if not before:
        for reader, path in zip(READERS, sheets, strict=True):
            write_private(sheet(listed, findings, reader), path)
        write_private(listed, folder / LIST)  # last: a list that is there is whole
    strata = listed.groupby("stratum", sort=True).agg(
        studies=("study_id", "size"),
        patients=("group_id", "nunique"),
        mean_weight=("weight", "mean"),
    )
    return ReadingList(
        name, strata.reset_index(), len(roll), seed, key, sheets, drawn_before=before
    )


def lists_of(run: Run) -> Path:
    """Where the reading lists of a run lie, a folder each: among what leads to patients."""
    return private(run) / "readings"


def _facts(run: Run, test: pd.DataFrame) -> tuple[pd.DataFrame, JoinKey]:
    """One row a test study: its patient, and how the reader finds it.

    By its accession number, where each study has one of its own; else by what the run joins on.
    """
    places = read_locations(private(run)).set_index("case_id").loc[test["case_id"]]
    places = places.set_axis(test.index)
    key: JoinKey = "accession_number"
    numbers = places[key].fillna("").groupby(test["study_id"]).agg(["min", "max"])
    if (numbers["min"] == "").any() or numbers["max"].duplicated().any():
        key = run.data.join_on
    films = pd.DataFrame(
        {
            "study_id": test["study_id"].astype(object),
            "group_id": test["group_id"].astype(object),
            "patient": places["patient_id"].astype(object),
            "study": places["study_uid"].fillna("") + "|" + places["accession_number"].fillna(""),
            "key": film_keys(places, key),
            "study_date": places["date"].fillna(""),
            "film": places["sop_instance_uid"].fillna(""),
        }
    ).sort_values("film")
    return films.groupby("study_id")[
        ["group_id", "patient", "study", "key", "study_date"]
    ].first(), key


def _present(
    run: Run, test: pd.DataFrame, roll: pd.DataFrame, present: tuple[str, int] | None
) -> tuple[pd.Series | None, int]:
    """Which studies are labelled present for the finding that enriches the list."""
    if present is None:
        return None, 0
    finding, wanted = present
    if finding not in run.data.findings:
        raise DataError(
            f"'{finding}' is none of this run's findings: {', '.join(run.data.findings)}."
        )
    labels = labels_of_cases(test, [finding])[finding]
    return roll["study_id"].map(labels == 1).astype(bool), wanted
