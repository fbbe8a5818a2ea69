"""The films of a run, decoded once and prepared as a model wants them; without torch."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from medtune.config.run import Run
from medtune.films.locations import read_locations
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded, open_store
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
