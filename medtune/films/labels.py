"""The label table: its key column, its findings as 1, 0, -1 or unknown."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from medtune.config.data import FindingRule, JoinKey
from medtune.config.targets import Target
from medtune.errors import DataError
from medtune.films.target_labels import target_values
from medtune.tables.schema import read_text_table

PRESENT, ABSENT, UNCERTAIN, UNKNOWN = 1.0, 0.0, -1.0, float("nan")
WORDS = {
    **dict.fromkeys(("1", "yes", "true", "present", "positive"), PRESENT),
    **dict.fromkeys(("0", "no", "false", "absent", "negative"), ABSENT),
    **dict.fromkeys(("-1", "uncertain", "equivocal"), UNCERTAIN),
    **dict.fromkeys(("", "nan", "na", "n/a", "none", "null", "unknown"), UNKNOWN),
}


def _in_words(*meanings: float) -> str:
    """The words of a meaning, as 'yes, true or present'."""
    words = [word for word, value in WORDS.items() if value in meanings and word.strip("-01")]
    return f"{', '.join(words[:-1])} or {words[-1]}"


ACCEPTED = (
    "Labels are 1, 0, -1 (uncertain) or empty (unknown); in words "
    f"{_in_words(PRESENT)}; {_in_words(ABSENT)}; {_in_words(UNCERTAIN)}; {_in_words(UNKNOWN)}."
)


def read_labels(path: Path, key: str, rules: Mapping[str, FindingRule | Target]) -> pd.DataFrame:
    """Read a label table.

    Args:
        path: CSV, TSV, Excel or Parquet, a header line first.
        key: the column that images are joined on; its spelling may differ in case, spaces and
            underscores ("AccessionNumber").
        rules: how each finding, or each target, is read.

    Returns:
        Columns key (text), row (line of the table, the header being line 1) and one per finding:
        1.0, 0.0, -1.0 (uncertain) or NaN (unknown); per target as ``target_values`` has it.

    Raises:
        DataError: a column is missing, or holds something else, all of them at once; or there is
            no row with a key.
    """
    table = read_text_table(path)
    by_name = {plain_name(name): name for name in table.columns}
    problems = []
    if plain_name(key) not in by_name:
        problems.append(f"{path.name} has no column '{key}'{_near(key, table)}")
    columns: dict[str, pd.Series] = {}
    for learned, rule in rules.items():
        where = "targets" if isinstance(rule, Target) else "findings"
        for name in _columns_of(learned, rule):
            if name not in table.columns:
                problems.append(
                    f"'data.{where}.{learned}': {path.name} has no column '{name}'"
                    f"{_near(name, table)}"
                )
                continue
            try:
                if isinstance(rule, Target):
                    columns[learned] = target_values(table[name], learned, rule, path.name)
                elif name not in columns:
                    columns[name] = _values(table[name], path.name)
            except DataError as error:
                problems.append(str(error))
    if not problems and table.empty:
        problems.append(f"{path.name} has no row, only the names of its columns.")
    if problems:
        raise DataError("\n".join(problems))
    labels = pd.DataFrame(
        {
            "key": table[by_name[plain_name(key)]].str.strip(),
            "row": range(2, len(table) + 2),
        }
    )
    for name, rule in rules.items():
        labels[name] = columns[name] if isinstance(rule, Target) else _apply(rule, columns)
    labels = labels[labels["key"] != ""].reset_index(drop=True)
    if labels.empty:
        raise DataError(f"{path.name}: '{by_name[plain_name(key)]}' is empty in every row.")
    return labels


def _columns_of(learned: str, rule: FindingRule | Target) -> list[str]:
    if isinstance(rule, Target):
        return [rule.column or learned]
    return [*rule.present, *rule.absent]


def published_labels(images: pd.DataFrame, findings: dict[str, FindingRule]) -> pd.DataFrame:
    """The labels of a published set, as ``read_labels`` gives those of a table.

    Args:
        images: a row an image, with a column a finding: 1, 0, -1 or empty.
        findings: each finding's rule, in the words of the set.

    Raises:
        DataError: the set does not speak of a finding.
    """
    words = [name for name in images.columns if images[name].dtype == "Float64" and name != "age"]
    for finding, rule in findings.items():
        for name in [*rule.present, *rule.absent]:
            if name not in words:
                raise DataError(
                    f"'data.findings.{finding}': the published set does not speak of '{name}'"
                    f"{_near(name, images[words])}. It speaks of {', '.join(words)}."
                )
    columns = {name: images[name].astype("float64") for name in words}
    labels = pd.DataFrame({"key": images["file"], "row": range(2, len(images) + 2)})
    for finding, rule in findings.items():
        labels[finding] = _apply(rule, columns)
    return labels


def _values(column: pd.Series, table: str) -> pd.Series:
    """Words and numbers of a label column as 1.0, 0.0, -1.0 or NaN."""
    values, strange = as_labels(column)
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise DataError(
            f"{table}, line {row + 2}: the column '{column.name}' holds '{column.iloc[row]}'. "
            + ACCEPTED
        )
    return values


def as_labels(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    """What the cells of a column say as labels.

    Args:
        column: cells as text.

    Returns:
        1.0, 0.0, -1.0 (uncertain) or NaN (unknown); and which cells are no label, whose value is
        NaN too.
    """
    words = column.str.strip().str.lower().str.replace(r"^(-?\d+)\.0*$", r"\1", regex=True)
    return words.map(WORDS).astype("float64"), ~words.isin(WORDS.keys())


def _apply(rule: FindingRule, columns: dict[str, pd.Series]) -> pd.Series:
    """One finding by its rule: any present column 1, else any uncertain, else absent, else NaN."""
    present = pd.concat([columns[name] for name in rule.present], axis=1)
    value = pd.Series(float("nan"), index=present.index)
    if rule.absent:
        absent = pd.concat([columns[name] for name in rule.absent], axis=1)
        value[(absent == PRESENT).any(axis=1)] = ABSENT
        # Present and absent at once is a contradiction of the table: nobody knows.
        contradiction = (absent == PRESENT).any(axis=1) & (present == PRESENT).any(axis=1)
    else:
        value[(present == ABSENT).all(axis=1)] = ABSENT
        contradiction = pd.Series(False, index=present.index)
    value[(present == UNCERTAIN).any(axis=1)] = UNCERTAIN
    value[(present == PRESENT).any(axis=1)] = PRESENT
    value[contradiction] = float("nan")
    return value


def plain_name(name: str) -> str:
    """A column's name as keys are compared: letters and digits only, small."""
    return "".join(letter for letter in str(name).lower() if letter.isalnum())


