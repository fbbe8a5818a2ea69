"""``medtune predict``: a finished model on new films."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

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
from medtune.vision.tasks import XrayFindings
from medtune.workflow.models import scores_of_films
from medtune.workflow.own_model import own_model
from medtune.workflow.progress import Progress, say, silent
from medtune.workflow.said import of_findings, of_targets
from medtune.workflow.studies import first_of_each_view, first_reason, pool_films
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
    films = index.films
    reason = excluded(films, model.card.films).astype(object)
    inside = films[reason.isna()]
    places = index.locations[index.locations["case_id"].isin(inside["case_id"])]
    with Progress("decoding films", len(places), show=show) as progress:
        decoded = open_store(home / "store", model.card.preprocessing, places, tick=progress.step)
    unreadable = decoded.rows["reason"].reindex(films["case_id"]).set_axis(films.index)
    reason = reason.where(reason.notna(), unreadable.astype(object))
    scores = scores_of_films(model, decoded, films, reason, choose(Training(precision="32")))
    rows = of_findings if isinstance(model.card.task, XrayFindings) else of_targets
    if model.card.views == "each":
        table = rows(films["case_id"], model.card, scores, reason)
    else:
        _write_films(model.card.most_views, films, decoded, reason, out)
        studies = films[["study_id"]].drop_duplicates(ignore_index=True)
        studies = studies.rename(columns={"study_id": "case_id"})
        scores = pool_films(scores, films["study_id"], studies, "max")  # its films' are alike
        refused = first_reason(reason, films["study_id"], studies)
        table = rows(studies["case_id"], model.card, scores, refused)
        table["reason"] = _with_left_out(table, films["study_id"], reason)
    write_table(table, out)
    return table


def _with_left_out(table: pd.DataFrame, study: pd.Series, reason: pd.Series) -> pd.Series:
    """The reasons of a table of studies, and of those that were scored without some of their films.

    Args:
        table: of studies.
        study: (N,) study_id of the films.
        reason: (N,) why a film was not looked at; empty where it was.
    """
    by_study = reason.groupby(study.astype(object).to_numpy())
    counts = by_study.agg(["size", "count", "first"])
    some = counts[(counts["count"] > 0) & (counts["count"] < counts["size"])]
    said = {
        name: f"{lost} of {every} films left out: {first}"
        for name, every, lost, first in some.itertuples()
    }
    left_out = table["case_id"].map(said)
    both = table["reason"] + "; " + left_out
    return both.where(both.notna(), table["reason"].where(table["reason"].notna(), left_out))


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
