"""The films of a run, decoded once and prepared as a model wants them; without torch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd

from medtune.config.run import Run
from medtune.errors import RunError
from medtune.films.harmonise import Harmonisation
from medtune.films.locations import read_locations
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded, open_store
from medtune.run_folder import RunFolder
from medtune.workflow.progress import Progress


def decode(
    work: Path, cases: pd.DataFrame, spec: Preprocessing, *, private: Path, show: bool
) -> Decoded:
    """The cases' films, prepared as a model wants them, each decoded once."""
    wanted = places_of(cases, private)
    with Progress("decoding films", len(wanted), show=show) as progress:
        return open_store(work / "store", spec, wanted, tick=progress.step)


def places_of(cases: pd.DataFrame, private: Path) -> pd.DataFrame:
    """Where the cases' films are: case_id, path, member and frame, in their order."""
    places = read_locations(private).set_index("case_id")
    return places.loc[cases["case_id"], ["path", "member", "frame"]].reset_index()


def spec_of(run: Run, folder: RunFolder | None = None) -> Preprocessing:
    """How the run's own model wants its films.

    Args:
        run: as ``load_run`` gives it.
        folder: of the run, where that is not where the run says.

    Raises:
        RunError: the run harmonises greys, and its folder has no rule of that kind yet.
    """
    spec = plain_spec_of(run)
    if run.model.harmonise == "none":
        return spec
    file = (folder or RunFolder(run.runs / run.name)).harmonise
    try:
        rule = Harmonisation(**json.loads(file.read_text(encoding="utf-8")))
        whole = rule.method == run.model.harmonise
    except (OSError, ValueError, TypeError):
        whole = False
    if not whole:
        raise RunError(
            f"The run {run.name} has no whole {file.name} with 'model.harmonise: "
            f"{run.model.harmonise}': training makes it. Where the run was begun otherwise, give "
            "it another name."
        )
    return replace(spec, harmonise=rule)


def plain_spec_of(run: Run) -> Preprocessing:
    """The same before greys are harmonised: what that is fitted on."""
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
