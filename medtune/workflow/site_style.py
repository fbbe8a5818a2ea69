"""How training films are rendered after a site's profile: from what they look like themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from medtune.config.run import Run
from medtune.config.site import Group, SiteProfile
from medtune.config.site_file import load_profile, profile_as_yaml
from medtune.errors import DataError, RunError
from medtune.films.locations import read_locations
from medtune.films.measure.group import group_seen
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.tables.splits import stable_order
from medtune.workflow.cases import private
from medtune.workflow.decoding import plain_spec_of
from medtune.workflow.measuring import measure_films

if TYPE_CHECKING:
    from medtune.vision.augment import Pipeline

SAMPLE = 60  # training films that are measured
FEWEST = 10


def site_pipeline(run: Run, teach: pd.DataFrame, *, keep: bool) -> Pipeline:
    """The changes of ``training.augmentation: site``.

    What was measured is kept in the run's folder, so that a run that goes on renders as it did.

    Args:
        run: with a profile as its site.
        teach: the films that teach.
        keep: whether it is written there; else it is only read.

    Raises:
        ConfigError: a profile with mistakes.
        DataError: the films that teach cannot be read any more.
        RunError: the profile has changed since the run was begun.
    """
    from medtune.vision.site_augment import site

    profile = load_profile(run.site)
    folder = RunFolder(run.runs / run.name)
    if folder.site.exists() and load_profile(folder.site) != profile:
        raise RunError(
            f"The profile {Path(run.site).name} has changed since the run {run.name} was begun. "
            "Give this run another name, or take the old folder away."
        )
    if folder.films_before.exists():
        films: Group | None = load_profile(folder.films_before).groups[0]
    else:
        films = _measured(run, teach)
        if keep and films is not None:
            write_text(profile_as_yaml(_as_profile(films)), folder.films_before)
    if keep and not folder.site.exists():
        write_text(profile_as_yaml(profile), folder.site)
    return site(profile, films)


def _measured(run: Run, teach: pd.DataFrame) -> Group | None:
    """What the training films look like; None for too few.

    As a site's profile is measured, from the files: on the store's few pixels fine detail would be
    taken for noise, and theirs be more than the site's.
    """
    order = stable_order(teach["case_id"], 0)
    chosen = teach.iloc[np.argsort(order, kind="stable")[:SAMPLE]]
    if chosen["group_id"].nunique() < FEWEST:
        return None
    places, showing = read_locations(private(run)), plain_spec_of(run).showing
    found = measure_films(chosen["case_id"].tolist(), places, showing, show=False)
    films, patients = [], []
    for case_id, patient in zip(chosen["case_id"], chosen["group_id"].astype(str), strict=True):
        if not isinstance(one := found[case_id], str):
            films.append(one)
            patients.append(patient)
    if len(set(patients)) < FEWEST:
        raise DataError(
            f"Training films are measured before they are rendered as the site's, and of the "
            f"{len(chosen)} chosen only {len(films)} can be read."
        )
    return group_seen(("training films", "all", None), films, patients, FEWEST)


def _as_profile(films: Group) -> SiteProfile:
    return SiteProfile(site="training films", made_by="medtune train", groups=[films])
