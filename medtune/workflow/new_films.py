"""Films that came after a run was finished, scored by its model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.load import load_run
from medtune.config.run import Run
from medtune.config.training import Training
from medtune.films.index import Index, index_films
from medtune.films.join import excluded
from medtune.films.locations import write_locations
from medtune.films.metadata import read_metadata
from medtune.films.store import Decoded, open_store
from medtune.learning.hardware import choose
from medtune.learning.predict import score_and_distance
from medtune.run_folder import RunFolder
from medtune.vision.samples import Films
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import TrainedModel, load
from medtune.workflow.progress import Progress


@dataclass(frozen=True)
class NewFilms:
    """New films and what the model says of them.

    Attributes:
        run: the finished run.
        model: its network and card.
        index: the films (N) and where they are.
        decoded: those that the model is for, prepared as it wants them.
        reason: (N,) why a film was refused; empty where it was scored.
        scores: (N, F), NaN where refused.
        distance: (N,) from the films that taught; NaN where refused or not known.
    """

    run: Run
    model: TrainedModel
    index: Index
    decoded: Decoded
    reason: pd.Series
    scores: NDArray[np.float64]
    distance: NDArray[np.float64]


def score_new(
    folder: Path, images: Path, home: Path, *, metadata: Path | None = None, show: bool = True
) -> NewFilms:
    """Read, decode and score films with a finished model.

    Args:
        folder: of the finished run.
        images: a film, or a folder of them.
        home: private folder for pseudonyms, places and decoded films.
        metadata: table about pictures that are no DICOM.
        show: whether progress is shown on stderr.

    Raises:
        InputError: the run is not finished, or there is no film.
    """
    run_folder = RunFolder(folder)
    run_folder.must_be_finished()
    model = load(folder)
    run = load_run(run_folder.config, files_must_exist=False)
    with Progress("reading headers", show=show) as progress:
        every = model.card.films.several_frames == "every_frame"
        index = index_films(
            images,
            home,
            run.site,
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
    asked = cases[reason.isna()]
    findings = model.card.findings
    scores = np.full((len(cases), len(findings)), np.nan)
    distance = np.full(len(cases), np.nan)
    if len(asked):
        nothing = np.zeros((len(asked), len(findings)))
        sample = Films(decoded, asked, nothing.astype(np.float32), nothing.astype(bool))
        hardware = choose(Training(precision="32"))
        there = reason.isna().to_numpy()
        scores[there], distance[there] = score_and_distance(
            XrayFindings(findings), model.network, sample, hardware, model.familiarity
        )
    return NewFilms(run, model, index, decoded, reason, scores, distance)
