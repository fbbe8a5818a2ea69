"""Films that came after a run was finished, scored by its model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.load import load_films_run
from medtune.config.run import Run
from medtune.config.site import SiteProfile
from medtune.config.training import Training
from medtune.films.index import Index, index_films
from medtune.films.join import excluded
from medtune.films.locations import write_locations
from medtune.films.metadata import read_metadata
from medtune.films.store import Decoded, open_store
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.vision.trained import TrainedModel
from medtune.workflow.models import scores_of_films
from medtune.workflow.own_model import own_model
from medtune.workflow.progress import Progress, say, silent
from medtune.workflow.said import UNUSUAL, UNUSUAL_HERE
from medtune.workflow.unlike import films_unlike
from medtune.workflow.weights import card_lines


@dataclass(frozen=True)
class NewFilms:
    """New films and what the model says of them.

    What a model that pools views says of a study stands with each of its films.

    Attributes:
        run: the finished run.
        model: its network and card.
        index: the films (N) and where they are.
        decoded: those that the model is for, prepared as it wants them.
        reason: (N,) why a film was refused; empty where it was scored.
        scores: (N, C), a column a finding, class or amount; NaN where refused.
        distance: (N,) from the films that taught; NaN where refused or not known.
        unlike: (N,) in what a film is unlike those of a site's profile, as ``Unlike``; None where
            it is not, or none was asked for.
    """

    run: Run
    model: TrainedModel
    index: Index
    decoded: Decoded
    reason: pd.Series
    scores: NDArray[np.float64]
    distance: NDArray[np.float64]
    unlike: pd.Series

    @property
    def unusual(self) -> pd.Series:
        """(N,) why a film is unusual: unlike those that taught, or the site's; empty where not."""
        known = self.model.familiarity
        beyond = self.distance > (math.nan if known is None else known.limit)
        site = (None if far is None else UNUSUAL_HERE.format(what=far.words) for far in self.unlike)
        said = pd.Series(list(site), index=self.reason.index, dtype=object)
        return said.mask(beyond & self.reason.isna().to_numpy(), UNUSUAL)


def score_new(
    folder: Path,
    images: Path,
    home: Path,
    *,
    metadata: Path | None = None,
    site: SiteProfile | None = None,
    show: bool = True,
) -> NewFilms:
    """Read, decode and score films with a finished model.

    Args:
        folder: of the finished run.
        images: a film, or a folder of them.
        home: private folder for pseudonyms, places and decoded films.
        metadata: table about pictures that are no DICOM.
        site: profile that the films are held against.
        show: whether progress is shown on stderr.

    Raises:
        InputError: the run is not finished, or there is no film.
    """
    run_folder = RunFolder(folder)
    run_folder.must_be_finished()
    run = load_films_run(run_folder.config, files_must_exist=False)
    model = own_model(run, run_folder)
    (say if show else silent)("\n".join(card_lines(model.card)))
    with Progress("reading headers", show=show) as progress:
        every = model.card.films.several_frames == "every_frame"
        index = index_films(
            images,
            home,
            run.site_name,
            metadata=None if metadata is None else read_metadata(metadata),
            every_frame=every,
            tick=progress.step,
        )
    write_locations(index.locations, home)
    cases = index.films
    reason = excluded(cases, model.card.films).astype(object)
    inside = cases[reason.isna()]
    places = index.locations[index.locations["case_id"].isin(inside["case_id"])]
    with Progress("decoding films", len(places), show=show) as progress:
        decoded = open_store(home / "store", model.card.preprocessing, places, tick=progress.step)
    unreadable = decoded.rows["reason"].reindex(cases["case_id"]).set_axis(cases.index)
    reason = reason.where(reason.notna(), unreadable.astype(object))
    hardware = choose(Training(precision="32"))
    scores, distance = scores_of_films(model, decoded, cases, reason, hardware)
    unlike = pd.Series([None] * len(cases), index=cases.index, dtype=object)
    if site is not None:
        showing = model.card.preprocessing.showing
        asked = cases[reason.isna()]
        unlike[asked.index] = films_unlike(site, asked, places, showing, show=show)
    return NewFilms(run, model, index, decoded, reason, scores, distance, unlike)
