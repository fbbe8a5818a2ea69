"""``medtune predict``: a finished model on new films."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from medtune.config.load import load_run
from medtune.config.site_file import load_profile
from medtune.errors import InputError
from medtune.films.locations import PRIVATE
from medtune.run_folder import RunFolder
from medtune.tables.amounts import counted
from medtune.tables.schema import write_table
from medtune.vision.tasks import XrayFindings
from medtune.workflow.new_films import NewFilms, score_new
from medtune.workflow.said import of_findings, of_targets
from medtune.workflow.studies import first_of_each_view, first_reason, pool_films
from medtune.workflow.wings import WINGS, wing_of


def predict(
    folder: Path | str,
    data: Path | str,
    out: Path | str | None = None,
    *,
    metadata: Path | str | None = None,
    site: Path | str | None = None,
    names: Path | str | None = None,
    settings: Sequence[str] = (),
    show: bool = True,
) -> pd.DataFrame:
    """Score new films or texts with a finished model, prepared as those that it learnt from.

    Films outside of what the model is for (its ``data.include``) and films that cannot be decoded
    are refused, each with its reason. A model that pools views scores studies, a row each: one is
    refused where it has no other films, and where only some of its films are, 'reason' says so.

    Args:
        folder: of the finished run.
        data: a film, or a folder of them; of a run about texts, a file of the run's format.
        out: table to write (.csv or .parquet); ``predictions/predictions.csv`` in the run folder
            by default. Beside it, ``private/`` leads from each film's case_id to the film, and
            of a model that pools views ``NAME-films.csv`` from each study to its films.
        metadata: table about pictures that are no DICOM.
        site: profile of a site (``medtune site measure``); films unlike those that were measured
            there are called unusual too, with what is unlike.
        names: list of names to replace in texts; the run's own where nothing is said.
        settings: of a run that answers, how: overrides of its section 'generation'.
        show: whether progress is shown on stderr.

    Returns:
        Columns case_id, target, score, threshold, decision (present, absent; refer, where the
        run declares ``evaluation.refer`` and a radiologist should decide), refused, reason. Of
        targets also class and unit: a row a class with its probability, the decision being the
        class that is said; or a row an amount, which needs no decision. Of a run that answers:
        row, answer, bits_per_byte, decision, refused, reason.

    Raises:
        InputError: the run is not finished, its weights are another run's, or there is no film.
    """
    out = Path(out) if out is not None else RunFolder(Path(folder)).new_scores
    if out.suffix not in (".csv", ".parquet"):
        raise InputError(f"{out.name}: scores are written as .csv or .parquet.")
    config = RunFolder(Path(folder)).config
    # a folder of weights alone is one of films
    wing = (
        wing_of(load_run(config, files_must_exist=False))
        if config.exists()
        else WINGS["xray_findings"]()
    )
    return wing.predict(
        Path(folder),
        Path(data),
        out,
        metadata=None if metadata is None else Path(metadata),
        site=None if site is None else Path(site),
        names=None if names is None else Path(names),
        settings=settings,
        show=show,
    )


def refuse_settings(settings: Sequence[str]) -> None:
    """Refuse settings where a model says one thing of a case: nothing of it is chosen in use.

    Raises:
        InputError: there are some.
    """
    if settings:
        raise InputError(
            f"'--set {settings[0]}' is for runs that answer ('generation.temperature=0.7'); a "
            "model that scores does so in one way."
        )


def predict_films(
    folder: Path, images: Path, out: Path, *, metadata: Path | None, site: Path | None, show: bool
) -> pd.DataFrame:
    """The same of films."""
    profile = None if site is None else load_profile(site)
    new = score_new(
        folder, images, out.parent / PRIVATE, metadata=metadata, site=profile, show=show
    )
    card, case_id = new.model.card, new.index.films["case_id"]
    rows = of_findings if isinstance(card.task, XrayFindings) else of_targets
    if card.views == "each":
        table = rows(case_id, card, new.scores, new.reason, new.unusual)
    else:
        films = new.index.films
        _write_films(card.most_views, films, new, out)
        studies = films[["study_id"]].drop_duplicates(ignore_index=True)
        studies = studies.rename(columns={"study_id": "case_id"})
        # its films' are alike
        scores = pool_films(new.scores, films["study_id"], studies, "max")
        unusual = _first(new.unusual, films["study_id"], studies)
        refused = first_reason(new.reason, films["study_id"], studies)
        table = rows(studies["case_id"], card, scores, refused, unusual)
        table["reason"] = _with_left_out(table, films["study_id"], new.reason)
    write_table(table, out)
    return table


def _first(said: pd.Series, study: pd.Series, studies: pd.DataFrame) -> pd.Series:
    """What is said first of any film of each study; empty where nothing is."""
    by_study = said.groupby(study.astype(object).to_numpy()).first()
    found = by_study.reindex(studies["case_id"].astype(object)).astype(object)
    return found.where(found.notna(), None).set_axis(studies.index)


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
        name: f"{lost} of {counted(every, 'film')} left out: {first}"
        for name, every, lost, first in some.itertuples()
    }
    left_out = table["case_id"].map(said)
    both = table["reason"] + "; " + left_out
    return both.where(both.notna(), table["reason"].where(table["reason"].notna(), left_out))


def _write_films(most: int, films: pd.DataFrame, new: NewFilms, out: Path) -> None:
    """Which films each study has, which of them were looked at, and why others were not."""
    seen = first_of_each_view(films[new.reason.isna()], new.decoded, most)
    beyond = new.reason.isna() & ~films["case_id"].isin(seen["case_id"])
    why = new.reason.mask(beyond, f"beyond the {most} films of a study")
    table = films[["study_id", "case_id", "view"]].rename(
        columns={"study_id": "case_id", "case_id": "film"}
    )
    write_table(
        table.assign(seen=why.isna(), reason=why), out.with_name(f"{out.stem}-films{out.suffix}")
    )
