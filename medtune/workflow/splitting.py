"""The split of a run: dealt once, sealed, found again, grown without a new test case."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.any_run import AnyRun
from medtune.config.data import SPLITS
from medtune.config.run import Run
from medtune.errors import DataError, LeakError
from medtune.films.locations import read_locations
from medtune.tables.amounts import counted
from medtune.tables.lock import alone
from medtune.tables.looks import as_it_is
from medtune.tables.schema import TEXT, declare
from medtune.tables.seal import Earlier, cases_of_test, check_seal, seal
from medtune.tables.splits import (
    COLUMNS,
    HELD_OUT,
    check_groups,
    deal,
    read_splits,
    write_splits,
)
from medtune.workflow.cases import private
from medtune.workflow.given_split import given_split
from medtune.workflow.patients import among, patients_of, placed
from medtune.workflow.wings import wing_of

OPEN = ("train", "tune", "calibration")  # the splits that new patients may join
OTHER_KEY = (
    "The split in the work folder was made with another key of the pseudonyms, so that its test "
    "patients cannot be told from new ones. Restore the folder 'private', or work in another work "
    "folder."
)


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
    with alone(folder / ".split.lock") if store else nullcontext():
        splits = _found_or_dealt(run, cases, folder, store=store)
    found = cases[["case_id"]].merge(splits[["case_id", "split"]], on="case_id", how="left")
    return declare(found, COLUMNS, "splits")


def _found_or_dealt(run: Run, cases: pd.DataFrame, folder: Path, *, store: bool) -> pd.DataFrame:
    """The whole split, with columns case_id, group_id and split."""
    path = folder / "splits.parquet"
    smaller = run.data.split.version - 1
    if path.exists():
        stored = read_splits(path)
        new = _grown(run, cases, stored)
        splits = pd.concat([stored, new], ignore_index=True) if len(new) else stored
    elif smaller:
        splits = new = _enlarged(run, cases, split_folder(run, smaller))
    else:
        splits = new = _dealt(run, cases)
    earlier = as_it_is(split_folder(run, smaller)) if smaller and store else None
    return settled(splits, new, folder, earlier, store=store)


def settled(
    splits: pd.DataFrame,
    new: pd.DataFrame,
    folder: Path,
    earlier: Earlier | None,
    *,
    store: bool,
) -> pd.DataFrame:
    """A whole split once it is certain that it is right: written and sealed where it is stored.

    Args:
        splits: columns case_id, group_id and split, of all cases.
        new: those of them that are not stored yet.
        folder: of the split.
        earlier: the smaller version that it enlarges, where it does.
        store: whether it is written.

    Raises:
        LeakError: a group is in two splits.
        SealError: the sealed test split was changed.
    """
    check_groups(splits)
    check_seal(splits, folder)
    if store and len(new):
        write_splits(splits, folder / "splits.parquet")
    if store:
        seal(splits, folder, earlier)
    return splits


def taught(run: Run, cases: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """The split without the training cases that ``data.train_studies`` leaves out.

    Patients are taken whole, in a seeded order of their own, until the number of labelled studies
    is reached: 200 studies contain the 100 of a smaller run.
    """
    if run.data.train_studies == "all":
        return splits
    labelled = cases[run.data.learned].notna().any(axis=1)
    train = cases[labelled & among(cases["case_id"], _of(splits, "train"))]
    studies = train.drop_duplicates("study_id").groupby("group_id").size()
    patients = patients_of(run, cases, read_locations(private(run)))
    studies = studies[patients.index[among(patients.index, studies.index)]]
    chosen = studies.index[studies.cumsum() <= run.data.train_studies]
    if chosen.empty:
        chosen = studies.index[:1]
    theirs = cases.loc[among(cases["group_id"], chosen), "case_id"]
    left_out = (splits["split"] == "train") & ~among(splits["case_id"], theirs)
    return splits[~left_out].reset_index(drop=True)


def split_folder(run: AnyRun, version: int | None = None) -> Path:
    """The folder of the run's split, named by everything that decides it.

    The data count as seen from the work folder: both may be moved together.

    Args:
        run: as ``load_run`` gives it.
        version: of the test set; that of the run where nothing is said.
    """
    said = wing_of(run).decides_split(run, version)
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]
    return run.data.work / "splits" / digest


def decides_split(run: Run, version: int | None = None) -> dict[str, Any]:
    """Everything that decides the split of films; arguments as above."""
    version = run.data.split.version if version is None else version
    persons = run.data.same_patients
    file = run.data.split.file
    return {
        "source": run.data.source,
        "persons": None if persons is None else sha256(persons.read_bytes()).hexdigest(),
        "images": os.path.relpath(run.data.images, run.data.work),
        "split": run.data.split.model_dump(mode="json", exclude={"file", "version"}),
        "file": sha256(file.read_bytes()).hexdigest() if file is not None else None,
        "findings": {name: rule.model_dump() for name, rule in run.data.rules.items()},
        "site": run.site_name,
        **({"version": version} if version > 1 else {}),
    }


def _dealt(run: Run, cases: pd.DataFrame) -> pd.DataFrame:
    """A new split of all cases."""
    how, places = run.data.split, read_locations(private(run))
    if how.file is not None:
        return given_split(run, cases, placed(cases, places))
    patients = patients_of(run, cases, places)
    given = pd.Series("", index=patients.index)
    if how.by == "date" and how.test:
        _refuse_undated(patients)
        # by the last date of each patient: nobody who teaches has a film after the test began
        latest = patients.sort_values(["taken", "order"], ascending=False).index
        given[latest[: max(1, round(how.test * len(patients)))]] = "test"
    elif how.by in ("site", "scanner"):
        held_out = cases[how.by].isin(how.test_values or [])
        if not held_out.any():
            there = ", ".join(sorted(cases[how.by].dropna().unique())[:8]) or "none"
            raise DataError(
                f"'data.split.test_values': no film is of {how.by} "
                f"{' or '.join(how.test_values or [])}. There are: {there}."
            )
        given[cases.loc[held_out, "group_id"].unique()] = "test"
    elif how.by == "official":
        given = _official(cases).reindex(patients.index).fillna("")
    names = SPLITS if how.by == "patient" else OPEN
    if how.by == "official" and (given == "tune").any():
        names = ("train", "calibration")
    return _spread(cases, _deal(run, patients, given, names))


def _official(cases: pd.DataFrame) -> pd.Series:
    """The split of each patient whom the published set tests or tunes with.

    Raises:
        LeakError: the set has a patient on two sides.
        DataError: the set has no test of its own.
    """
    theirs = cases[["group_id", "official_split"]].dropna().drop_duplicates()
    twice = theirs["group_id"].duplicated()
    if twice.any():
        raise LeakError(
            f"'data.split.by: official': {counted(int(twice.sum()), 'patient', 'stands')} "
            "on two sides of the published split, which cannot be used therefore. Take "
            "'by: patient'."
        )
    if not (theirs["official_split"] == "test").any():
        raise DataError(
            "'data.split.by: official': the published set has no test of its own. Take "
            "'by: patient'."
        )
    split_of = theirs.set_index("group_id")["official_split"]
    return split_of.where(split_of != "train", "")


def _grown(run: Run, cases: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """The split of cases that came after the seal: no one joins the test, or leaves it.

    Held out are new films of sealed patients, new films such as the test is made of (as late, of
    its scanner or site), and new patients who have one of those.

    Raises:
        DataError: the split is of films with other pseudonyms.
    """
    new = ~among(cases["case_id"], stored["case_id"])
    if not new.any():
        return stored.iloc[:0]
    places = read_locations(private(run))
    if not among(stored["case_id"], places["case_id"]).any():
        raise DataError(OTHER_KEY)
    if run.data.split.file is not None:
        grown = given_split(run, cases, placed(cases, places))[new]
    else:
        patients = patients_of(run, cases, places)
        like_test = _like_test(run, cases, places, stored)
        given = _split_of(stored).reindex(patients.index).fillna("")
        stranger = given == ""
        if run.data.split.by == "date" and run.data.split.test:
            _refuse_undated(patients[stranger])
        given[stranger & among(patients.index, cases.loc[like_test, "group_id"])] = HELD_OUT
        grown = _spread(cases, _deal(run, patients, given, OPEN))
        grown["split"] = grown["split"].mask(like_test, HELD_OUT)
        grown = grown[new]
    return grown.replace({"split": {"test": HELD_OUT}})


def _enlarged(run: Run, cases: pd.DataFrame, smaller: Path) -> pd.DataFrame:
    """A new split with a larger test: nobody leaves the test, nobody who taught joins it.

    Patients who came since are dealt as patients of a new split are. What the smaller version held
    out is tested here: new films of its patients, new patients with films such as the test is made
    of. Held out stay such films of patients who teach.

    Raises:
        DataError: there is no smaller version, or nothing that is new for the test.
    """
    how, places = run.data.split, read_locations(private(run))
    setting = f"'data.split.version: {how.version}'"
    if not (smaller / "splits.parquet").exists():
        raise DataError(
            f"{setting} enlarges the test set of version {how.version - 1}, and the work folder "
            "has none that was dealt with these settings."
        )
    stored = read_splits(smaller / "splits.parquet")
    check_seal(stored, smaller)
    stored = stored[stored["split"] != HELD_OUT]
    if not among(stored["case_id"], places["case_id"]).any():
        raise DataError(OTHER_KEY)
    patients = patients_of(run, cases, places)
    given = _split_of(stored).reindex(patients.index).fillna("")
    stranger = given == ""
    if how.by == "date" and how.test:
        _refuse_undated(patients[stranger])
    like_test = _like_test(run, cases, places, stored)
    given[stranger & among(patients.index, cases.loc[like_test, "group_id"])] = "test"
    grown = _spread(cases, _deal(run, patients, given, SPLITS if how.by == "patient" else OPEN))
    teaches = grown["split"] != "test"
    grown["split"] = grown["split"].mask(like_test & teaches.to_numpy(), HELD_OUT)
    new = ~among(cases["case_id"], stored["case_id"])
    splits = pd.concat([stored, grown[new]], ignore_index=True)
    if len(cases_of_test(splits)) <= len(cases_of_test(stored)):
        raise DataError(
            f"{setting}: nothing that came since can join the test, which would stay as it is. "
            f"Take version {how.version - 1}."
        )
    return splits


def _like_test(
    run: Run, cases: pd.DataFrame, places: pd.DataFrame, stored: pd.DataFrame
) -> NDArray[np.bool_]:
    """Which films are of the held-out sites or scanners, or not older than the test's beginning."""
    how = run.data.split
    test = stored[stored["split"] == "test"].reset_index(drop=True)
    if how.by in ("site", "scanner"):
        return cases[how.by].isin(how.test_values or []).to_numpy()
    if how.by == "date" and len(test):
        dates = places[["case_id", "date"]]
        begun = placed(test, dates)["date"].groupby(test["group_id"]).max().min()
        late = placed(cases, dates)["date"] >= begun
        return late.fillna(False).to_numpy(dtype=bool)
    return np.zeros(len(cases), dtype=bool)


