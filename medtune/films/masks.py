"""Masks that a person drew: which file is of which film, and what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.data import JoinKey
from medtune.config.near import did_you_mean
from medtune.dicom import Place
from medtune.dicom.raster import read_raster
from medtune.errors import DataError, UnreadableFile
from medtune.films.keys import film_keys, row_keys

KIND = "it is no 8-bit PNG of one grey channel"
EMPTY = "it is 0 everywhere"


@dataclass(frozen=True)
class MaskFiles:
    """The masks of one finding.

    Attributes:
        of_case: the file of each film that has one.
        of_several: films without one whose mask's name is that of other films too.
    """

    of_case: Mapping[str, Path]
    of_several: frozenset[str] = field(default_factory=frozenset)


def mask_files(folder: Path, finding: str, findings: Sequence[str]) -> list[Path]:
    """The PNGs of a finding, by name.

    Args:
        folder: with a folder a finding, or with the masks of the finding that is asked about.
        finding: that is asked about.
        findings: of the run.

    Raises:
        DataError: there is no such folder, or it is not clear which masks are of the finding.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder.name}.")
    inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    parts, found = [path for path in inside if path.is_dir()], _pngs(inside)
    if not parts:
        if not found:
            raise DataError(f"The folder {folder.name} has no PNG.")
        return found
    if found:
        raise DataError(
            f"The folder {folder.name} has both PNGs and folders, so that nobody can say which "
            "finding the PNGs are of: put them into a folder of its name."
        )
    for part in parts:
        if part.name not in findings:
            raise DataError(
                f"The folder {folder.name} has a folder '{part.name}', and that is none of the "
                f"findings.{did_you_mean(part.name, findings)} They are: {', '.join(findings)}"
            )
    own = folder / finding
    if own not in parts:
        names = ", ".join(part.name for part in parts)
        raise DataError(f"The folder {folder.name} has none of {finding}. It has: {names}")
    found = _pngs(own.iterdir())
    if not found:
        raise DataError(f"The folder {folder.name}/{finding} has no PNG.")
    return found


def _pngs(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.suffix.lower() == ".png" and path.is_file())


def masks_of(
    files: Sequence[Path], cases: Sequence[str], places: pd.DataFrame, join_on: JoinKey
) -> MaskFiles:
    """Which film each mask is of: the one of that case_id, or that of what films are joined on.

    A name may be an accession number, so that no sentence has one: it says which file it is.

    Args:
        files: by name.
        cases: case_ids of the run.
        places: rows of the private table of places.
        join_on: what films are joined on in this run.

    Raises:
        DataError: a name is of no film, or a film has two masks.
    """
    known = set(cases)
    places = places[places["case_id"].isin(known)]
    keys = film_keys(places, join_on)
    names = pd.Series([path.stem for path in files], dtype="string")
    by_key = places["case_id"].astype(str).groupby(keys.to_numpy()).apply(list)
    of_case: dict[str, Path] = {}
    number: dict[str, int] = {}
    several: set[str] = set()
    for n, (path, key) in enumerate(zip(files, row_keys(names, join_on, keys), strict=True), 1):
        where = f"{path.parent.name}, file {n} by name"
        named = [path.stem] if path.stem in known else list(by_key.get(key, []))
        if not named:
            raise DataError(f"{where}: there is no case of that name in this run.")
        if len(named) > 1:
            several.update(named)
            continue
        case_id = named[0]
        if case_id in of_case:
            raise DataError(
                f"{where}: it is of the same film as file {number[case_id]}. Keep one of them."
            )
        of_case[case_id], number[case_id] = path, n
    return MaskFiles(of_case, frozenset(several - set(of_case)))


def read_mask(path: Path) -> NDArray[np.bool_] | str:
    """A mask as (rows, columns), True where it is not 0; or why there is none.

    Args:
        path: an 8-bit PNG of one channel.
    """
    try:
        pixels, raster = read_raster(Place(path))
    except UnreadableFile as error:
        return f"it cannot be read ({error.reason})"
    if (raster.kind, raster.samples, raster.bits) != ("png", 1, 8):
        return KIND
    drawn = pixels > 0
    return drawn if drawn.any() else EMPTY
