"""``medtune predict``: a finished model on new films."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

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
from medtune.learning.predict import score_and_distance
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_table
from medtune.vision.samples import Films
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import Card, load
from medtune.workflow.progress import Progress

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
    folder, images = Path(folder), Path(images)
    run_folder = RunFolder(folder)
    run_folder.must_be_finished()
    model = load(folder)
    run = load_run(run_folder.config, files_must_exist=False)
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
        task = XrayFindings(findings)
        there = reason.isna().to_numpy()
        scores[there], distance[there] = score_and_distance(
            task, model.network, sample, hardware, model.familiarity
        )
    limit = math.nan if model.familiarity is None else model.familiarity.limit
    unusual = pd.Series(distance > limit, index=reason.index)
    table = pd.concat(
        [
            _rows(cases["case_id"], finding, scores[:, f], model.card, reason, unusual)
            for f, finding in enumerate(findings)
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


def _rows(
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
        refer = decided.to_numpy()
        refer &= ~(scores < (-np.inf if absent is None else absent))
        refer &= ~(scores >= (np.inf if present is None else present))
        table["decision"] = table["decision"].mask(refer, "refer")
        table["reason"] = table["reason"].mask(refer, _not_sure(cuts))
        # the bounds are a promise about films such as those of calibration
        table["decision"] = table["decision"].mask(unusual.to_numpy(), "refer")
    table["reason"] = table["reason"].mask(unusual.to_numpy(), UNUSUAL)
    return table[COLUMNS]
