"""How training films are rendered after a site's profile: from what they look like themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from medtune.config.run import Run
from medtune.config.site import Group, SiteProfile
from medtune.config.site_file import load_profile, profile_as_yaml
from medtune.errors import RunError
from medtune.films.measure.film import measured
from medtune.films.measure.group import group_seen
from medtune.films.store import Decoded
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.tables.splits import stable_order

if TYPE_CHECKING:
    from medtune.vision.augment import Pipeline

SAMPLE = 60  # training films that are measured
FEWEST = 10


def site_pipeline(run: Run, decoded: Decoded, teach: pd.DataFrame, *, keep: bool) -> Pipeline:
    """The changes of ``training.augmentation: site``.

    What was measured is kept in the run's folder, so that a run that goes on renders as it did.

    Args:
        run: with a profile as its site.
        decoded: the store.
        teach: the films that teach.
        keep: whether it is written there; else it is only read.

    Raises:
        ConfigError: a profile with mistakes.
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
        films = _measured(decoded, teach)
        if keep and films is not None:
            write_text(profile_as_yaml(_as_profile(films)), folder.films_before)
    if keep and not folder.site.exists():
        write_text(profile_as_yaml(profile), folder.site)
    return site(profile, films)


def _measured(decoded: Decoded, teach: pd.DataFrame) -> Group | None:
    """What the training films look like as the store holds them; None for too few."""
    order = stable_order(teach["case_id"], 0)
    chosen = teach.iloc[np.argsort(order, kind="stable")[:SAMPLE]]
    if chosen["group_id"].nunique() < FEWEST:
        return None
    rows = decoded.rows.loc[chosen["case_id"], "row"].to_numpy(np.int64)
    white = np.float32(np.iinfo(decoded.pixels.dtype).max)
    films = [measured(np.asarray(decoded.pixels[row], np.float32) / white) for row in rows]
    patients = chosen["group_id"].astype(str).tolist()
    return group_seen(("training films", "all", None), films, patients, FEWEST)


def _as_profile(films: Group) -> SiteProfile:
    return SiteProfile(site="training films", made_by="medtune train", groups=[films])
