"""The split of a run: dealt once, sealed, found again, grown without a new test case."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.data import SPLITS
from medtune.config.run import Run
from medtune.errors import DataError, LeakError
from medtune.films.keys import film_keys, row_keys
from medtune.films.labels import read_key_and
from medtune.films.locations import read_locations
from medtune.tables.schema import declare
from medtune.tables.seal import seal
from medtune.tables.splits import (
    COLUMNS,
    HELD_OUT,
    check_groups,
    deal,
    read_splits,
    stable_order,
    write_splits,
)
from medtune.workflow.cases import private


def split(run: Run, cases: pd.DataFrame, *, store: bool = True) -> pd.DataFrame:
    """The split of a run's cases: dealt once, stored in the work folder, found again after.

    Args:
        run: as ``load_run`` gives it.
        cases: as ``read_cases`` gives them.
        store: whether a new split is written and sealed; without it, this is a look ahead.

    Returns:
        Columns case_id and split, of these cases, in their order.

    Raises:
        LeakError: a patient would be in two splits, or the sealed test split was changed.
    """
    folder = split_folder(run)
    path = folder / "splits.parquet"
    groups = _groups(run, cases)
    if path.exists():
        stored = read_splits(path)
        splits = pd.concat([stored, _grown(run, cases, groups, stored)], ignore_index=True)
    else:
        splits = _dealt(run, cases, groups)
    check_groups(splits)
    if store:
        write_splits(splits, path)
        seal(splits, folder)
    found = cases[["case_id"]].merge(splits[["case_id", "split"]], on="case_id", how="left")
    return declare(found, COLUMNS, "splits")


def taught(run: Run, cases: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The split without the training cases that ``data.train_studies`` leaves out.

    Patients are taken whole, in a seeded order of their own, until the number of labelled studies
    is reached: 200 studies contain the 100 of a smaller run.
    """
    if run.data.train_studies == "all":
        return splits
    labelled = cases[list(run.data.findings)].notna().any(axis=1)
    train = cases[labelled & cases["case_id"].isin(_of(splits, "train"))]
    studies = train.groupby("group_id")["study_id"].nunique()
    order = _groups(run, cases).loc[studies.index, "order"]
    studies = studies[order.sort_values().index]
    chosen = studies.index[studies.cumsum() <= run.data.train_studies]
    if chosen.empty:
        chosen = studies.index[:1]
    left_out = (splits["split"] == "train") & ~splits["case_id"].isin(
        cases.loc[cases["group_id"].isin(chosen), "case_id"]
    )
    return splits[~left_out].reset_index(drop=True)


def split_folder(run: Run) -> Path:
    """The folder of the run's split, named by everything that decides it.

    The films' folder counts as seen from the work folder: both may be moved together.
    """
    file = run.data.split.file
    said = {
        "images": os.path.relpath(run.data.images, run.data.work),
        "split": run.data.split.model_dump(mode="json", exclude={"file"}),
        "file": sha256(file.read_bytes()).hexdigest() if file is not None else None,
        "findings": {name: rule.model_dump() for name, rule in run.data.findings.items()},
        "site": run.site,
    }
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
    return run.data.work / "splits" / digest


def _groups(run: Run, cases: pd.DataFrame) -> pd.DataFrame:
    """One row a patient: order, last true date, site, scanners, and present or absent findings.

    The order depends on the patient's own ID, which is read here and not kept: the same patients
    are dealt alike when the work folder, and with it the key of the pseudonyms, is made anew.
    """
    places = read_locations(private(run)).set_index("case_id").loc[cases["case_id"]]
    frame = cases.assign(patient=places["patient_id"].to_numpy(), taken=places["date"].to_numpy())
    by_patient = frame.groupby("group_id", sort=True)
    groups = by_patient.agg(patient=("patient", "first"), taken=("taken", "max"))
    groups["order"] = stable_order(groups["patient"], run.data.split.seed)
    for finding in run.data.findings:
        value = frame[finding].astype("Float64")
        groups[f"1 {finding}"] = (value == 1).fillna(False).groupby(frame["group_id"]).any()
        groups[f"0 {finding}"] = (value == 0).fillna(False).groupby(frame["group_id"]).any()
    return groups.drop(columns="patient").sort_values("order")


