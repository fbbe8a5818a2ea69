"""The films that teach a run, numbered, prepared and drawn as ``train`` does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.run import Run
from medtune.errors import DataError
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded
from medtune.run_folder import RunFolder
from medtune.tables.splits import read_splits
from medtune.workflow.cases import gather, private
from medtune.workflow.labelled import teaches
from medtune.workflow.rerun import refuse_another
from medtune.workflow.splitting import split, taught
from medtune.workflow.studies import (
    Grouping,
    can_be_seen,
    films_of_splits,
    grouping_of,
    pools,
    read_films,
    studies_of,
)

if TYPE_CHECKING:
    from medtune.learning.task import Draw
    from medtune.vision.samples import Change, Films
    from medtune.vision.studies import Studies


# of methods whose first stage teaches the head alone; others have one, of the method's name
MAIN_STAGE = {"lp_ft": "full", "gradual": "gradual_1"}


@dataclass(frozen=True)
class Teaching:
    """What a model is taught from.

    Attributes:
        cases: all films of the run.
        train: those of the train split, whether they can be decoded and are labelled or not.
        films: those that teach, in the order by which training numbers them.
        spec: how films are prepared.
        decoded: the store of the train split.
        samples: the cases as training draws them: these films, or studies with them.
        places: (films, 2), of each film the number of its case in ``samples`` and its place there.
        stage: name of the stage in which the backbone begins to learn, or the only one.
    """

    cases: pd.DataFrame
    train: pd.DataFrame
    films: pd.DataFrame
    spec: Preprocessing
    decoded: Decoded
    samples: Films | Studies
    places: NDArray[np.int_]
    stage: str


def teaching(run: Run, *, show: bool) -> Teaching:
    """Gather, split and decode as ``train`` would; no film of another split is opened.

    Raises:
        RunError: the run was begun with other settings.
        DataError: films or labels that cannot be used, or no film that teaches.
    """
    from medtune.workflow.asking import asked_of
    from medtune.workflow.decoding import decode, plain_spec_of
    from medtune.workflow.harmonising import harmonised
    from medtune.workflow.scoring import samples

    films, splits = cases_and_splits(run, show=show)
    train = films[films["case_id"].isin(splits.loc[splits["split"] == "train", "case_id"])]
    spec = plain_spec_of(run)
    decoded = decode(run.data.work, train, spec, private=private(run), show=show)
    if run.model.harmonise != "none":
        spec = harmonised(run, decoded, train)
        decoded = decode(run.data.work, train, spec, private=private(run), show=show)
    grouping = grouping_of(run.model, train)
    cases = train
    if grouping is not None:
        cases = studies_of(train, run.data.learned, run.data.kind)
    teach = cases[teaches(run.data, cases) & can_be_seen(decoded, cases, grouping)]
    teach = teach.reset_index(drop=True)
    if teach.empty:
        raise DataError(
            f"No film teaches: of {len(train)} films in the train split none is labelled and can "
            "be decoded."
        )
    policy = run.data.uncertain_policy
    shown = teach if grouping is None else grouping.seen(decoded, teach).reset_index(drop=True)
    drawn_as = samples(
        decoded,
        teach,
        asked_of(run, teach),
        grouping,
        policy=policy,
        change=change_of(run, shown),
    )
    stage = MAIN_STAGE.get(run.model.adapt, run.model.adapt)
    places = _places(shown, teach, grouping)
    return Teaching(films, train, shown, spec, decoded, drawn_as, places, stage)


def _places(
    films: pd.DataFrame, cases: pd.DataFrame, grouping: Grouping | None
) -> NDArray[np.int_]:
    """Of each film the number of its case, and its place among the case's films."""
    if grouping is None:
        return np.column_stack([np.arange(len(films)), np.zeros(len(films), int)])
    case = pd.Index(cases["case_id"]).get_indexer(films["study_id"])
    return np.column_stack([case, films.groupby("study_id").cumcount().to_numpy()])


def change_of(run: Run, teach: pd.DataFrame, *, keep: bool = False) -> Change | None:
    """What training changes of a film at random.

    Args:
        run: the run.
        teach: the films that teach.
        keep: whether what the changes rest on is written into the run's folder.
    """
    if not run.changes_films:
        return None
    from medtune.vision import augment

    if run.training.augmentation == "generic":
        return augment.change_generic()
    from medtune.workflow.site_style import site_pipeline

    return augment.change(site_pipeline(run, teach, keep=keep))


def drawn(run: Run, teaching: Teaching, numbers: Sequence[int], epoch: int) -> NDArray[np.float32]:
    """Films exactly as training draws them in an epoch, before any are mixed.

    A film that a balanced sampler does not draw in this epoch is shown as it would be drawn.

    Args:
        run: the run.
        teaching: its films that teach.
        numbers: N of them.
        epoch: from 0, of the stage ``teaching.stage``.

    Returns:
        (N, S, S) in [0, 1].
    """
    from medtune.learning.sampling import draw_of

    seed = run.training.seed
    cases = teaching.places[list(numbers), 0].tolist()
    return _shown(teaching, numbers, [draw_of(seed, teaching.stage, epoch, n) for n in cases])


def prepared(teaching: Teaching, numbers: Sequence[int]) -> NDArray[np.float32]:
    """Films exactly as the store holds them, (N, S, S) in [0, 1]."""
    return _shown(teaching, numbers, teaching.places[list(numbers), 0].tolist())


def _shown(
    teaching: Teaching, numbers: Sequence[int], draws: Sequence[Draw | int]
) -> NDArray[np.float32]:
    """Films out of the batch of their cases, a draw a film."""
    inputs = teaching.samples.__getitems__(draws).inputs.numpy()
    shown: NDArray[np.float32] = inputs[np.arange(len(draws)), teaching.places[list(numbers), 1], 0]
    return shown


def cases_and_splits(run: Run, *, show: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Films and split: those that a begun run began with, or those it would begin with."""
    folder = RunFolder(run.runs / run.name)
    if folder.begun:
        refuse_another(run, folder)
        films, splits = read_films(folder), read_splits(folder.splits)
        return films, films_of_splits(films, splits) if pools(run.model) else splits
    films = gather(run, show=show).cases
    return films, taught(run, films, split(run, films, store=False))
