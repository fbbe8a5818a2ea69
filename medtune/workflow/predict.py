"""``medtune predict``: a finished model on new films."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medtune.errors import InputError
from medtune.films.locations import PRIVATE
from medtune.tables.schema import write_table
from medtune.vision.trained import Card
from medtune.workflow.new_films import score_new

UNUSUAL = "unusual: unlike the films that the model learnt from; a radiologist should look"
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
    are refused, each with its reason.

    Args:
        folder: of the finished run.
        images: a film, or a folder of them.
        out: table to write (.csv or .parquet); ``predictions/predictions.csv`` in the run folder
            by default. Beside it, ``private/`` leads from each case_id to its film.
        metadata: table about pictures that are no DICOM.
        show: whether progress is shown on stderr.

    Returns:
        Columns case_id, target, score, threshold, decision (present, absent; refer, where the run
        declares ``evaluation.refer`` and a radiologist should decide), refused, reason.

    Raises:
        InputError: the run is not finished, or there is no film.
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
    familiarity = new.model.familiarity
    limit = math.nan if familiarity is None else familiarity.limit
    unusual = pd.Series(new.distance > limit, index=new.reason.index)
    cases = new.index.films
    table = pd.concat(
        [
            decided_rows(
                cases["case_id"], finding, new.scores[:, f], new.model.card, new.reason, unusual
            )
            for f, finding in enumerate(new.model.card.findings)
        ],
        ignore_index=True,
    )
    write_table(table, out)
    return table


def _not_sure(cuts: dict[str, Any]) -> str:
    """Why a score is referred, in the words of the bounds."""
    absent, present = cuts["absent_below"], cuts["present_from"]
    said = [
        "no score is called absent" if absent is None else f"absent is below {absent:.4g}",
        "none is called present" if present is None else f"present is from {present:.4g} on",
    ]
    return f"not sure enough, a radiologist should decide: {', '.join(said)}"


def decided_rows(
    case_id: pd.Series,
    finding: str,
    scores: np.ndarray,
    card: Card,
    reason: pd.Series,
    unusual: pd.Series,
) -> pd.DataFrame:
    threshold = card.thresholds.get(finding)
    table = pd.DataFrame({"case_id": case_id.to_numpy(), "target": finding, "score": scores})
    table["threshold"] = threshold if threshold is not None else np.nan
    decision = np.where(scores >= table["threshold"], "present", "absent")
    decided = np.isfinite(scores) & table["threshold"].notna()
    table["decision"] = pd.Series(decision, dtype=object).where(decided, None)
    table["refused"] = reason.notna().to_numpy()
    table["reason"] = reason.to_numpy()
    if threshold is None:
        table["reason"] = table["reason"].where(table["refused"], NO_THRESHOLD)
    elif finding in card.referral:
        cuts = card.referral[finding]
        absent, present = cuts["absent_below"], cuts["present_from"]
        sure = scores < (-np.inf if absent is None else absent)
        sure |= scores >= (np.inf if present is None else present)
        refer = decided.to_numpy() & ~sure
        table["decision"] = table["decision"].mask(refer, "refer")
        table["reason"] = table["reason"].mask(refer, _not_sure(cuts))
        # the bounds are a promise about films such as those of calibration
        table["decision"] = table["decision"].mask(unusual.to_numpy(), "refer")
    table["reason"] = table["reason"].mask(unusual.to_numpy(), UNUSUAL)
    return table[COLUMNS]
