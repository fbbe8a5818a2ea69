"""The cases of a run: films and labels read, the index and the way back to the films written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pandas as pd
import pyarrow.parquet as pq

from medtune.config.run import Run
from medtune.dicom import count_files
from medtune.errors import DataError
from medtune.films.index import Index, index_films
from medtune.films.join import join
from medtune.films.locations import PRIVATE, write_locations
from medtune.films.metadata import read_metadata
from medtune.films.persons import read_persons
from medtune.films.sources import Published, read_source
from medtune.tables.schema import write_whole
from medtune.workflow.progress import Progress


@dataclass(frozen=True)
class Gathered:
    """The cases of a run and how they came to be: see ``films.join.Joined``."""

    cases: pd.DataFrame
    flow: pd.DataFrame
    rows: dict[str, int]
    index: Index
    line_of: pd.Series
    problems: list[str]
    published: Published | None = None


def gather(run: Run, *, show: bool = False) -> Gathered:
    """Read the films' headers and the labels; write the index and the private places.

    Raises:
        DataError: films or labels that cannot be used, or problems that have to be put right.
    """
    gathered = gathered_with_problems(run, show=show)
    if gathered.problems:
        raise DataError("\n".join(gathered.problems))
    return gathered


def gathered_with_problems(run: Run, *, show: bool = False) -> Gathered:
    """``gather``, where problems are told and do not stop.

    Raises:
        DataError: there is no film, or no label of one.
    """
    data = run.data
    published = None if data.source == "dicom" else read_source(data.source, data.images)
    images = None if published is None else published.images
    index = index_of(run, images, show=show)
    write_locations(index.locations, private(run))
    write_whole(data.work / "index.parquet", lambda path: pq.write_table(index.facts, path))
    joined = join(index, data, run.site_name, images)
    return Gathered(
        joined.cases, joined.flow, joined.rows, index, joined.line_of, joined.problems, published
    )


def index_of(run: Run, published: pd.DataFrame | None = None, *, show: bool = False) -> Index:
    """The index of a run's films; only new and changed files are read.

    Args:
        run: as ``load_run`` gives it.
        published: the images of a published set, where the run has one.
        show: whether progress is shown on stderr.

    Raises:
        DataError: there is no film, or a table of pictures or patients cannot be used.
    """
    data = run.data
    table = published
    if data.metadata is not None:
        table = read_metadata(data.metadata)
    with Progress("reading headers", show=show) as progress:
        if show:  # counting takes a while too: the bar does not wait for it
            Thread(target=lambda: progress.expect(count_files(data.images)), daemon=True).start()
        return index_films(
            data.images,
            private(run),
            run.site_name,
            metadata=table,
            persons=None if data.same_patients is None else read_persons(data.same_patients),
            every_frame=data.include.several_frames == "every_frame",
            tick=progress.step,
        )


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
