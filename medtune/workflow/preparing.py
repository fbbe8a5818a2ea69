"""What a training or a search of trainings begins with: cases, split, decoded films, no leaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from medtune.config.data import XrayData
from medtune.config.load import run_as_yaml
from medtune.config.run import Run
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table, write_cases_table
from medtune.tables.schema import write_table, write_text
from medtune.tables.splits import read_splits, write_splits
from medtune.workflow.cases import gather, private
from medtune.workflow.decoding import decode, plain_spec_of, readable, spec_of
from medtune.workflow.firewall import find_leaks, refuse_leaks
from medtune.workflow.foreign import refuse_taught_test_patients
from medtune.workflow.harmonising import harmonised, write_rule
from medtune.workflow.labelled import refuse_poor_splits, teaches
from medtune.workflow.splitting import split, taught
from medtune.workflow.studies import (
    Grouping,
    can_be_seen,
    grouping_of,
    pools,
    read_films,
    studies_of,
    studies_of_splits,
    without_late_films,
)

LEARNING = ("train", "tune", "calibration")


@dataclass(frozen=True)
class Prepared:
    """The films of a run that teach, select and set thresholds; none of test is here.

    Attributes:
        folder: where their tables are written.
        cases_of: split to its cases.
        splits: which case is in which split.
        decoded: the films, prepared by ``spec``.
        spec: how they are prepared.
        grouping: which films make which case; None where each film is one.
    """

    folder: RunFolder
    cases_of: dict[str, pd.DataFrame]
    splits: pd.DataFrame
    decoded: Decoded
    spec: Preprocessing
    grouping: Grouping | None = None

    def films(self, cases: pd.DataFrame) -> pd.DataFrame:
        """The films of these cases, decoded or not."""
        if self.grouping is None:
            return cases
        films = self.grouping.films
        return films[films["study_id"].isin(cases["case_id"])]

    def seen(self, cases: pd.DataFrame) -> pd.DataFrame:
        """The films of these cases that a network looks at."""
        if self.grouping is None:
            return cases[readable(self.decoded, cases)]
        return self.grouping.seen(self.decoded, cases)

    def usable(self, name: str) -> pd.DataFrame:
        """The cases of a split of which a film could be decoded."""
        part = self.cases_of[name]
        return part[can_be_seen(self.decoded, part, self.grouping)].reset_index(drop=True)

    def labelled(self, name: str, data: XrayData) -> pd.DataFrame:
        """Those of them that have a label, be it an uncertain one; their index has gaps."""
        part = self.usable(name)
        return part[teaches(data, part)]


def prepare(
    run: Run, folder: RunFolder, *, begun: bool, allow: Sequence[str] = (), show: bool = True
) -> Prepared:
    """Cases, split and films of a run: those it began with, or new ones, written down.

    Args:
        run: as ``load_run`` gives it.
        folder: where they are written, or were.
        begun: whether anything was learnt from them already.
        allow: names of leaks that are known and accepted.
        show: whether progress is shown on stderr.

    Raises:
        LeakError: what is in the test would be known before; see ``medtune check``.
        InputError: films or labels that cannot be used, or splits that cannot teach or select.
    """
    cases, splits, decoded, grouping = _prepared(run, folder, begun, allow, show=show)
    cases_of = {
        name: cases[cases["case_id"].isin(splits.loc[splits["split"] == name, "case_id"])]
        for name in LEARNING
    }
    prepared = Prepared(folder, cases_of, splits, decoded, spec_of(run, folder), grouping)
    refuse_poor_splits({name: prepared.usable(name) for name in ("train", "tune")}, run.data)
    return prepared


def prepared_for(run: Run, prepared: Prepared, *, show: bool) -> Prepared:
    """The same cases, with the films that teach and select as another run's model wants them."""
    spec = spec_of(run, prepared.folder)
    if spec == prepared.spec:
        return prepared
    wanted = pd.concat([prepared.films(prepared.cases_of[name]) for name in ("train", "tune")])
    decoded = decode(run.data.work, wanted, spec, private=private(run), show=show)
    return replace(prepared, decoded=decoded, spec=spec)


def _prepared(
    run: Run, folder: RunFolder, begun: bool, allow: Sequence[str], *, show: bool
) -> tuple[pd.DataFrame, pd.DataFrame, Decoded, Grouping | None]:
    """Cases, split and films of the run."""
    if begun:
        films = read_films(folder)
        spec = spec_of(run, folder)
        decoded = decode(run.data.work, films, spec, private=private(run), show=show)
        cases, splits = read_cases_table(folder.cases), read_splits(folder.splits)
        return cases, splits, decoded, grouping_of(run.model, films)
    gathered = gather(run, show=show)
    ahead = split(run, gathered.cases, store=False)
    spec = plain_spec_of(run)
    decoded = decode(run.data.work, gathered.cases, spec, private=private(run), show=show)
    leaks = find_leaks(run, gathered, taught(run, gathered.cases, ahead), decoded, show=show)
    refuse_leaks(leaks, allow)
    whole = split(run, gathered.cases)
    splits = taught(run, gathered.cases, whole)
    cases = gathered.cases[gathered.cases["case_id"].isin(splits["case_id"])]
    cases = cases.reset_index(drop=True)
    refuse_taught_test_patients(run, cases, splits)
    flow = _flow(gathered.flow, gathered.cases, whole, splits)
    films = cases
    if pools(run.model):
        films = without_late_films(films, splits)
        cases = studies_of(films, run.data.learned, run.data.kind)
        splits = studies_of_splits(films, splits)
        write_cases_table(films, folder.films)
    if run.model.harmonise != "none":
        spec = harmonised(run, decoded, films[films["group_id"].isin(_patients(cases, splits))])
        write_rule(spec, folder)
        decoded = decode(run.data.work, films, spec, private=private(run), show=show)
    write_text(run_as_yaml(run), folder.config)
    write_table(leaks.assign(allowed=leaks["leak"].isin(allow)), folder.leaks)
    write_table(flow, folder.flow)
    write_splits(splits, folder.splits)
    write_cases_table(cases, folder.cases)
    return cases, splits, decoded, grouping_of(run.model, films)


def _patients(cases: pd.DataFrame, splits: pd.DataFrame) -> pd.Series:
    """The patients of the train split."""
    train = splits.loc[splits["split"] == "train", "case_id"]
    return cases.loc[cases["case_id"].isin(train), "group_id"]


def _flow(
    flow: pd.DataFrame, cases: pd.DataFrame, whole: pd.DataFrame, splits: pd.DataFrame
) -> pd.DataFrame:
    """The flow so far, and how the cases went to the splits."""
    steps = [flow.assign(split=None)]
    unused = whole[~whole["case_id"].isin(splits["case_id"])]
    for name, reason, ids in [
        *((name, None, part["case_id"]) for name, part in splits.groupby("split")),
        ("train", "left out by 'data.train_studies'", unused["case_id"]),
    ]:
        part = cases[cases["case_id"].isin(ids)]
        if len(part):
            counts = {
                "films": len(part),
                "studies": part["study_id"].nunique(),
                "patients": part["group_id"].nunique(),
            }
            steps.append(
                pd.DataFrame([{"step": "split", "split": name, "reason": reason, **counts}])
            )
    return pd.concat(steps, ignore_index=True)
