"""Films of a run decoded and scored: the way from cases to rows of predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.run import Run
from medtune.films.locations import read_locations
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded, open_store
from medtune.tables.cases import ATTRIBUTES, UNCERTAIN
from medtune.tables.predictions import declare_predictions
from medtune.vision.samples import Change, Films, targets_of
from medtune.workflow.progress import Progress


def decode(
    work: Path, cases: pd.DataFrame, spec: Preprocessing, *, private: Path, show: bool
) -> Decoded:
    """The cases' films, prepared as a model wants them, each decoded once."""
    places = read_locations(private).set_index("case_id")
    wanted = places.loc[cases["case_id"], ["path", "member", "frame"]].reset_index()
    with Progress("decoding films", len(wanted), show=show) as progress:
        return open_store(work / "store", spec, wanted, tick=progress.step)


def spec_of(run: Run) -> Preprocessing:
    """How the run's own model wants its films."""
    pixels = run.data.pixels
    window = pixels.window
    return Preprocessing(
        image_size=run.model.image_size,
        fit=pixels.fit,
        window=window if isinstance(window, int) else tuple(window),
        prefer_lut=pixels.prefer == "lut",
        without_window=pixels.without_window,
        collimation=pixels.collimation,
        depth=pixels.depth,
    )


def readable(decoded: Decoded, cases: pd.DataFrame) -> pd.Series:
    """Which cases could be decoded."""
    return decoded.rows.loc[cases["case_id"], "row"].notna().set_axis(cases.index)


def films(
    decoded: Decoded,
    cases: pd.DataFrame,
    findings: list[str],
    *,
    policy: object = None,
    change: Change | None = None,
) -> Films:
    """Cases as samples; without a policy, uncertain labels are unknown."""
    lookup = policy if callable(policy) else (lambda finding: "ignore")
    values, known = targets_of(cases, findings, lookup)
    return Films(decoded, cases, values, known, change)


def rows(
    cases: pd.DataFrame,
    splits: pd.DataFrame,
    model: str,
    findings: list[str],
    scores: NDArray[np.float64],
    refused: pd.Series,
) -> pd.DataFrame:
    """Predictions of one model: a row a case and finding.

    Args:
        cases: N cases.
        splits: their splits.
        model: its name in the closed list.
        findings: F findings that it scores.
        scores: (N, F); NaN where it could not.
        refused: (N,) why it could not; empty where it could.
    """
    split_of = cases[["case_id"]].merge(splits, on="case_id", how="left")["split"].to_numpy()
    kept = ["study_id", *(name for name in ATTRIBUTES if name in cases), UNCERTAIN]
    parts = []
    for f, finding in enumerate(findings):
        part = cases[["case_id", "group_id", "site"]].assign(
            split=split_of,
            model=model,
            target=finding,
            score=np.where(np.isfinite(scores[:, f]), scores[:, f], np.nan),
            reference=cases[finding].astype("Float64").to_numpy(float, na_value=np.nan),
            refused=refused.to_numpy(),
        )
        part["class"] = ""
        parts.append(part.join(cases[kept]))
    return declare_predictions(pd.concat(parts, ignore_index=True))
