"""Any product's table of scores, as a model that is judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.compared import ScoresTable
from medtune.config.targets import OF_CLASSES
from medtune.errors import DataError
from medtune.films.keys import film_keys, refuse_rows_of_several, row_keys
from medtune.films.labels import read_key_and, read_labels
from medtune.films.locations import read_locations
from medtune.tables.amounts import counted
from medtune.vision.tasks import Column, values_of
from medtune.workflow.cases import private
from medtune.workflow.models import Judged, Scored, of_cases
from medtune.workflow.scoring import rows


def product(judged: Judged, other: ScoresTable) -> Scored:
    """Any product's table of scores.

    Raises:
        DataError: it has no such column, or holds what is no number (of classes and grades: none).
    """
    _, table = read_key_and(other.scores, [other.id], other.column)
    finding = other.finding or judged.learned[0]
    if other.finding is None and len(judged.learned) > 1:
        raise DataError(f"{other.scores.name}: say which 'finding' its scores are about.")
    if judged.run.data.kind in OF_CLASSES:
        return _product_of_classes(judged, other, finding)
    number = pd.to_numeric(table[other.column].replace("", pd.NA), errors="coerce")
    wrong = table[number.isna() & (table[other.column] != "")]
    if len(wrong):
        raise DataError(
            f"{other.scores.name}, line {wrong['row'].iloc[0]}: the column '{other.column}' "
            f"holds '{wrong[other.column].iloc[0]}', which is no number."
        )
    thresholds = {} if other.threshold is None else {(other.model_name, finding): other.threshold}
    scores = number.to_numpy(float, na_value=np.nan)[:, None]
    return _from_rows(judged, other, table["key"], scores, [(finding, "")], thresholds)


def _product_of_classes(judged: Judged, other: ScoresTable, name: str) -> Scored:
    """A product that says a class or a grade: it has all the probability, and the others none."""
    target = judged.run.data.targets[name]
    said = read_labels(
        other.scores, other.id, {name: target.model_copy(update={"column": other.column})}
    )
    place = values_of(said, {name: target})[:, 0]
    scores = np.full((len(said), len(target.classes or [])), np.nan)
    known = np.flatnonzero(~np.isnan(place))
    scores[known] = 0.0
    scores[known, place[known].astype(int)] = 1.0
    columns = [(name, each) for each in target.classes or []]
    return _from_rows(judged, other, said["key"], scores, columns, {})


def _from_rows(
    judged: Judged,
    other: ScoresTable,
    key: pd.Series,
    scores: NDArray[np.float64],
    columns: list[Column],
    thresholds: dict[tuple[str, str], float],
) -> Scored:
    """The films' scores from those of a table's rows.

    Args:
        judged: the cases.
        other: the table.
        key: (R,) of its rows.
        scores: (R, C); NaN where there is none.
        columns: C targets and classes.
        thresholds: that came with it.

    Raises:
        DataError: no row has a score for any of the films, or a row means several studies.
    """
    places = read_locations(private(judged.run)).set_index("case_id")
    places = places.loc[judged.films["case_id"]].set_axis(judged.films.index)
    films_keys = film_keys(places, other.id)
    table = pd.DataFrame({"key": row_keys(key, other.id, films_keys), "row": range(len(key))})
    refuse_rows_of_several(judged.films, films_keys, table, other.id, other.scores.name)
    row = films_keys.map(table.set_index("key")["row"])
    found = np.full((len(judged.films), len(columns)), np.nan)
    there = row.notna().to_numpy()
    found[there] = scores[row[there].to_numpy(int)]
    if not np.isfinite(found).any():
        raise DataError(
            f"{other.scores.name}: none of its {counted(len(table), 'row')} belongs to one of the "
            f"films. They are joined on '{other.id}'; is that what the column holds?"
        )
    refused = pd.Series("no score in the table", index=judged.films.index, dtype="object")
    refused = refused.mask(np.isfinite(found).all(axis=1), None)
    found, refused = of_cases(judged, found, refused, judged.run.evaluation.pool)
    name = other.model_name
    table = rows(
        judged.cases,
        judged.splits,
        name,
        columns,
        found,
        refused,
        attributes=judged.attributes,
    )
    return Scored(table, thresholds)
