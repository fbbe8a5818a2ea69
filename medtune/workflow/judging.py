"""The cases of a run that are scored, decoded as its own model wants them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from medtune.config.run import Run
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.tables.cases import read_cases_table
from medtune.tables.splits import read_splits
from medtune.vision.tasks import XrayFindings, XrayTargets
from medtune.workflow.cases import private
from medtune.workflow.decoding import decode, spec_of
from medtune.workflow.labelled import teaches
from medtune.workflow.models import Judged
from medtune.workflow.studies import can_be_seen, films_of_splits, grouping_of, read_films


def cases_to_judge(
    run: Run,
    folder: RunFolder,
    task: XrayFindings | XrayTargets,
    names: Sequence[str],
    *,
    show: bool,
) -> Judged:
    """The cases of some splits, and the films of all.

    Args:
        run: as its folder has it.
        folder: with its tables.
        task: what is learned.
        names: of the splits.
        show: whether progress is shown on stderr.
    """
    cases, splits = read_cases_table(folder.cases), read_splits(folder.splits)
    films = read_films(folder)
    grouping = grouping_of(run.model, films)
    spec = spec_of(run, folder)
    decoded = decode(run.data.work, films, spec, private=private(run), show=show)
    split_of = cases[["case_id"]].merge(splits, on="case_id", how="left")["split"].to_numpy()
    train = cases[(split_of == "train") & can_be_seen(decoded, cases, grouping).to_numpy()]
    labelled = teaches(run.data, train)
    scored = cases[pd.Series(split_of).isin(names).to_numpy()].reset_index(drop=True)
    if grouping is not None:
        films = films[films["study_id"].isin(scored["case_id"])].reset_index(drop=True)
    return Judged(
        run=run,
        train=train[labelled].reset_index(drop=True),
        cases=scored,
        films=scored if grouping is None else films,
        grouping=grouping,
        splits=splits,
        decoded=decoded,
        spec=spec,
        hardware=choose(run.training),
        show=show,
        task=task,
    )


def film_splits(judged: Judged) -> pd.DataFrame:
    """The split of each film of the run."""
    if judged.grouping is None:
        return judged.splits
    return films_of_splits(judged.grouping.films, judged.splits)
