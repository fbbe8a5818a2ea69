"""The cases of a run: films and labels read, the index and the way back to the films written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from medtune.config.run import Run
from medtune.films.index import index_films
from medtune.films.join import join
from medtune.films.locations import PRIVATE, write_locations
from medtune.tables.schema import write_whole
from medtune.workflow.progress import Progress


@dataclass(frozen=True)
class Gathered:
    """The cases of a run and how they came to be."""

    cases: pd.DataFrame
    flow: pd.DataFrame
    rows: dict[str, int]


def gather(run: Run, *, show: bool = False) -> Gathered:
    """Read the films' headers and the labels; write the index and the private places.

    Raises:
        DataError: films or labels that cannot be used.
    """
    with Progress("reading headers", show=show) as progress:
        index = index_films(run.data.images, private(run), run.site, tick=progress.step)
    write_locations(index.locations, private(run))
    write_whole(run.data.work / "index.parquet", lambda path: pq.write_table(index.facts, path))
    joined = join(index, run.data, run.site)
    return Gathered(joined.cases, joined.flow, joined.rows)


def read_cases(run: Run) -> pd.DataFrame:
    """The cases of a run: one row a film, with its targets and attributes.

    Args:
        run: as ``load_run`` gives it.

    Raises:
        DataError: films or labels that cannot be used.
    """
    return gather(run).cases


def private(run: Run) -> Path:
    """Where the way back to the patients lies."""
    return run.data.work / PRIVATE
