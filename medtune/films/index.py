"""The index: one row a film with its facts, and apart from it the private way back to the file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medtune.dicom import Pseudonyms
from medtune.errors import DataError
from medtune.films.dates import age_bands, as_text, shifted, true_dates
from medtune.films.files import FACTS, read_files
from medtune.films.locations import LOCATION_COLUMNS, known_by
from medtune.films.metadata import NO_TABLE, described
from medtune.tables.amounts import counted
from medtune.tables.schema import declare

# Facts that the cases of a run carry; the others stay in the index.
OF_CASES = (
    *("modality", "presentation", "body_part", "view", "sex", "age", "scanner", "portable"),
    *("rows", "columns", "bits_stored", "photometric", "transfer_syntax", "windows", "lossy"),
    *("frames", "burned_in"),
)

# How to go on where all pictures are of nobody.
BY_A_TABLE = (
    "Pictures need a table that says whose each is: name one with 'data.metadata' in the run file, "
    "or with --metadata. It has the columns file (the picture's path in the folder, or its name) "
    "and patient_id."
)
IN_THE_TABLE = (
    "The table of pictures names none of them: its column file has each picture's path in the "
    "folder, or its name."
)


@dataclass(frozen=True)
class Index:
    """What a folder of films holds.

    Attributes:
        films: one row a readable film: case_id, group_id, study_id, date, period and the facts
            that cases carry; in the order of patient, study and film, which is the same wherever
            it is read.
        locations: the private columns of the same rows.
        left_out: columns reason and files: how many files were no film, and why.
        facts: all facts of the same rows, without identifiers.
        refused: private: path, member, reason and detail of the files left out, and the case_id
            of those that have the same UID as a film.
    """

    films: pd.DataFrame
    locations: pd.DataFrame
    left_out: pd.DataFrame
    facts: pa.Table = field(default_factory=lambda: pa.table({}))
    refused: pd.DataFrame = field(default_factory=pd.DataFrame)


def index_films(
    images: Path,
    private: Path,
    site: str,
    *,
    metadata: pd.DataFrame | None = None,
    persons: pd.Series | None = None,
    every_frame: bool = False,
    pictures: str = BY_A_TABLE,
    tick: Callable[[int], None] = lambda files: None,
) -> Index:
    """Read the headers of all films under a folder, or of those that are new in it.

    Args:
        images: a folder, searched with its subfolders, an archive, or one file; of a DICOMDIR
            the folder that it stands in.
        private: folder of the pseudonyms' key and of the table of files.
        site: the hospital's name: patients of two sites are never one patient.
        metadata: what a table says of files that cannot say it themselves.
        persons: patient ID to person, for patients who have several IDs.
        every_frame: whether each frame of a file of several is a film; else such a file is one.
        pictures: what to do about pictures that are no DICOM, where there is nothing else.
        tick: called with the number of files done, for a progress bar.

    Raises:
        DataError: the folder does not exist or holds no radiograph.
    """
    if not images.exists():
        raise DataError(f"There is no folder {images.name}.")
    if images.name.upper() == "DICOMDIR" and images.is_file():
        images = images.parent
    pseudonyms = Pseudonyms.load_or_create(private)
    root = images if images.is_dir() else images.parent
    files = described(read_files(images, root, private, pseudonyms.name, tick=tick), metadata)
    is_film = pc.is_null(files["reason"])
    refused = _frame(files.filter(pc.invert(is_film)), ["path", "member", "reason", "detail"])
    files = files.filter(is_film)
    if not len(files):
        raise DataError(_nothing(images, refused, pictures, named=metadata is not None))
    if every_frame:
        frames = files["frames"].to_numpy()
        files = files.take(pa.array(np.repeat(np.arange(len(files)), frames)))
        frame = np.concatenate([np.arange(n) for n in frames])
    else:
        frame = np.zeros(len(files), np.int64)
    public, places = _named(files, frame, pseudonyms, site, Path(os.path.realpath(root)), persons)
    twice = public["case_id"].duplicated().to_numpy()
    again = places[twice].assign(
        path=places.loc[twice, "file"],
        reason="duplicate_uid",
        detail="Another file has the same UID.",
    )
    refused = pd.concat(
        [refused, again[["path", "member", "reason", "detail", "case_id"]]], ignore_index=True
    )
    order = places[~twice].sort_values(
        ["patient_id", "study_uid", "sop_instance_uid", "path", "member", "frame"]
    )
    rows = order.index.to_numpy()
    facts = _facts(public.loc[rows], files.take(pa.array(rows)), frame[rows])
    return Index(
        films=_films(facts),
        locations=declare(order.reset_index(drop=True), LOCATION_COLUMNS, "locations"),
        left_out=_counted(refused),
        facts=facts,
        refused=refused,
    )


def _named(
    files: pa.Table,
    frame: NDArray[np.int64],
    pseudonyms: Pseudonyms,
    site: str,
    root: Path,
    persons: pd.Series | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Names that tell nobody anything, and the private columns that they stand for."""
    told = ["path", "member", "sop_instance_uid", "study_uid", "accession_number", "patient_id"]
    said = _frame(files, [*told, "issuer", "birth_date", "name"]).fillna("")
    # A film without a UID is known by its place; one without a patient ID is its own patient.
    uid = said["sop_instance_uid"].where(
        said["sop_instance_uid"] != "", known_by(said["path"], said["member"])
    )
    study = said["study_uid"].where(said["study_uid"] != "", said["accession_number"])
    study = study.where(study != "", uid)
    patient = said["patient_id"].str.upper().str.split().str.join(" ")
    patient = patient.where(patient != "", "UNKNOWN " + study)
    owner = said["issuer"].where(said["issuer"] != "", site)
    person = patient
    if persons is not None:
        known = patient.isin(persons.index)
        person = patient.where(~known, "PERSON " + patient.map(persons))
        owner = owner.where(~known, site)
    whose, whom = pd.factorize(owner + "\0" + person)
    pairs = [pair.split("\0") for pair in whom]
    groups = np.array([pseudonyms.group(*pair) for pair in pairs], dtype=object)
    days = np.array([pseudonyms.shift_days(*pair) for pair in pairs])
    which, studies = pd.factorize(study)
    when = _frame(files, ["study_date", "time"])
    taken = true_dates(when["study_date"])
    public = pd.DataFrame(
        {
            "case_id": [pseudonyms.case(u, int(f)) for u, f in zip(uid, frame, strict=True)],
            "group_id": groups[whose],
            "study_id": np.array([pseudonyms.study(s) for s in studies], dtype=object)[which],
            "date": as_text(shifted(taken, days[whose])),
            "period": as_text(taken, "%Y-%m"),
        }
    ).astype("string")
    places = said.assign(
        case_id=public["case_id"],
        path=str(root) + "/" + said["path"],
        file=said["path"],
        frame=frame,
        patient_id=patient,
        person=person,
        date=as_text(taken),
        time=when["time"],
    )
    return public, places


