"""Where under a folder a published set lies."""

from __future__ import annotations

import os
import re
from pathlib import Path

from medtune.errors import DataError
from medtune.films.sources.description import Pictures, Source, Table

PACKED = ("", ".gz", ".zip")


def home_of(source: Source, folder: Path) -> Path:
    """The folder that holds the set's tables or pictures: the one given, or one right inside it.

    Raises:
        DataError: there is no such folder, the set is not in it, or it is there several times.
    """
    if not folder.is_dir():
        raise DataError(f"{source.title}: there is no folder {folder.name}.")
    if _is_home(source, folder):
        return folder
    inside = [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()]
    # what other systems leave behind: __MACOSX, .ipynb_checkpoints
    inside = sorted(child for child in inside if not child.name.startswith((".", "__")))
    homes = [child for child in inside if _is_home(source, child)]
    if len(homes) == 1:
        return homes[0]
    if homes:
        names = ", ".join(home.name for home in homes)
        raise DataError(
            f"{source.title} is in {folder.resolve().name} more than once: {names}. Give one."
        )
    raise DataError(
        f"{source.title} is not in the folder {folder.resolve().name}, nor in a folder right "
        f"inside it: {_looked_for(source)}. It is published like this:\n{_indented(source.layout)}"
    )


def table_path(table: Table, home: Path) -> Path | None:
    """The file of a table, packed or not; None where it is not there."""
    for name in table.names:
        for packed in PACKED:
            path = home / (name + packed)
            if path.is_file():
                return path
    return None


def accepted(table: Table) -> str:
    """The names under which a table is looked for, in words."""
    return f"{' or '.join(table.names)} (also with .gz or .zip behind it)"


def missing(source: Source, table: Table, home: Path) -> DataError:
    """What to say where a table that is needed is not there."""
    return DataError(
        f"{source.title}: there is no {accepted(table)} in the folder {home.resolve().name}. The "
        f"set is published like this:\n{_indented(source.layout)}"
    )


def pictures_in(pictures: Pictures, home: Path) -> list[str]:
    """Paths of the set's pictures inside its folder, in alphabetical order."""
    fits = re.compile(pictures.name).fullmatch
    paths = (
        f"{inside}/{entry.name}"
        for inside in pictures.folders
        if (home / inside).is_dir()
        for entry in os.scandir(home / inside)
    )
    return sorted(path for path in paths if fits(path))


def _is_home(source: Source, folder: Path) -> bool:
    if source.pictures is not None:
        return bool(pictures_in(source.pictures, folder))
    return any(table_path(table, folder) is not None for table in source.image_tables)


def _looked_for(source: Source) -> str:
    if source.pictures is not None:
        return f"there are none of its pictures in {' or '.join(source.pictures.folders)}"
    return f"there is no {' and no '.join(accepted(table) for table in source.image_tables)}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.rstrip().splitlines())
