"""The private way back from a case to its film and its patient."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pandas as pd

from medtune.dicom import Place
from medtune.errors import DataError
from medtune.tables.schema import TEXT, declare, read_table, write_private

LOCATION_COLUMNS = {
    "case_id": TEXT,
    "path": TEXT,
    "member": TEXT,  # of an archive, or empty
    "frame": "Int64",
    "file": TEXT,  # the path as seen from the folder of films
    "sop_instance_uid": TEXT,
    "study_uid": TEXT,
    "accession_number": TEXT,
    "patient_id": TEXT,
    "person": TEXT,  # the patient ID, or who is known to have this and other IDs
    "issuer": TEXT,
    "birth_date": TEXT,
    "name": TEXT,  # a keyed hash
    "date": TEXT,  # YYYY-MM-DD, the true one
    "time": TEXT,  # HHMMSS
}
Text = TypeVar("Text", str, pd.Series)
PRIVATE = "private"
LOCATIONS = "locations.parquet"


def write_locations(locations: pd.DataFrame, private: Path) -> None:
    """Add the films' places to the private table, mode 0600; newer rows replace older ones."""
    path = private / LOCATIONS
    if path.exists():
        old = read_locations(private)
        old = old[~old["case_id"].isin(locations["case_id"])]
        locations = pd.concat([old, locations], ignore_index=True)
    write_private(path, lambda partial: locations.to_parquet(partial, index=False))


def read_locations(private: Path) -> pd.DataFrame:
    """Read the private table of places.

    Raises:
        DataError: it is not there.
    """
    path = private / LOCATIONS
    if not path.exists():
        raise DataError("The private table of the films' places is not in the work folder.")
    return declare(read_table(path), LOCATION_COLUMNS, "locations")


def known_by(file: Text, member: Text) -> Text:
    """What a film without a UID is known by: its place among the films."""
    return "file " + file + "!" + member


def place_of(path: str, member: object = "") -> Place:
    """The place that a row of the table names."""
    return Place(Path(path), member if isinstance(member, str) else "")