def _facts(public: pd.DataFrame, files: pa.Table, frame: NDArray[np.int64]) -> pa.Table:
    names = pa.Table.from_pandas(public, preserve_index=False)
    for name in ("kind", *FACTS):
        names = names.append_column(files.schema.field(name), files[name])
    return names.append_column("frame", pa.array(frame, pa.int32()))


def _films(facts: pa.Table) -> pd.DataFrame:
    named = ["case_id", "group_id", "study_id", "date", "period", "kind", "frame"]
    films = _frame(facts, [*named, *OF_CASES])
    films["age_band"] = age_bands(films["age"])
    return films


_TYPES = {
    pa.string(): pd.StringDtype(),
    pa.large_string(): pd.StringDtype(),
    pa.bool_(): pd.BooleanDtype(),
    pa.int32(): pd.Int64Dtype(),
}


def _frame(table: pa.Table, columns: list[str]) -> pd.DataFrame:
    """Columns as pandas has them, with empty cells in any of them."""
    chosen = table.select(columns)
    plain = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in chosen.schema
    ]
    return chosen.cast(pa.schema(plain)).to_pandas(types_mapper=_TYPES.get)


def _counted(refused: pd.DataFrame) -> pd.DataFrame:
    counts = refused["reason"].value_counts().sort_index()
    return pd.DataFrame({"reason": counts.index.astype(object), "files": counts.to_numpy()})


def _nothing(images: Path, refused: pd.DataFrame, pictures: str, *, named: bool) -> str:
    """Why there is no film, and how to go on where all that is missing is whose they are."""
    where = images.resolve().name if images.is_dir() else "this file"
    counts = refused["detail"].value_counts().sort_index()
    left = [f"  {counted(n, 'file')} left out: {why}" for why, n in counts.items()]
    then = [IN_THE_TABLE if named else pictures] if (refused["reason"] == NO_TABLE).any() else []
    said = [f"There is no radiograph in {where}.", *(left or ["  It is empty."]), *then]
    return "\n".join(said)
