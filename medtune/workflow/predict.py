"""``medtune predict``: a finished model on new films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.load import load_run
from medtune.config.training import Training
from medtune.errors import InputError
from medtune.films.index import index_films
from medtune.films.join import excluded
from medtune.films.locations import PRIVATE, write_locations
from medtune.films.metadata import read_metadata
from medtune.films.store import Decoded, open_store
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_table
from medtune.workflow.models import scores_of_films
from medtune.workflow.own_model import own_model
from medtune.workflow.progress import Progress, say, silent
from medtune.workflow.studies import first_of_each_view, first_reason, pool_films
from medtune.workflow.weights import card_lines

NO_THRESHOLD = "no decision: the run had no calibration cases to set a threshold with"
COLUMNS = ["case_id", "target", "score", "threshold", "decision", "refused", "reason"]


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
    are refused, each with its reason. A model that pools views scores studies, a row each: one is
    refused where it has no other films, and where only some of its films are, 'reason' says so.

    Args:
        folder: of the finished run.
        images: a film, or a folder of them.
        out: table to write (.csv or .parquet); ``predictions/predictions.csv`` in the run folder
            by default. Beside it, ``private/`` leads from each film's case_id to the film, and
            of a model that pools views ``NAME-films.csv`` from each study to its films.
        metadata: table about pictures that are no DICOM.
        show: whether progress is shown on stderr.

    Returns:
        Columns case_id, target, score, threshold, decision (present, absent), refused, reason.

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
            run.site,
            metadata=None if metadata is None else read_metadata(Path(metadata)),
            every_frame=every,
            tick=progress.step,
        )
    write_locations(index.locations, home)
    films = index.films
    reason = excluded(films, model.card.films).astype(object)
    inside = films[reason.isna()]
    places = index.locations[index.locations["case_id"].isin(inside["case_id"])]
    with Progress("decoding films", len(places), show=show) as progress:
        decoded = open_store(home / "store", model.card.preprocessing, places, tick=progress.step)
    unreadable = decoded.rows["reason"].reindex(films["case_id"]).set_axis(films.index)
    reason = reason.where(reason.notna(), unreadable.astype(object))
    scores = scores_of_films(model, decoded, films, reason, choose(Training(precision="32")))
    cases, refused = films["case_id"], reason.notna()
    if model.card.views != "each":
        _write_films(model.card.most_views, films, decoded, reason, out)
        cases, scores, refused, reason = _studies(films, scores, reason)
    table = pd.concat(
        [
            _rows(cases, finding, scores[:, f], model.card.thresholds, refused, reason)
            for f, finding in enumerate(model.card.findings)
        ],
        ignore_index=True,
    )
    write_table(table, out)
    return table


def _studies(
    films: pd.DataFrame, scores: NDArray[np.float64], reason: pd.Series
) -> tuple[pd.Series, NDArray[np.float64], pd.Series, pd.Series]:
    """Case_ids, scores, refusals and reasons of studies, from those of their films."""
    studies = films[["study_id"]].drop_duplicates(ignore_index=True)
    studies = studies.rename(columns={"study_id": "case_id"})
    pooled = pool_films(scores, films["study_id"], studies, "max")  # they are alike
    refused = first_reason(reason, films["study_id"], studies)
    by_study = reason.groupby(films["study_id"].astype(object).to_numpy())
    counts = by_study.agg(["size", "count", "first"]).reindex(studies["case_id"].astype(object))
    some = [
        f"{lost} of {every} films left out: {first}" if lost else None
        for every, lost, first in counts.to_numpy()
    ]
    said = refused.where(refused.notna(), pd.Series(some, index=studies.index, dtype=object))
    return studies["case_id"], pooled, refused.notna(), said


def _write_films(
    most: int, films: pd.DataFrame, decoded: Decoded, reason: pd.Series, out: Path
) -> None:
    """Which films each study has, which of them were looked at, and why others were not."""
    seen = first_of_each_view(films[reason.isna()], decoded, most)
    beyond = reason.isna() & ~films["case_id"].isin(seen["case_id"])
    why = reason.mask(beyond, f"beyond the {most} films of a study")
    table = films[["study_id", "case_id", "view"]].rename(
        columns={"study_id": "case_id", "case_id": "film"}
    )
    write_table(
        table.assign(seen=why.isna(), reason=why), out.with_name(f"{out.stem}-films{out.suffix}")
    )


def _rows(
    case_id: pd.Series,
    finding: str,
    scores: np.ndarray,
    thresholds: dict[str, float],
    refused: pd.Series,
    reason: pd.Series,
) -> pd.DataFrame:
    threshold = thresholds.get(finding)
    table = pd.DataFrame({"case_id": case_id.to_numpy(), "target": finding, "score": scores})
    table["threshold"] = threshold if threshold is not None else np.nan
    decision = np.where(scores >= table["threshold"], "present", "absent")
    decided = np.isfinite(scores) & table["threshold"].notna()
    table["decision"] = pd.Series(decision, dtype=object).where(decided, None)
    table["refused"] = refused.to_numpy()
    table["reason"] = reason.to_numpy()
    if threshold is None:
        table["reason"] = table["reason"].where(table["refused"], NO_THRESHOLD)
    return table[COLUMNS]