def _dealt(run: Run, cases: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """A new split of all cases."""
    how = run.data.split
    if how.file is not None:
        return _given(run, cases)
    shares: dict[str, float] = {name: getattr(how, name) for name in SPLITS}
    test = pd.Index([])
    if how.by == "date":
        if groups["taken"].isna().any():
            raise DataError(
                f"'data.split.by: date' needs a study date in every film, and "
                f"{int(groups['taken'].isna().sum())} of {len(groups)} patients have none."
            )
        # by the last date of each patient: nobody who teaches has a film after the test began
        latest = groups.sort_values(["taken", "order"], ascending=False)
        test = latest.index[: round(shares["test"] * len(groups))]
    elif how.by in ("site", "scanner"):
        held_out = cases[how.by].isin(how.test_values or [])
        if not held_out.any():
            there = ", ".join(sorted(cases[how.by].dropna().unique())[:8]) or "none"
            raise DataError(
                f"'data.split.test_values': no film is of {how.by} "
                f"{' or '.join(how.test_values or [])}. There are: {there}."
            )
        test = pd.Index(cases.loc[held_out, "group_id"].unique())
    rest = groups.drop(index=test)
    if len(test):
        shares.pop("test")
    held_out_patients = pd.Series(["test"] * len(test), index=test, dtype="object")
    return _spread(cases, pd.concat([_deal(rest, shares), held_out_patients]))


def _grown(
    run: Run, cases: pd.DataFrame, groups: pd.DataFrame, stored: pd.DataFrame
) -> pd.DataFrame:
    """The split of cases that came after the seal: no one joins the test, or leaves it.

    New films of sealed patients are held out, and so is a new patient whom the rule of the split
    would have put into the test.
    """
    new = cases[~cases["case_id"].isin(stored["case_id"])]
    if run.data.split.file is not None:
        return _given(run, new).replace({"split": {"test": HELD_OUT}})
    test_last = stored.assign(late=stored["split"] == "test").sort_values("late", kind="stable")
    split_of = test_last.groupby("group_id")["split"].last()
    strangers = groups.loc[groups.index.isin(new["group_id"]) & ~groups.index.isin(split_of.index)]
    too_late = strangers.index[_would_be_test(run, cases, groups, strangers, split_of)]
    held_out = pd.Series([HELD_OUT] * len(too_late), index=too_late, dtype="object")
    shares: dict[str, float] = {
        name: getattr(run.data.split, name) for name in ("train", "tune", "calibration")
    }
    dealt = _deal(strangers.drop(index=too_late), shares)
    known = split_of.where(split_of != "test", HELD_OUT)
    return _spread(new, pd.concat([known, dealt, held_out]))


def _would_be_test(
    run: Run,
    cases: pd.DataFrame,
    groups: pd.DataFrame,
    strangers: pd.DataFrame,
    split_of: pd.Series,
) -> NDArray[np.bool_]:
    """Which new patients are of the held-out sites or scanners, or as late as the test."""
    how = run.data.split
    if how.by in ("site", "scanner"):
        there = cases.loc[cases[how.by].isin(how.test_values or []), "group_id"]
        return strangers.index.isin(there)
    if how.by == "date":
        begun = groups.loc[groups.index.isin(split_of.index[split_of == "test"]), "taken"].min()
        return (strangers["taken"] >= begun).fillna(False).to_numpy(dtype=bool)
    return np.zeros(len(strangers), dtype=bool)


def _deal(groups: pd.DataFrame, shares: dict[str, float]) -> pd.Series:
    if groups.empty:
        return pd.Series(dtype=object)
    labels = groups.drop(columns=["taken", "order"]).to_numpy(dtype=bool)
    return pd.Series(
        deal(labels, groups["order"].to_numpy(dtype=np.uint64), shares), index=groups.index
    )


def _spread(cases: pd.DataFrame, split_of: pd.Series) -> pd.DataFrame:
    splits = cases[["case_id", "group_id"]].assign(split=cases["group_id"].map(split_of))
    return splits.reset_index(drop=True)


def _given(run: Run, cases: pd.DataFrame) -> pd.DataFrame:
    """The user's own split.

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
    places = read_locations(private(run)).set_index("case_id").loc[cases["case_id"]]
    films = film_keys(places, key)
    table = table.assign(key=row_keys(table["key"], key, films))
    joined = pd.DataFrame(
        {
            "case_id": cases["case_id"].to_numpy(),
            "key": films.to_numpy(),
            "group_id": cases["group_id"].to_numpy(),
        }
    ).merge(table, on="key", how="left")
    lacking = int(joined["split"].isna().sum())
    if lacking:
        raise DataError(f"{path.name}: {lacking} of {len(cases)} films have no row in it.")
    sides = joined.groupby("group_id")["split"].nunique()
    leaking = sides.index[sides > 1]
    if len(leaking):
        rows = joined[joined["group_id"] == leaking[0]].drop_duplicates("split")
        said = " and ".join(f"line {r.row} ({r.split})" for r in rows.itertuples())
        raise LeakError(
            f"{path.name}: {len(leaking)} patients are in two splits, the first in {said}. A "
            "patient must be in one split only, with all films."
        )
    return joined[["case_id", "group_id", "split"]].drop_duplicates("case_id")


def _of(splits: pd.DataFrame, name: str) -> pd.Series:
    return splits.loc[splits["split"] == name, "case_id"]
