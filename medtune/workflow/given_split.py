"""The user's own split: a table that says where each film goes."""

from __future__ import annotations

import pandas as pd

from medtune.config.data import SPLITS
from medtune.config.run import Run
from medtune.errors import DataError, LeakError
from medtune.films.keys import film_keys, row_keys
from medtune.films.labels import read_key_and
from medtune.tables.amounts import counted


def given_split(run: Run, cases: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The split that the table of ``data.split.file`` gives.

    Args:
        run: as ``load_run`` gives it.
        cases: as ``read_cases`` gives them.
        places: their rows of the private table, in the same order.

    Returns:
        Columns case_id, group_id and split.

    Raises:
        LeakError: a patient is in two of its splits; names the lines.
        DataError: a case has none, or a word is no split.
    """
    path = run.data.split.file
    assert path is not None
    key, table = read_key_and(path, [run.data.join_on, "patient_id"], "split")
    strange = table[~table["split"].isin(SPLITS)]
    if len(strange):
        row = strange.iloc[0]
        raise DataError(
            f"{path.name}, line {row['row']}: '{row['split']}' is no split. "
            f"There are {', '.join(SPLITS)}."
        )
    films = film_keys(places, key)
    table = table.assign(key=row_keys(table["key"], key, films))
    joined = pd.DataFrame(
        {
            "case_id": cases["case_id"].to_numpy(),
            "key": films.to_numpy(),
            "group_id": cases["group_id"].to_numpy(),
        }
    ).merge(table[table["key"] != ""], on="key", how="left")
    lacking = int(joined["split"].isna().sum())
    if lacking:
        raise DataError(f"{path.name}: {lacking} of {len(cases)} films have no row in it.")
    sides = joined.drop_duplicates(["group_id", "split"])
    leaking = sides.loc[sides["group_id"].duplicated(), "group_id"].unique()
    if len(leaking):
        rows = sides[sides["group_id"] == leaking[0]]
        said = " and ".join(f"line {r.row} ({r.split})" for r in rows.itertuples())
        raise LeakError(
            f"{path.name}: {counted(len(leaking), 'patient', 'is')} in two splits, the "
            f"first in {said}. A patient must be in one split only, with all films."
        )
    return joined[["case_id", "group_id", "split"]].drop_duplicates("case_id")
