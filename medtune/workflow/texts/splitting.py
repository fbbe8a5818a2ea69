"""The split of a run's texts: dealt once, sealed, found again, grown without a new test case."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import DataError, LeakError
from medtune.tables.amounts import counted
from medtune.tables.lock import alone
from medtune.tables.schema import TEXT, declare
from medtune.tables.splits import COLUMNS, HELD_OUT, NAMES, deal, read_splits, stable_order
from medtune.text.cases import Texts
from medtune.workflow.splitting import settled, split_folder
from medtune.workflow.texts.gather import plain_settings

OPEN = ("train", "tune", "calibration")  # the splits that new groups may join
LAST = {"test": 0, "train": 1, "tune": 1, "calibration": 1}


def decides_split(run: TextRun) -> dict[str, Any]:
    """Everything that decides the split; files count as seen from the work folder."""
    data = run.data
    return {
        "texts": {name: os.path.relpath(path, data.work) for name, path in data.sources.items()},
        "split": data.split.model_dump(mode="json"),
        "settings": plain_settings(data),
        "site": run.site_name,
    }


def split(run: TextRun, texts: Texts, *, store: bool = True) -> pd.DataFrame:
    """The split of a run's texts; see ``workflow.splitting.split``.

    Raises:
        LeakError: a group would be in two splits, or the sealed test split was changed.
    """
    folder = split_folder(run)
    with alone(folder / ".split.lock") if store else nullcontext():
        splits = _found_or_dealt(run, texts, folder, store=store)
    found = texts.cases[["case_id"]].merge(splits[["case_id", "split"]], on="case_id", how="left")
    return declare(found, COLUMNS, "splits")


def taught(run: TextRun, texts: Texts, splits: pd.DataFrame) -> pd.DataFrame:
    """The split without the training texts that ``data.train_cases`` leaves out.

    Groups are taken whole, in a seeded order of their own: 500 texts contain the 100 of a smaller
    run.
    """
    if run.data.train_cases == "all":
        return splits
    groups = _groups(run, texts)
    of = texts.cases.set_index("case_id")["group_id"]
    train = splits.loc[splits["split"] == "train", "case_id"].map(of)
    counts = train.value_counts().reindex(groups.index).dropna()
    chosen = counts.index[counts.cumsum() <= run.data.train_cases]
    chosen = chosen if len(chosen) else counts.index[:1]
    kept = (splits["split"] != "train") | splits["case_id"].map(of).isin(chosen)
    return splits[kept].reset_index(drop=True)


def _found_or_dealt(run: TextRun, texts: Texts, folder: Path, *, store: bool) -> pd.DataFrame:
    path = folder / "splits.parquet"
    if not path.exists():
        splits = _dealt(run, texts)
        return settled(splits, splits, folder, None, store=store)
    stored = read_splits(path)
    new = _grown(run, texts, stored)
    whole = pd.concat([stored, new], ignore_index=True) if len(new) else stored
    return settled(whole, new, folder, None, store=store)


def _groups(run: TextRun, texts: Texts) -> pd.DataFrame:
    """One row a group, in their order: counts of texts and of each intent, time of the last text.

    The order depends on the group's own name, which is read here and not kept.
    """
    cases = texts.cases
    places = texts.locations.set_index("case_id").loc[cases["case_id"]].reset_index()
    counts = pd.DataFrame({"texts": cases.groupby("group_id", sort=False).size()})
    if cases[INTENT].notna().any():
        of_intent = pd.crosstab(cases["group_id"], cases[INTENT])
        counts = counts.join(of_intent.set_axis([f"1 {n}" for n in of_intent], axis=1))
    counts = counts.fillna(0).astype(np.int32)
    owner = places["group"].set_axis(cases["group_id"]).groupby(level=0).first()
    last = places["time"].set_axis(cases["group_id"]).groupby(level=0).max()
    counts["last"] = last.reindex(counts.index)
    counts["order"] = stable_order(owner.reindex(counts.index), run.data.split.seed)
    return counts.sort_values("order")


def _deal(
    run: TextRun, groups: pd.DataFrame, given: pd.Series, names: tuple[str, ...]
) -> pd.Series:
    shares = {name: getattr(run.data.split, name) for name in names}
    counts = groups.drop(columns=["last", "order"]).to_numpy(np.int32)
    dealt = deal(counts, groups["order"].to_numpy(np.uint64), shares, given.to_numpy(np.str_))
    return pd.Series(dealt, index=groups.index, dtype=TEXT)


def _dealt(run: TextRun, texts: Texts) -> pd.DataFrame:
    groups = _groups(run, texts)
    given = pd.Series("", index=groups.index)
    names: tuple[str, ...] = NAMES
    if isinstance(run.data.files, dict):
        given = _of_files(texts.cases).reindex(groups.index).fillna("")
        names = _without_files(run)
    elif run.data.split.by == "time" and run.data.split.test:
        _refuse_undated(groups)
        latest = groups.sort_values(["last", "order"], ascending=False).index
        given[latest[: max(1, round(run.data.split.test * len(groups)))]] = "test"
        names = OPEN
    return _spread(texts, _deal(run, groups, given, names))


def _without_files(run: TextRun) -> tuple[str, ...]:
    """The splits that groups of the train file are dealt to: a split's own file is all of it."""
    return tuple(name for name in OPEN if name == "train" or name not in run.data.sources)


