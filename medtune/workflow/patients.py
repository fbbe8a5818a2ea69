"""The patients of a run's cases: in an order of their own, with last date and counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.run import Run
from medtune.errors import DataError
from medtune.tables.schema import TEXT
from medtune.tables.splits import stable_order
from medtune.tables.tally import count_labels
from medtune.workflow.strata import strata

READ_HERE = ["case_id", "person", "date", "sop_instance_uid"]


def patients_of(run: Run, cases: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """One row a patient, in their order: last true date, counts of films, studies and labels.

    The order depends on the patient's own ID, which is read here and not kept: the same patients
    are dealt alike when the work folder, and with it the key of the pseudonyms, is made anew.

    Args:
        run: as ``load_run`` gives it.
        cases: as ``read_cases`` gives them, in any order.
        places: the private table of the films' places.

    Returns:
        Indexed by group_id: whole numbers films, studies, and for each finding (class, part of an
        amount) films with it present ("1 finding") and absent ("0 finding"); taken, the date of
        the last film, empty where no film has one; and order.

    Raises:
        DataError: a case has no row in the private table.
    """
    theirs = placed(cases, places[READ_HERE])
    of, names = pd.factorize(cases["group_id"])
    first = ~cases["group_id"].duplicated().to_numpy()
    first_of_study = ~cases["study_id"].duplicated().to_numpy()
    parts = strata(cases, run.data)
    labels = count_labels(of, parts.values())
    counts = {
        "films": np.bincount(of),
        "studies": np.bincount(of[first_of_study], minlength=len(names)),
        **{f"1 {finding}": labels[:, 2 * at] for at, finding in enumerate(parts)},
        **{f"0 {finding}": labels[:, 2 * at + 1] for at, finding in enumerate(parts)},
    }
    patients = pd.DataFrame(counts, index=pd.Index(names, name="group_id"))
    day, days = pd.factorize(theirs["date"], sort=True)
    last = np.full(len(names), -1)
    np.maximum.at(last, of, day)
    patients["taken"] = pd.Series(days, dtype=TEXT).reindex(last).to_numpy()
    patients["order"] = stable_order(theirs.loc[first, "person"], run.data.split.seed)
    # one number given out by two hospitals is two patients: a film's UID tells who comes first
    patients["film"] = ""
    twins = patients.index[patients["order"].duplicated(keep=False)]
    if len(twins):
        of_twins = among(cases["group_id"], twins)
        films = theirs.loc[of_twins, "sop_instance_uid"].fillna("")
        patients.loc[twins, "film"] = films.groupby(cases["group_id"].to_numpy()[of_twins]).min()
    return patients.sort_values(["order", "film"]).drop(columns="film")


def placed(cases: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The private rows of cases, in their order.

    Args:
        cases: with a column case_id.
        places: the private table of the films' places, or some of its columns.

    Raises:
        DataError: a case has none.
    """
    at = pd.Index(places["case_id"]).get_indexer(pd.Index(cases["case_id"]))
    if (at < 0).any():
        raise DataError(
            f"{int((at < 0).sum())} of {len(cases)} films are not in the private table of the "
            "films' places: they were read with another work folder."
        )
    return places.iloc[at].reset_index(drop=True)


def among(names: pd.Series | pd.Index, others: pd.Series | pd.Index) -> NDArray[np.bool_]:
    """Which names are among others; pandas' own ``isin`` of texts takes seconds a million."""
    return pd.Index(others.unique()).get_indexer(pd.Index(names)) >= 0