def _near(name: str, table: pd.DataFrame) -> str:
    near = difflib.get_close_matches(name, [str(column) for column in table.columns], n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def read_key_and(path: Path, keys: list[JoinKey], column: str) -> tuple[JoinKey, pd.DataFrame]:
    """Read a table of one key and one more column, as text.

    Args:
        path: the table.
        keys: names of key columns; the first that is there is taken.
        column: the other column.

    Returns:
        The key's name, and columns key, row (line of the table) and the other column.

    Raises:
        DataError: a column is missing, or a key stands twice.
    """
    table = read_text_table(path)
    by_name = {plain_name(name): name for name in table.columns}
    key = next((name for name in keys if plain_name(name) in by_name), None)
    missing = [] if key else [" or ".join(f"'{name}'" for name in dict.fromkeys(keys))]
    if plain_name(column) not in by_name:
        missing.append(f"'{column}'{_near(column, table)}")
    if missing or key is None:
        raise DataError(f"{path.name} has no column {' and no column '.join(missing)}.")
    found = pd.DataFrame(
        {
            "key": table[by_name[plain_name(key)]].str.strip(),
            "row": range(2, len(table) + 2),
            column: table[by_name[plain_name(column)]].str.strip(),
        }
    )
    twice = found[found["key"].duplicated(keep=False)]
    if len(twice):
        lines = " and ".join(str(row) for row in twice[twice["key"] == twice["key"].iloc[0]]["row"])
        raise DataError(f"{path.name}: the same {key} stands in lines {lines}.")
    return key, found
