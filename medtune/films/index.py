"""The index: one row a film with its facts, and apart from it the private way back to the file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd

from medtune.dicom import Found, Pseudonyms, find_xrays
from medtune.errors import DataError
from medtune.tables.schema import TEXT, declare, read_table, write_whole

LOCATION_COLUMNS = {
    "case_id": TEXT,
    "path": TEXT,
    "frame": "Int64",
    "sop_instance_uid": TEXT,
    "study_uid": TEXT,
    "accession_number": TEXT,
    "patient_id": TEXT,
    "date": TEXT,
}
PRIVATE = "private"
LOCATIONS = "locations.parquet"


@dataclass(frozen=True)
class Index:
    """What a folder of films holds.

    Attributes:
        films: one row a readable film: case_id, group_id, study_id, date, period and its facts;
            in the order of patient, study and film, which is the same wherever it is read.
        locations: the private columns of the same rows.
        left_out: columns reason and files: how many files were no film, and why.
    """

    films: pd.DataFrame
    locations: pd.DataFrame
    left_out: pd.DataFrame


def index_films(
    images: Path, private: Path, site: str, *, tick: Callable[[], None] | None = None
) -> Index:
    """Read the headers of all films under a folder.

    Args:
        images: a folder, searched with its subfolders, or one file.
        private: folder of the pseudonym key.
        site: the hospital's name: patients of two sites are never one patient.
        tick: called once a file, for a progress bar.

    Raises:
        DataError: the folder does not exist or holds no radiograph.
    """
    if not images.exists():
        raise DataError(f"There is no folder {images.name}.")
    pseudonyms = Pseudonyms.load_or_create(private)
    films: list[dict[str, object]] = []
    places: list[dict[str, object]] = []
    reasons: Counter[str] = Counter()
    details: Counter[str] = Counter()
    seen: set[str] = set()
    for found in find_xrays(images):
        if tick is not None:
            tick()
        if found.header is None:
            reasons[found.reason or "not_dicom"] += 1
            details[found.detail] += 1
            continue
        film, place = _rows(found, pseudonyms, site)
        case_id = str(film["case_id"])
        if case_id in seen:
            reasons["duplicate_uid"] += 1
            continue
        seen.add(case_id)
        films.append(film)
        places.append(place)
    left_out = pd.DataFrame(sorted(reasons.items()), columns=["reason", "files"])
    if not films:
        where = images.resolve().name if images.is_dir() else "this file"
        left = [f"  {n} files left out: {why}" for why, n in sorted(details.items())]
        raise DataError(
            "\n".join([f"There is no radiograph in {where}.", *(left or ["  It is empty."])])
        )
    locations = pd.DataFrame(places)
    order = locations.sort_values(["patient_id", "study_uid", "sop_instance_uid"]).index
    return Index(
        films=pd.DataFrame(films).loc[order].reset_index(drop=True),
        locations=declare(
            locations.loc[order].reset_index(drop=True), LOCATION_COLUMNS, "locations"
        ),
        left_out=left_out,
    )


def _rows(
    found: Found, pseudonyms: Pseudonyms, site: str
) -> tuple[dict[str, object], dict[str, object]]:
    """A film's public row and its private one."""
    assert found.header is not None
    facts, identity = found.header.facts, found.header.identity
    # A film without a UID is known by its place; one without a patient ID is its own patient.
    uid = identity.sop_instance_uid or str(found.path)
    study = identity.study_uid or identity.accession_number or uid
    patient = identity.patient_id or f"unknown {study}"
    owner = identity.issuer or site
    taken = _date(identity.study_date)
    shifted = taken + timedelta(days=pseudonyms.shift_days(owner, patient)) if taken else None
    age = facts.age
    film: dict[str, object] = {
        "case_id": pseudonyms.case(uid),
        "group_id": pseudonyms.group(owner, patient),
        "study_id": pseudonyms.study(study),
        "date": shifted.isoformat() if shifted else None,
        "period": f"{taken:%Y-%m}" if taken else None,
        "modality": facts.modality,
        "presentation": facts.presentation,
        "body_part": facts.body_part,
        "view": facts.view,
        "sex": facts.sex,
        "age": age,
        "age_band": _age_band(age),
        "scanner": facts.scanner,
        "portable": facts.portable,
        "rows": facts.rows,
        "columns": facts.columns,
        "bits_stored": facts.bits_stored,
        "photometric": facts.photometric,
        "transfer_syntax": facts.transfer_syntax,
        "windows": len(facts.windows),
        "lossy": facts.lossy,
    }
    place: dict[str, object] = {
        "case_id": film["case_id"],
        "path": str(found.path.resolve()),
        "frame": 0,
        "sop_instance_uid": identity.sop_instance_uid,
        "study_uid": identity.study_uid,
        "accession_number": identity.accession_number,
        "patient_id": " ".join(patient.upper().split()),
        "date": taken.isoformat() if taken else None,
    }
    return film, place


def _date(text: str) -> date | None:
    """A date, or None where there is none; 00010101 and the like are an anonymiser's dummies."""
    try:
        taken = datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
    return taken if 1895 <= taken.year <= 2200 else None


def _age_band(age: float | None) -> str | None:
    """Ages in the bands of the report: children apart, then 20 years a band."""
    if age is None:
        return None
    for below, band in ((18, "0-17"), (40, "18-39"), (60, "40-59"), (80, "60-79")):
        if age < below:
            return band
    return "80+"


def write_locations(locations: pd.DataFrame, private: Path) -> None:
    """Add the films' places to the private table, mode 0600; newer rows replace older ones."""
    path = private / LOCATIONS
    if path.exists():
        old = read_locations(private)
        old = old[~old["case_id"].isin(locations["case_id"])]
        locations = pd.concat([old, locations], ignore_index=True)

    def write(partial: Path) -> None:
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
        locations.to_parquet(partial, index=False)

    write_whole(path, write)


def read_locations(private: Path) -> pd.DataFrame:
    """Read the private table of places.

    Raises:
        DataError: it is not there.
    """
    path = private / LOCATIONS
    if not path.exists():
        raise DataError("The private table of the films' places is not in the work folder.")
    return declare(read_table(path), LOCATION_COLUMNS, "locations")
