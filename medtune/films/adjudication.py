"""Two readers' sheets read back, set side by side for a third, and made into a reference."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from medtune.config.data import FindingRule
from medtune.errors import DataError
from medtune.films.labels import read_labels
from medtune.tables.schema import read_text_table

QUALITIES = ("", "good", "limited", "unreadable")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
BLINDED_TO = "the label table, every model's score and the other reader"
UNKNOWN = "unknown"
SAID = {1.0: "1", 0.0: "0", -1.0: "-1"}
WHO = ("reader_1", "reader_2", "adjudicator", "blinded_to")


@dataclass(frozen=True)
class Sheet:
    """What one reader said.

    Attributes:
        reader: the reader's code.
        values: indexed by reading number and sorted by it; a column a finding: 1, 0, -1 or NaN.
        notes: quality and remark, indexed alike.
    """

    reader: str
    values: pd.DataFrame
    notes: pd.DataFrame


def list_named(path: Path) -> str:
    """The list that a sheet belongs to, by its reading numbers.

    Raises:
        DataError: it has no such column, or numbers of several lists.
    """
    table = read_text_table(path)
    if "reading" not in table.columns or table.empty:
        raise DataError(
            f"{path.name} has no column 'reading' with reading numbers: it is no reading sheet."
        )
    names = sorted(set(table["reading"].str.strip().str.rsplit("-", n=1).str[0]) - {""})
    if len(names) != 1:
        raise DataError(
            f"{path.name} has reading numbers of {len(names)} lists ({', '.join(names[:3])}); a "
            "sheet belongs to one."
        )
    return names[0]


def is_adjudication(path: Path) -> bool:
    """Whether a table is an adjudication sheet."""
    return "adjudicated" in read_text_table(path).columns


def read_sheet(path: Path, listed: pd.DataFrame, findings: list[str]) -> Sheet:
    """Read what one reader said.

    Args:
        path: the filled sheet.
        listed: the numbered list.
        findings: a column each.

    Raises:
        DataError: a column is missing, a word is none of those allowed, rows are missing, twice or
            of another list, the reader gave no code; with file and line.
    """
    key = str(listed["found_by"].iloc[0])
    rules = {finding: FindingRule(present=[finding]) for finding in findings}
    rows = read_labels(path, "reading", rules)
    table = read_text_table(path)
    _refuse_lacking(table, ("reader", key, "quality", "remark"), path.name)
    table = table.iloc[rows["row"].to_numpy() - 2].reset_index(drop=True)
    _refuse_other_rows(rows, listed, path.name)
    _refuse_torn_rows(rows, table[key], listed, key, path.name)
    quality = table["quality"].str.strip().str.lower()
    _refuse_words(rows, quality, ~quality.isin(QUALITIES), "quality", path.name)
    notes = pd.DataFrame({"quality": quality, "remark": table["remark"].str.strip()})
    index = pd.Index(rows["key"].astype(object), name="reading")
    return Sheet(
        reader=_code(table["reader"], "reader", path.name),
        values=rows[findings].set_axis(index).sort_index(),
        notes=notes.set_axis(index).sort_index(),
    )


def adjudication_sheet(listed: pd.DataFrame, sheets: list[Sheet]) -> pd.DataFrame:
    """Both readers' values, finding by finding; what they do not agree on is left to a third.

    Args:
        listed: the numbered list.
        sheets: of the two readers.

    Returns:
        reading, the key, study_date, finding, value_1, value_2, adjudicated (empty where the
        readers differ; 'unknown' where both said nothing), quality and remark of both, reader_1,
        reader_2, adjudicator (to be typed), blinded_to. Open rows come first.
    """
    key = str(listed["found_by"].iloc[0])
    places = listed.set_index("reading")[["key", "study_date"]].rename(columns={"key": key})
    said = [_words(sheet.values) for sheet in sheets]
    parts = []
    for finding in sheets[0].values.columns:
        one, two = said[0][finding], said[1][finding]
        agreed = one.where(one == two, "").mask((one == two) & (one == ""), UNKNOWN)
        parts.append(
            places.loc[one.index]
            .assign(finding=finding, value_1=one, value_2=two, adjudicated=agreed)
            .reset_index()
        )
    rows = pd.concat(parts, ignore_index=True)
    for place, given in enumerate(sheets, start=1):
        for column in ("quality", "remark"):
            rows[f"{column}_{place}"] = rows["reading"].map(given.notes[column])
    rows = rows.assign(
        reader_1=sheets[0].reader, reader_2=sheets[1].reader, adjudicator="", blinded_to=BLINDED_TO
    )
    rows["closed"] = rows["adjudicated"] != ""
    rows = rows.sort_values(["closed", "reading"], kind="stable", ignore_index=True)
    return rows.drop(columns="closed")


def read_adjudication(
    path: Path, listed: pd.DataFrame, findings: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a sheet on which everything is decided.

    Args:
        path: the sheet.
        listed: the numbered list.
        findings: of the run.

    Returns:
        The decided values, indexed by reading number, a column a finding (1, 0, -1 or NaN); and
        who read: one row of reader_1, reader_2, adjudicator, blinded_to.

    Raises:
        DataError: rows are open, missing or twice, a word is none of those allowed, or someone
            decided and gave no code; with file and line.
    """
    table = read_text_table(path)
    _refuse_lacking(table, ("finding", "value_1", "value_2", "adjudicated", *WHO), path.name)
    rows = read_labels(path, "reading", {"value": FindingRule(present=["adjudicated"])})
    table = table.iloc[rows["row"].to_numpy() - 2].reset_index(drop=True)
    rows["finding"] = table["finding"].str.strip()
    _refuse_words(rows, rows["finding"], ~rows["finding"].isin(findings), "finding", path.name)
    _refuse_other_rows(rows, listed, path.name, each=findings)
    open_rows = rows[table["adjudicated"].str.strip() == ""]
    if len(open_rows):
        lines = ", ".join(str(row) for row in open_rows["row"].head(5))
        raise DataError(
            f"{path.name}: {len(open_rows)} of {len(rows)} values are still open (line {lines}"
            f"{' ...' if len(open_rows) > 5 else ''}). Write 1, 0, -1 (uncertain) or 'unknown' in "
            "the column 'adjudicated'."
        )
    plain = [table[name].str.strip() for name in ("value_1", "value_2")]
    decided = bool((plain[0] != plain[1]).any())
    who = {name: _code(table[name], name, path.name) for name in WHO[:2]}
    given = table["adjudicator"].str.strip()
    who["adjudicator"] = (
        _code(given, "adjudicator", path.name) if decided or (given != "").any() else ""
    )
    who["blinded_to"] = str(table["blinded_to"].iloc[0])
    values = rows.pivot(index="key", columns="finding", values="value")[findings]
    return values.rename_axis(index="reading", columns=None).sort_index(), pd.DataFrame([who])


