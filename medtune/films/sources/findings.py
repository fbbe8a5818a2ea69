"""A set's own words about findings as 1 present, 0 absent, -1 uncertain, NaN unknown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.errors import DataError
from medtune.films.sources.description import ANYTHING, BLANK, Lists, Meaning, Source
from medtune.films.sources.words import classes_of, findings_of, plain
from medtune.tables.amounts import counted

Values = NDArray[np.float64]

PRESENT, ABSENT, UNCERTAIN, UNKNOWN = 1.0, 0.0, -1.0, np.nan
VALUE: dict[Meaning, float] = {
    "present": PRESENT,
    "absent": ABSENT,
    "uncertain": UNCERTAIN,
    "unknown": UNKNOWN,
}


def finding_values(source: Source, rows: pd.DataFrame) -> pd.DataFrame:
    """One float column a finding, for each row of the set's text.

    Raises:
        DataError: a list holds an item that is none of the set's.
    """
    parts: dict[str, list[Values]] = {name: [] for name in findings_of(source)}
    for column, words in classes_of(source).items():
        said = rows.get(column, pd.Series(pd.NA, rows.index))
        cells = said.map(plain(said))
        for name in dict.fromkeys(name for by in words.values() for name in by):
            parts[name].append(_of_class(cells, {w: by.get(name) for w, by in words.items()}))
    if source.findings.lists is not None:
        for name, values in _of_lists(rows, source.findings.lists, source.title).items():
            parts[name].append(values)
    return pd.DataFrame({name: _one_of(values) for name, values in parts.items()}, rows.index)


def one_row_each(
    source: Source, files: pd.Series, values: pd.DataFrame
) -> tuple[pd.Series, pd.DataFrame]:
    """The findings of images, some of which have several rows.

    Args:
        source: the set.
        files: the image of each row.
        values: its findings.

    Returns:
        Which rows stay (the first of each image), and their findings.

    Raises:
        DataError: an image has several rows, and the set is not published so.
    """
    first = ~files.duplicated()
    how = source.findings.several
    if not first.all():
        if how is None:
            raise DataError(
                f"{source.title}: {files[~first].nunique()} images stand in more than one row."
            )
        by_image, _ = pd.factorize(files)

        def rows_with(meaning: float) -> Values:
            return np.asarray((values == meaning).groupby(by_image).sum(), np.float64)

        reduce = _any if how == "any" else _majority
        reduced = reduce(rows_with(PRESENT), rows_with(ABSENT), rows_with(UNCERTAIN))
        values = pd.DataFrame(reduced, files.index[first], values.columns)
    return first, _implied(source, values)


def _of_class(cells: pd.Series, words: Mapping[str, Meaning | None]) -> Values:
    values = {word.lower(): VALUE[meaning] for word, meaning in words.items() if meaning}
    found = np.asarray(cells.map(values), np.float64)
    if ANYTHING in values:
        other = ~cells.isin([*values, BLANK]).to_numpy(bool) & cells.notna().to_numpy(bool)
        found = np.where(other, values[ANYTHING], found)
    return found


def _of_lists(rows: pd.DataFrame, lists: Lists, title: str) -> dict[str, Values]:
    """Findings of a column of lists: most lists occur many times, so each is read once."""
    codes, said = pd.factorize(rows[lists.column])  # a row that no table has is -1, the last one
    items = pd.Series(said, dtype="string").str.findall(lists.item).explode()
    items = items.astype("string").str.strip().str.lower()
    items = items[items.notna() & (items != "")]

    def mask(lists_that: pd.Series) -> NDArray[np.bool_]:
        found = np.zeros(len(said) + 1, bool)
        found[items.index[lists_that].to_numpy(int)] = True
        return found

    def having(words: list[str]) -> NDArray[np.bool_]:
        return mask(items.isin([word.lower() for word in words]))

    if lists.closed:
        known = [*lists.words, *lists.silent, *lists.void]
        strange = int(mask(~items.isin([word.lower() for word in known]))[codes].sum())
        if strange:
            raise DataError(
                f"{title}: in {counted(strange, 'row')} '{lists.column}' lists something else than "
                f"{', '.join(known)}."
            )
    silent, void = having(lists.silent), having(lists.void) | ~mask(items.notna())
    found = {}
    for name in dict.fromkeys(name for names in lists.words.values() for name in names):
        present = having([word for word, names in lists.words.items() if name in names])
        values = np.where(present, PRESENT, np.where(silent, UNKNOWN, ABSENT))
        found[name] = np.where(void, UNKNOWN, values)[codes]
    return found


def _one_of(parts: list[Values]) -> Values:
    """What several columns say of one finding: present, else uncertain, absent if all say so."""
    told = np.stack(parts)
    value = np.where((told == ABSENT).all(axis=0), ABSENT, UNKNOWN)
    value[(told == UNCERTAIN).any(axis=0)] = UNCERTAIN
    value[(told == PRESENT).any(axis=0)] = PRESENT
    return value


def _any(present: Values, absent: Values, uncertain: Values) -> Values:
    """What any of an image's rows says, by how many rows say what."""
    value = np.where(absent > 0, ABSENT, UNKNOWN)
    value[uncertain > 0] = UNCERTAIN
    value[present > 0] = PRESENT
    return value


def _majority(present: Values, absent: Values, uncertain: Values) -> Values:
    """What most of an image's readers saw, by how many say what; uncertain where fewer did."""
    read = present + absent + uncertain
    value = np.where(read > 0, UNCERTAIN, UNKNOWN)
    value[(read > 0) & (absent == read)] = ABSENT
    value[2 * present > read] = PRESENT
    return value


def _implied(source: Source, values: pd.DataFrame) -> pd.DataFrame:
    """Findings that are absent beside others; where the set also says present, nobody knows."""
    for name, others in source.findings.implied_absent.items():
        beside = values[others].isin([PRESENT, UNCERTAIN]).any(axis=1)
        said = values[name] == PRESENT
        values = values.assign(
            **{name: values[name].mask(beside & ~said, ABSENT).mask(beside & said, UNKNOWN)}
        )
    return values
