"""A DICOMDIR (PS3.10 8): the list of films on a medium, held against what is there."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread

from medtune.dicom.values import items, texts

_MOST_RECORDS = 1_000_000


def missing_files(path: Path) -> list[Path]:
    """The files that a DICOMDIR lists and that are not on the medium.

    The names on a medium are in upper case, and copies of it often are not.

    Args:
        path: the DICOMDIR.

    Returns:
        The paths at which they should be; nothing where the list itself is damaged.
    """
    try:
        records = items(dcmread(path), "DirectoryRecordSequence")[:_MOST_RECORDS]
    except Exception:
        return []  # damaged in one of many ways: the films are found without it
    there: dict[Path, set[str]] = {}
    missing = []
    for record in records:
        parts = [part.strip() for part in texts(record, "ReferencedFileID")]
        if not parts or any(part in ("", ".", "..") or "/" in part for part in parts):
            continue
        if not _is_there(path.parent, parts, there):
            missing.append(path.parent.joinpath(*parts))
    return missing


def _is_there(folder: Path, parts: list[str], there: dict[Path, set[str]]) -> bool:
    """Whether a file is there, in whatever case; folders are listed once."""
    if folder.joinpath(*parts).is_file():
        return True
    for part in parts:
        if folder not in there:
            there[folder] = {name.name for name in folder.iterdir()} if folder.is_dir() else set()
        name = next((name for name in there[folder] if name.upper() == part.upper()), None)
        if name is None:
            return False
        folder = folder / name
    return folder.is_file()