def _of_files(cases: pd.DataFrame) -> pd.Series:
    """The split of each group by the file that it stands in; of train, still to be dealt.

    Raises:
        LeakError: a group stands in several files.
    """
    pairs = cases[["group_id", "given"]].drop_duplicates()
    several = pairs["group_id"].duplicated()
    if several.any():
        raise LeakError(
            f"{counted(int(several.sum()), 'group', 'stands')} in several of 'data.files': each "
            "customer, company or matter must be in one split only. Take them out of all "
            "files but one."
        )
    return pairs.set_index("group_id")["given"].replace("train", "")


def _grown(run: TextRun, texts: Texts, stored: pd.DataFrame) -> pd.DataFrame:
    """The split of texts that came after the seal: none joins the test.

    Held out are new texts of sealed groups, of the test's file, and of a file that is not of the
    split that their group has; with ``by: time`` those that are not older than the test's
    beginning, and new groups who have one of those.

    Raises:
        LeakError: a new group stands in several files.
        DataError: the split is of texts with other pseudonyms.
    """
    cases = texts.cases
    new = ~cases["case_id"].isin(stored["case_id"])
    if not new.any():
        return stored.iloc[:0]
    if not stored["case_id"].isin(cases["case_id"]).any():
        raise DataError(
            "The split in the work folder is of other texts, or was made with another key of the "
            "pseudonyms. Restore the folder 'private', or work in another work folder."
        )
    groups = _groups(run, texts)
    pairs = stored[["group_id", "split"]].drop_duplicates()
    rank = pairs["split"].map(LAST).fillna(2)
    known = pairs.loc[rank.sort_values(kind="stable").index].drop_duplicates("group_id")
    given = known.set_index("group_id")["split"].reindex(groups.index).fillna("")
    stranger = given == ""
    names: tuple[str, ...] = OPEN
    late = pd.Series(False, index=cases.index)
    if isinstance(run.data.files, dict):
        of_file = _of_files(cases[cases["group_id"].map(stranger)]).replace("test", HELD_OUT)
        given, names = given.where(~stranger, of_file.reindex(groups.index)), _without_files(run)
    elif run.data.split.by == "time" and run.data.split.test:
        _refuse_undated(groups[stranger])
        late = _late(texts, stored)
        given[stranger & groups.index.isin(cases.loc[late, "group_id"])] = HELD_OUT
    grown = _spread(texts, _deal(run, groups, given.astype(object), names))
    grown["split"] = grown["split"].mask(late, HELD_OUT)
    if isinstance(run.data.files, dict):
        fits = (cases["given"] == grown["split"]) | (
            (cases["given"] == "train") & grown["split"].isin(names)
        )
        grown["split"] = grown["split"].where(fits, HELD_OUT)
    return grown[new.to_numpy()].replace({"split": {"test": HELD_OUT}})


def _late(texts: Texts, stored: pd.DataFrame) -> pd.Series:
    """Which texts are not older than the test's beginning: the first last text of its groups."""
    time_of = texts.locations.set_index("case_id")["time"]
    test = stored[stored["split"] == "test"]
    said = test["case_id"].map(time_of)
    lasts = said.dropna().groupby(test["group_id"]).max()
    times = texts.cases["case_id"].map(time_of)
    if lasts.empty:
        return pd.Series(False, index=times.index)
    return (times >= lasts.min()).astype(bool)


def _refuse_undated(groups: pd.DataFrame) -> None:
    undated = int((groups["last"].fillna("") == "").sum())
    if undated:
        raise DataError(
            f"'data.split.by: time' needs a time of every group, and {undated} of {len(groups)} "
            "have none."
        )


def _spread(texts: Texts, split_of: pd.Series) -> pd.DataFrame:
    cases = texts.cases[["case_id", "group_id"]]
    of = cases["group_id"].map(split_of)
    return cases.assign(split=pd.Series(of.to_numpy(), index=cases.index, dtype=TEXT))
