"""``medtune locate RUN CASE_ID``: where a film lies, for the person at this machine only."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from medtune.config.load import load_films_run
from medtune.errors import DataError, RunError
from medtune.films.locations import read_locations
from medtune.run_folder import RunFolder
from medtune.workflow.cases import private

LOG = "located.jsonl"


@dataclass(frozen=True)
class Place:
    """Where a film lies: for the terminal of a person at this machine only."""

    case_id: str
    path: str
    accession_number: str

    def lines(self) -> list[str]:
        """For a person."""
        return [f"{self.case_id}: {self.path}", f"Accession number: {self.accession_number}"]


def place_of_case(folder: Path | str, case_id: str) -> Place:
    """The film behind a pseudonym; that somebody asked is logged in the private folder.

    Args:
        folder: of the run.
        case_id: as reports and tables have it.

    Raises:
        RunError: there is no such run.
        DataError: there is no such case, or the private table is not here.
    """
    run_folder = RunFolder(Path(folder))
    if not run_folder.config.exists():
        raise RunError(f"{run_folder.path.name} is no run folder: it has no run.yaml.")
    run = load_films_run(run_folder.config, files_must_exist=False)
    home = private(run)
    places = read_locations(home).set_index("case_id")
    if case_id not in places.index:
        raise DataError(f"There is no film '{case_id}' in the private table of this run.")
    row = places.loc[case_id]
    line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "run": run.name,
            "case_id": case_id}  # fmt: skip
    descriptor = os.open(home / LOG, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")
    member = "" if pd.isna(row["member"]) or not row["member"] else f" ({row['member']})"
    number: str = "" if pd.isna(row["accession_number"]) else str(row["accession_number"])
    return Place(case_id, f"{row['path']}{member}", number)
