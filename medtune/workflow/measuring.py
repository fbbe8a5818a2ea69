"""Films measured side by side, for a site's profile and for what is held against it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd

from medtune.dicom import Showing
from medtune.errors import UnreadableFile
from medtune.films.locations import place_of
from medtune.films.measure.film import Measured, measured_film
from medtune.workflow.progress import Progress


def measure_films(
    case_ids: list[str], places: pd.DataFrame, showing: Showing, *, show: bool
) -> dict[str, Measured | str]:
    """Each film measured, by case_id, or the reason why it cannot be."""
    where = places.set_index("case_id").loc[case_ids, ["path", "member", "frame"]]
    with (
        ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool,
        Progress("measuring films", len(case_ids), show=show) as progress,
    ):
        found: dict[str, Measured | str] = {}
        rows = where.to_dict("records")
        for case_id, one in zip(
            case_ids, pool.map(lambda row: _one(row, showing), rows), strict=True
        ):
            progress.step()
            found[case_id] = one
    return found


def _one(place: Mapping[Any, Any], showing: Showing) -> Measured | str:
    try:
        return measured_film(place_of(place["path"], place["member"]), showing, place["frame"])
    except UnreadableFile as error:
        return error.reason
