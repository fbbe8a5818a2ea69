"""What is known of every file under a folder: read once, again only where a file has changed.

The table is private: it holds paths and identifiers. It grows in parts, so that a process that is
killed loses at most the block it was reading.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from hashlib import sha256
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from medtune.dicom import Facts, File, Found, Identity, files_under, look_at
from medtune.tables.schema import write_private

VERSION = "2"  # raised when the same file would give another row
BLOCK = 4096  # files read between two saves
CHUNK = 1024  # files that are looked at together
WORD = pa.dictionary(pa.int32(), pa.string())  # a text of few kinds
# Files whose outcome can change although they do not: they are looked at each time.
LOOKED_AT_AGAIN = ("unreadable", "dicomdir", "missing_file")

_FILE = {
    "path": pa.string(),  # as seen from the folder of films
    "member": pa.string(),
    "size": pa.int64(),
    "modified": pa.int64(),
    "kind": WORD,
    "reason": WORD,
    "detail": WORD,
}
_IDENTITY = {field.name: pa.string() for field in fields(Identity)}
_FACTS: dict[str, pa.DataType] = {
    **dict.fromkeys(("modality", "sop_class", "presentation", "body_part", "view"), WORD),
    **dict.fromkeys(("laterality", "sex", "manufacturer", "model_name", "scanner"), WORD),
    **dict.fromkeys(("age", "exposure_index", "kvp"), pa.float64()),
    **dict.fromkeys(("portable", "signed", "lossy", "has_padding"), pa.bool_()),
    **dict.fromkeys(("has_voi_lut", "has_modality_lut"), pa.bool_()),
    **dict.fromkeys(("photometric", "presentation_lut_shape", "transfer_syntax"), WORD),
    **dict.fromkeys(("samples_per_pixel", "rows", "columns", "frames"), pa.int32()),
    **dict.fromkeys(("bits_allocated", "bits_stored", "high_bit"), pa.int32()),
    **dict.fromkeys(("voi_lut_function", "burned_in", "conversion_type"), WORD),
    **dict.fromkeys(("pixel_intensity_relationship", "detector_type"), WORD),
}
# Facts that are several values in a header, as columns of one value
_DERIVED: dict[str, tuple[pa.DataType, Callable[[Facts], object]]] = {
    "image_type": (WORD, lambda facts: "\\".join(facts.image_type) or None),
    "grid": (WORD, lambda facts: "\\".join(facts.grid) or None),
    "windows": (pa.int32(), lambda facts: len(facts.windows)),
    "window_center": (pa.float64(), lambda f: f.windows[0][0] if f.windows else None),
    "window_width": (pa.float64(), lambda f: f.windows[0][1] if f.windows else None),
    "window_names": (WORD, lambda facts: "\\".join(facts.window_explanations) or None),
    "row_spacing": (pa.float64(), lambda f: f.pixel_spacing[0] if f.pixel_spacing else None),
    "column_spacing": (pa.float64(), lambda f: f.pixel_spacing[1] if f.pixel_spacing else None),
}
FACTS = {**_FACTS, **{name: kind for name, (kind, _) in _DERIVED.items()}}
SCHEMA = pa.schema({**_FILE, **_IDENTITY, **FACTS}, metadata={b"medtune": VERSION.encode()})


def read_files(
    images: Path,
    folder: Path,
    private: Path,
    conceal: Callable[[str], str],
    *,
    tick: Callable[[int], None] = lambda files: None,
) -> pa.Table:
    """What every file under a folder is: a film with its header, or why it is none.

    Args:
        images: a folder, searched with its subfolders, or one file.
        folder: the folder that paths are told from.
        private: where the table is kept.
        conceal: from a patient's name to what may be stored of it.
        tick: called with the number of files done, for a progress bar.

    Returns:
        A table of ``SCHEMA``, in the order of the paths. An archive has a row a member.
    """
    home = private / "files"
    name = sha256(os.path.relpath(images, private).encode()).hexdigest()[:16]
    whole, parts = home / f"{name}.parquet", home / name
    known = _Known([whole, *sorted(parts.glob("*.parquet"))])
    number = len(list(parts.glob("*.parquet")))
    blocks: list[pa.Table] = []
    for files in _blocks(files_under(images), BLOCK):
        old, new = known.split(files, folder)
        tick(len(files) - len(new))
        blocks.append(old)
        if new:
            blocks.append(_read(new, folder, conceal, tick))
            _save(blocks[-1], parts / f"{number:06d}.parquet")
            number += 1
    table = pa.concat_tables([SCHEMA.empty_table(), *blocks]).unify_dictionaries()
    table = table.sort_by([("path", "ascending"), ("member", "ascending")])
    _save(table, whole)
    shutil.rmtree(parts, ignore_errors=True)
    return table


def _save(table: pa.Table, path: Path) -> None:
    write_private(path, lambda partial: pq.write_table(table, partial))


def _blocks(files: Iterator[File], size: int) -> Iterator[list[File]]:
    while block := list(islice(files, size)):
        yield block


def _read(
    files: Sequence[File],
    folder: Path,
    conceal: Callable[[str], str],
    tick: Callable[[int], None],
) -> pa.Table:
    """Rows of files that are looked at now."""
    rows: list[tuple[File, Found]] = []
    for begin in range(0, len(files), CHUNK):
        chunk = files[begin : begin + CHUNK]
        for file, found in zip(chunk, look_at(chunk), strict=True):
            rows += [(file, one) for one in found]
        tick(len(chunk))
    return _table(rows, folder, conceal)


def _table(rows: list[tuple[File, Found]], folder: Path, conceal: Callable[[str], str]) -> pa.Table:
    found = [each for _, each in rows]
    facts = [each.header.facts if each.header else None for each in found]
    identity = [each.header.identity if each.header else None for each in found]
    columns: dict[str, list[object]] = {
        "path": [relative(each.place.path, folder) for each in found],
        "member": [each.place.member for each in found],
        "size": [file.size for file, _ in rows],
        "modified": [file.modified for file, _ in rows],
        "kind": [each.kind if each.header else None for each in found],
        "reason": [each.reason for each in found],
        "detail": [each.detail or None for each in found],
    }
    for name in _IDENTITY:
        columns[name] = [getattr(each, name) if each else None for each in identity]
    columns["name"] = [conceal(str(name)) if name else None for name in columns["name"]]
    for name in _FACTS:
        columns[name] = [getattr(each, name) if each else None for each in facts]
    for name, (_, derive) in _DERIVED.items():
        columns[name] = [derive(each) if each else None for each in facts]
    arrays = [pa.array(columns[field.name], field.type) for field in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def relative(path: Path, folder: Path) -> str:
    """A path as seen from the folder of films, with slashes."""
    text = str(path)
    start = str(folder)
    if text.startswith(start + os.sep):
        return text[len(start) + 1 :].replace(os.sep, "/")
    return Path(os.path.relpath(path, folder)).as_posix()


class _Known:
    """Rows of earlier times, found again by path, size and time of change."""

    def __init__(self, tables: Sequence[Path]) -> None:
        read = [pq.read_table(path) for path in tables if path.exists()]
        fitting = [table for table in read if table.schema.equals(SCHEMA, check_metadata=True)]
        self.table = (
            pa.concat_tables(fitting).unify_dictionaries() if fitting else SCHEMA.empty_table()
        )
        stamps = self.table.select(["path", "member", "size", "modified", "reason"]).to_pandas()
        stamps["row"] = range(len(stamps))
        # A part may have become the table just before the process was killed.
        stamps = stamps.drop_duplicates(["path", "member", "size", "modified"], keep="last")
        self.stamps = stamps[~stamps["reason"].isin(LOOKED_AT_AGAIN)]

    def split(self, files: list[File], folder: Path) -> tuple[pa.Table, list[File]]:
        """Rows of the files that are as they were, and the files that are not."""
        if self.stamps.empty:
            return SCHEMA.empty_table(), files
        now = pd.DataFrame(
            {
                "path": [relative(file.path, folder) for file in files],
                "size": [file.size for file in files],
                "modified": [file.modified for file in files],
                "file": range(len(files)),
            }
        )
        same = now.merge(self.stamps, on=["path", "size", "modified"])
        changed = sorted(set(now["file"]) - set(same["file"]))
        return self.table.take(pa.array(same["row"])), [files[i] for i in changed]
