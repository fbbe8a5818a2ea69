"""``medtune predict``: a finished model on new films."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from medtune.errors import InputError
from medtune.films.locations import PRIVATE
from medtune.tables.schema import write_table
from medtune.vision.tasks import XrayFindings
from medtune.workflow.new_films import score_new
from medtune.workflow.said import of_findings, of_targets


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
        Columns case_id, target, score, threshold, decision (present, absent; refer, where the
        run declares ``evaluation.refer`` and a radiologist should decide), refused, reason. Of
        targets also class and unit: a row a class with its probability, the decision being the
        class that is said; or a row an amount, which needs no decision.

    Raises:
        InputError: the run is not finished, its weights are another run's, or there is no film.
    """
    out = Path(out) if out is not None else Path(folder) / "predictions" / "predictions.csv"
    if out.suffix not in (".csv", ".parquet"):
        raise InputError(f"{out.name}: scores are written as .csv or .parquet.")
    new = score_new(
        Path(folder),
        Path(images),
        out.parent / PRIVATE,
        metadata=None if metadata is None else Path(metadata),
        show=show,
    )
    card, case_id = new.model.card, new.index.films["case_id"]
    rows = of_findings if isinstance(card.task, XrayFindings) else of_targets
    table = rows(case_id, card, new.scores, new.reason, new.unusual)
    write_table(table, out)
    return table
