"""A table's declared columns, and writing it so that a half-written file never has its name."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.errors import DataError

TEXT = "string"
NUMBER = "float64"
COUNT = "Int64"

# Up to pandas 2 the default parser is off in the last digits, so that 0.29999999999999999 >= 0.3
# fails; from 3 on it is right, and the option is deprecated.
EXACT_FLOATS: dict[str, Any] = (
    {"float_precision": "round_trip"} if pd.__version__.startswith("2.") else {}
)


def declare(frame: pd.DataFrame, columns: Mapping[str, str], table: str) -> pd.DataFrame:
    """Put the declared columns first, in their types; keep others behind them.

    Args:
        frame: the table.
        columns: name to pandas type of each column that must be there.
        table: the table's name, for the message.

    Raises:
        DataError: a declared column is missing, or does not hold its type.
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise DataError(f"The table '{table}' has no column {', '.join(missing)}.")
    others = [name for name in frame.columns if name not in columns]
    ordered = frame[[*columns, *others]].copy()
    for name, kind in columns.items():
        try:
            ordered[name] = ordered[name].astype(kind)  # type: ignore[call-overload]
        except (TypeError, ValueError) as error:
            raise DataError(f"The column '{name}' of '{table}' does not hold {kind}.") from error
    return ordered


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then give it its final name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write(partial)
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_private(path: Path, write: Callable[[Path], object]) -> None:
    """``write_whole`` for what leads back to patients: mode 0600, in a folder of mode 0700."""
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)

    def closed(partial: Path) -> None:
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY, 0o600))
        write(partial)

    write_whole(path, closed)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet or CSV, by the name's ending, whole or not at all."""
    if path.suffix == ".csv":
        write_whole(path, lambda partial: frame.to_csv(partial, index=False))
    else:
        write_whole(path, lambda partial: frame.to_parquet(partial, index=False))


def write_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all."""
    write_whole(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV, TSV, Excel or Parquet table; numbers survive to the last bit.

    Raises:
        DataError: no such file, an unknown ending, or not such a table.
    """
    return _read(path, **EXACT_FLOATS, dtype_backend="numpy_nullable")


def read_text_table(path: Path) -> pd.DataFrame:
    """Read a table with every cell as text, so that 00123 stays 00123; empty cells are ''.

    Raises:
        DataError: no such file, an unknown ending, or not such a table.
    """
    table = _read(path, dtype=str, keep_default_na=False)
    whole = [
        name
        for name in table.select_dtypes("float")
        if (table[name].dropna() % 1 == 0).all()  # identifiers with gaps: 123.0 is 123
    ]
    table = table.astype(dict.fromkeys(whole, "Int64")).astype("string").fillna("")
    table.columns = [str(name).strip().lstrip("\ufeff") for name in table.columns]
    return table


def separator(path: Path) -> str:
    """What separates the cells of a text table: the header line tells."""
    if path.suffix.lower() != ".csv":
        return "\t"
    with path.open(encoding="utf-8-sig", errors="replace") as handle:
        header = handle.readline()
    return ";" if ";" in header and "," not in header else ","


def _read(path: Path, **options: Any) -> pd.DataFrame:
    """Read a table by its name's ending."""
    if path.is_dir():
        raise DataError(f"{path.name} is a folder, and a table is a file.")
    if not path.is_file():
        raise DataError(f"There is no file {path.name}.")
    kind = path.suffix.lower()
    try:
        if kind in (".csv", ".tsv", ".txt"):
            with warnings.catch_warnings():
                # a line with more cells than the header would shift its columns
                warnings.simplefilter("error", pd.errors.ParserWarning)
                return pd.read_csv(
                    path, sep=separator(path), index_col=False, skip_blank_lines=False, **options
                )
        if kind in (".xlsx", ".xls"):
            options.pop("float_precision", None)  # a spreadsheet holds numbers, not their text
            return pd.read_excel(path, **options)
        if kind == ".parquet":
            return pd.read_parquet(path)
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path.name} is empty: there is not even a line of names.") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name}{_first_misread(path)} is not UTF-8 text; save it as CSV UTF-8."
        ) from error
    except Exception as error:
        raise DataError(f"{path.name} cannot be read as a {kind} table: {error}") from error
    raise DataError(
        f"{path.name}: tables are read as .csv, .tsv, .xlsx or .parquet, not as '{kind}'."
    )


def _first_misread(path: Path) -> str:
    """Which line of a text table is not UTF-8."""
    with path.open("rb") as lines:
        for row, line in enumerate(lines, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return f", row {row},"
    return ""