def reference_table(values: pd.DataFrame, who: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """The table that ``evaluation.reference`` reads.

    Args:
        values: decided, indexed by reading number.
        who: one row: reader_1, reader_2, adjudicator, blinded_to.
        listed: the numbered list.

    Returns:
        The key, a column a finding (1, 0, -1 or empty), who read, stratum and weight of the draw.
    """
    key = str(listed["found_by"].iloc[0])
    rows = listed.set_index("reading").loc[values.index]
    head = pd.DataFrame({key: rows["key"]}).join(_words(values))
    for name in WHO:
        head[name] = str(who[name].iloc[0])
    return head.assign(stratum=rows["stratum"], weight=rows["weight"]).reset_index(drop=True)


def _words(values: pd.DataFrame) -> pd.DataFrame:
    return values.apply(lambda column: column.map(SAID).astype(object).fillna(""))


def _code(column: pd.Series, name: str, table: str) -> str:
    """The one code in a column that may be filled in its first rows only.

    Raises:
        DataError: none, several, or what looks like a name.
    """
    codes = sorted(set(column.str.strip()) - {""})
    if len(codes) != 1:
        said = f"holds {len(codes)} codes" if codes else "is empty"
        raise DataError(
            f"{table}: the column '{name}' {said}. Type one code of the {name.split('_')[0]}, such "
            "as R1, in one row or in all."
        )
    if not CODE.fullmatch(codes[0]):
        raise DataError(
            f"{table}: the column '{name}' holds what is no code. A code has up to 20 letters, "
            "digits, '.', '_' and '-', and is nobody's name."
        )
    return codes[0]


def _refuse_lacking(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    """Refuse a table without one of these columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        words = " and no column ".join(f"'{column}'" for column in missing)
        raise DataError(f"{name} has no column {words}.")


def _refuse_other_rows(
    rows: pd.DataFrame, listed: pd.DataFrame, table: str, each: list[str] | None = None
) -> None:
    """Refuse rows of another list, rows twice, and rows that are not there."""
    strange = rows[~rows["key"].isin(listed["reading"])]
    if len(strange):
        raise DataError(
            f"{table}, line {strange['row'].iloc[0]}: there is no reading "
            f"'{strange['key'].iloc[0]}' in this list."
        )
    by = ["key"] if each is None else ["key", "finding"]
    twice = rows[rows.duplicated(by, keep=False)]
    if len(twice):
        same = twice[(twice[by] == twice[by].iloc[0]).all(axis=1)]
        lines = " and ".join(str(row) for row in same["row"])
        raise DataError(f"{table}: the same reading stands in lines {lines}.")
    wanted = len(listed) * (1 if each is None else len(each))
    if len(rows) < wanted:
        raise DataError(
            f"{table}: {wanted - len(rows)} of {wanted} rows of the list are not there. Rows that "
            "cannot be read stay, with 'unreadable' as their quality."
        )


def _refuse_torn_rows(
    rows: pd.DataFrame, keys: pd.Series, listed: pd.DataFrame, key: str, table: str
) -> None:
    """Refuse numbers that stand beside another film's key: columns sorted apart, or one typed over.

    A spreadsheet program takes 00123 for 123: leading zeros do not matter here.
    """
    right = rows["key"].map(listed.set_index("reading")["key"]).astype("string")
    wrong = keys.str.strip().str.lstrip("0") != right.str.strip().str.lstrip("0")
    if wrong.any():
        line = rows.loc[wrong, "row"].iloc[0]
        raise DataError(
            f"{table}, line {line}: the reading number and the {key} do not belong together. Were "
            "columns sorted apart, or did a spreadsheet program rewrite the numbers? Keep the "
            f"column '{key}' as text, as the sheet came."
        )


def _refuse_words(
    rows: pd.DataFrame, column: pd.Series, wrong: pd.Series, name: str, table: str
) -> None:
    if wrong.any():
        at = int(np.flatnonzero(wrong.to_numpy(bool))[0])
        allowed = f" It may be {', '.join(QUALITIES[1:])} or empty." if name == "quality" else ""
        raise DataError(
            f"{table}, line {rows['row'].iloc[at]}: the column '{name}' holds "
            f"'{column.iloc[at]}'.{allowed}"
        )
