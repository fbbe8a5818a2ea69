"""``medtune index``: what a folder of films holds, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from medtune.dicom import REASONS, count_files
from medtune.errors import DataError
from medtune.films.index import index_films
from medtune.films.locations import PRIVATE, write_locations
from medtune.films.metadata import read_metadata
from medtune.films.survey import survey
from medtune.tables.amounts import counted
from medtune.tables.schema import write_private, write_whole
from medtune.workflow.progress import Progress

INDEX = "index.parquet"
LEFT_OUT = "left_out.csv"
MOST = 12


@dataclass(frozen=True)
class Indexed:
    """What was found, and where it is written.

    Attributes:
        films: how many films.
        studies: of them.
        patients: of them.
        left_out: files that are no film, by reason.
        kinds: films by scanner, view, polarity, bits, codec and window.
        table: the index: a row a film, without identifier or path.
        listed: private list of the files left out, with their reasons.
    """

    films: int
    studies: int
    patients: int
    left_out: dict[str, int]
    kinds: pd.DataFrame
    table: Path
    listed: Path

    def lines(self) -> list[str]:
        """For a person."""
        lines = [
            f"{counted(self.films, 'film')} of {counted(self.studies, 'study')} of "
            f"{counted(self.patients, 'patient')}"
        ]
        for row in self.kinds.head(MOST).to_dict("records"):
            lines.append(
                f"  {counted(row['films'], 'film')}: {row['scanner']}, {row['view']}; "
                f"{row['size']}, {row['polarity']}, {row['codec']}, window: {row['window']}"
            )
        if len(self.kinds) > MOST:
            lines.append(f"  ... and {len(self.kinds) - MOST} more kinds")
        for reason, files in self.left_out.items():
            lines.append(f"  left out: {counted(files, 'file')} ({reason}: {REASONS[reason]})")
        if self.left_out:
            lines.append(f"Left out, file by file (private): {self.listed}")
        lines.append(f"Index: {self.table}")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """The same, for machines."""
        kinds = self.kinds.astype(object).where(self.kinds.notna(), None)
        return {
            "films": self.films,
            "studies": self.studies,
            "patients": self.patients,
            "left_out": self.left_out,
            "kinds": kinds.to_dict("records"),
            "table": str(self.table),
        }


def index(
    images: Path | str,
    out: Path | str,
    *,
    site: str = "site",
    metadata: Path | str | None = None,
    every_frame: bool = False,
    show: bool = True,
) -> Indexed:
    """Read the headers of all films under a folder; a second time only those that changed.

    Args:
        images: a folder, searched with its subfolders and archives, an archive, or one file.
        out: folder of the table; its ``private`` folder leads back to the films.
        site: the hospital's name: patients of two sites are never one patient.
        metadata: table about pictures that are no DICOM.
        every_frame: whether each frame of a file of several is a film.
        show: whether progress is shown on stderr.

    Raises:
        DataError: there is no film, or the table cannot be used.
    """
    images, out = Path(images), Path(out)
    if not images.exists():
        raise DataError(f"There is no folder {images.name}.")
    private = out / PRIVATE
    with Progress("reading headers", show=show) as progress:
        if show:  # counting takes a while too: the bar does not wait for it
            Thread(target=lambda: progress.expect(count_files(images)), daemon=True).start()
        found = index_films(
            images,
            private,
            site,
            metadata=None if metadata is None else read_metadata(Path(metadata)),
            every_frame=every_frame,
            tick=progress.step,
        )
    write_locations(found.locations, private)
    table, listed = out / INDEX, private / LEFT_OUT
    write_whole(table, lambda path: pq.write_table(found.facts, path))
    write_private(listed, lambda path: found.refused.to_csv(path, index=False))
    films = found.films
    return Indexed(
        films=len(films),
        studies=int(films["study_id"].nunique()),
        patients=int(films["group_id"].nunique()),
        left_out={str(reason): int(files) for reason, files in found.left_out.to_numpy()},
        kinds=survey(found.facts, films["case_id"], prefer_lut=True),
        table=table,
        listed=listed,
    )