def _refuse_undated(patients: pd.DataFrame) -> None:
    undated = int(patients["taken"].isna().sum())
    if undated:
        raise DataError(
            f"'data.split.by: date' needs a study date of every patient, and {undated} of "
            f"{len(patients)} patients have none."
        )


def _split_of(stored: pd.DataFrame) -> pd.Series:
    """The split of each patient of the stored table: sealed before taught before held out."""
    pairs = stored[["group_id", "split"]].drop_duplicates()
    rank = pairs["split"].map({"test": 0, **dict.fromkeys(OPEN, 1)}).fillna(2)
    return (
        pairs.loc[rank.sort_values(kind="stable").index]
        .drop_duplicates("group_id")
        .set_index("group_id")["split"]
    )


def _deal(run: Run, patients: pd.DataFrame, given: pd.Series, names: Sequence[str]) -> pd.Series:
    """Deal the patients that have no split yet."""
    shares = {name: getattr(run.data.split, name) for name in names}
    counts = patients.drop(columns=["taken", "order"]).to_numpy(dtype=np.int32)
    order = patients["order"].to_numpy(dtype=np.uint64)
    dealt = deal(counts, order, shares, given.to_numpy(dtype=np.str_))
    return pd.Series(dealt, index=patients.index, dtype=TEXT)


def _spread(cases: pd.DataFrame, split_of: pd.Series) -> pd.DataFrame:
    """The split of each case by its patient's."""
    at = split_of.index.get_indexer(pd.Index(cases["group_id"]))
    splits = cases[["case_id", "group_id"]].reset_index(drop=True)
    return splits.assign(split=split_of.array.take(at))


def _of(splits: pd.DataFrame, name: str) -> pd.Series:
    return splits.loc[splits["split"] == name, "case_id"]
