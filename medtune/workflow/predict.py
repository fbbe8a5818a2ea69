"""``medtune predict``: a finished model on new films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from medtune.config.load import load_run
from medtune.config.training import Training
from medtune.errors import InputError
from medtune.films.index import index_films
from medtune.films.join import excluded
from medtune.films.locations import PRIVATE, write_locations
from medtune.films.metadata import read_metadata
from medtune.films.store import open_store
from medtune.learning.hardware import choose
from medtune.learning.predict import score
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_table
from medtune.vision.samples import Films
from medtune.vision.tasks import XrayFindings
from medtune.workflow.own_model import own_model
from medtune.workflow.progress import Progress, say, silent
from medtune.workflow.said import of_findings, of_targets
from medtune.workflow.weights import card_lines


def predict(
    folder: Path | str,
    images: Path | str,
    out: Path | str | None = None,
    *,
    metadata: Path | str | None = None,
    show: bool = True,
) -> pd.DataFrame:
    """Score new films with a finished model, through the preprocessing it was trained with.

    Films outside of what the model is for (its ``data.include``) and films that cannot be decoded
    are refused, each with its reason.

    Args:
        folder: of the finished run.
        images: a film, or a folder of them.
        out: table to write (.csv or .parquet); ``predictions/predictions.csv`` in the run folder
            by default. Beside it, ``private/`` leads from each case_id to its film.
        metadata: table about pictures that are no DICOM.
        show: whether progress is shown on stderr.

    Returns:
        Columns case_id, target, score, threshold, decision (present, absent), refused, reason. Of
        targets also class and unit: a row a class with its probability, the decision being the
        class that is said; or a row an amount, which needs no decision.

    Raises:
        InputError: the run is not finished, its weights are another run's, or there is no film.
    """
    folder, images = Path(folder), Path(images)
    run_folder = RunFolder(folder)
    run_folder.must_be_finished()
    run = load_run(run_folder.config, files_must_exist=False)
    model = own_model(run, run_folder)
    (say if show else silent)("\n".join(card_lines(model.card)))
    out = Path(out) if out is not None else folder / "predictions" / "predictions.csv"
    if out.suffix not in (".csv", ".parquet"):
        raise InputError(f"{out.name}: scores are written as .csv or .parquet.")
    home = out.parent / PRIVATE
    with Progress("reading headers", show=show) as progress:
        every = model.card.films.several_frames == "every_frame"
        index = index_films(
            images,
            home,
            run.site_name,
            metadata=None if metadata is None else read_metadata(Path(metadata)),
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
    task = model.card.task
    scores = np.full((len(cases), len(task.columns)), np.nan)
    if len(asked):
        nothing = np.zeros((len(asked), task.outputs))
        sample = Films(decoded, asked, nothing.astype(np.float32), nothing.astype(bool))
        hardware = choose(Training(precision="32"))
        found = score(task, model.network, sample, hardware)
        scores[reason.isna().to_numpy()] = task.table(found)
    rows = of_findings if isinstance(task, XrayFindings) else of_targets
    table = rows(cases["case_id"], model.card, scores, reason)
    write_table(table, out)
    return table
