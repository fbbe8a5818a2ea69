"""What a table says of files that cannot say it themselves: whose they are, and how taken."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from medtune.dicom import OLDEST, REASONS
from medtune.errors import DataError
from medtune.tables.schema import read_text_table

# Column of the table to column of the files' table.
MEANING: Final = {
    "patient_id": "patient_id",
    "study_uid": "study_uid",
    "accession_number": "accession_number",
    "date": "study_date",
    "sex": "sex",
    "age": "age",
    "view": "view",
    "modality": "modality",
    "body_part": "body_part",
    "portable": "portable",
    "scanner": "scanner",
}
_FILE = ("file", "file_name", "path", "image")
_TRUE, _FALSE = ("1", "true", "yes"), ("0", "false", "no")


def read_metadata(path: Path) -> pd.DataFrame:
    """Read the table of a folder of pictures.

    Args:
        path: a table with a column ``file`` (the path in the folder, or the name alone), a column
            ``patient_id`` and any of study_uid, accession_number, date, sex, age, view, modality,
            body_part, portable, scanner.

    Raises:
        DataError: a column is missing, or a cell holds what its column cannot.
    """
    table = read_text_table(path)
    plain = {"".join(c for c in str(name).lower() if c.isalnum()): name for name in table.columns}
    file = next((plain[n.replace("_", "")] for n in _FILE if n.replace("_", "") in plain), None)
    missing = [] if file is not None else ["file"]
    found = {name: plain.get(name.replace("_", "")) for name in MEANING}
    missing += [] if found["patient_id"] is not None else ["patient_id"]
    if missing:
        raise DataError(
            f"{path.name} has no column {' and no column '.join(missing)}. It needs 'file' and "
            f"'patient_id', and may have {', '.join(n for n in MEANING if n != 'patient_id')}."
        )
    metadata = pd.DataFrame({"file": table[file].str.strip()})
    for name, column in found.items():
        if column is not None:
            text = table[column].str.strip()
            metadata[name] = text.mask(text == "")
    if "age" in metadata:
        metadata["age"] = _numbers(metadata["age"], path.name)
    if "portable" in metadata:
        word = metadata["portable"].str.lower()
        metadata["portable"] = word.isin(_TRUE).astype("boolean").mask(~word.isin(_TRUE + _FALSE))
    for name in ("sex", "view", "modality", "body_part"):
        if name in metadata:
            metadata[name] = metadata[name].str.upper()
    return metadata


def _numbers(column: pd.Series, table: str) -> pd.Series:
    number = pd.to_numeric(column, errors="coerce")
    wrong = number.isna() & column.notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise DataError(f"{table}, line {row + 2}: the column 'age' holds what is no number.")
    return number.astype("Float64")


def described(files: pa.Table, metadata: pd.DataFrame | None) -> pa.Table:
    """The table of files, with what the other table says put in.

    A plain picture that the table does not speak of is left out with the reason no_table: nobody
    knows whose it is.

    Args:
        files: of ``files.SCHEMA``.
        metadata: as ``read_metadata`` gives it; None where there is none.

    Raises:
        DataError: a name in the table is that of several files.
    """
    picture = pc.not_equal(files["kind"].cast(pa.string()), "dicom").fill_null(False)
    paths = files["path"].to_pandas()
    at = np.full(len(paths), -1) if metadata is None else match_files(paths, metadata["file"])
    if metadata is not None:
        for name, column in MEANING.items():
            if name in metadata:
                files = _put(files, column, metadata[name], at)
    unknown = pc.and_(picture, pa.array(at < 0))
    for column, value in (("reason", NO_TABLE), ("detail", REASONS[NO_TABLE])):
        old = files[column].cast(pa.string())
        files = _with(files, column, pc.if_else(unknown, value, old))
    return files


NO_TABLE: Final = "no_table"  # of ``dicom.REASONS``


def match_files(paths: pd.Series, named: pd.Series) -> NDArray[np.int64]:
    """For each file the row of a table that names it, or -1.

    Args:
        paths: (N,) as seen from the folder of films.
        named: (R,) paths in that folder, or the names alone.

    Raises:
        DataError: a file stands twice in the table, or a name is that of several files.
    """
    table = named.str.replace("\\", "/").str.removeprefix("./")
    if table.duplicated().any():
        row = int(table.duplicated().to_numpy().argmax())
        raise DataError(f"The table of pictures names the file of its line {row + 2} twice.")
    at = pd.Index(table).get_indexer(pd.Index(paths))
    names = paths.str.rsplit("/", n=1).str[-1]
    by_name = pd.Index(table).get_indexer(pd.Index(names))
    by_name[at >= 0] = -1
    several = names[by_name >= 0]
    if several.duplicated().any():
        raise DataError(
            "The table of pictures tells files by their names alone, and "
            f"{several.duplicated().sum()} of these names stand in more than one folder. Write the "
            "path in the folder of films."
        )
    return np.where(at >= 0, at, by_name)


def _put(files: pa.Table, column: str, values: pd.Series, at: NDArray[np.int64]) -> pa.Table:
    said = values.take(np.maximum(at, 0)).reset_index(drop=True)
    said = said.mask(at < 0)
    if column == "age":
        said = said.where(said < OLDEST, said.mask(said.notna(), OLDEST))
    kind = files.schema.field(column).type
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    new = pa.chunked_array([pa.array(said, type=plain, from_pandas=True)])
    return _with(files, column, pc.coalesce(new, files[column].cast(plain)))


def _with(files: pa.Table, column: str, values: pa.ChunkedArray) -> pa.Table:
    field = files.schema.field(column)
    coded = values.dictionary_encode() if pa.types.is_dictionary(field.type) else values
    return files.set_column(files.schema.get_field_index(column), field, coded)
