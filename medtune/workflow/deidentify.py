"""``medtune deidentify``: copies of radiographs that may leave the hospital."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from medtune.dicom import REASONS, Pseudonyms
from medtune.errors import DataError
from medtune.films.copies import Fate, Job, make_copies
from medtune.films.index import index_films
from medtune.films.locations import PRIVATE, write_locations
from medtune.films.quarantine import (
    TABLE,
    YES,
    marked,
    read_quarantine,
    read_released,
    seen_before,
    update,
    write_quarantine,
)
from medtune.tables.amounts import counted
from medtune.tables.lock import alone
from medtune.workflow.progress import Progress

ONLY_DICOM = "Only DICOM files are copied: a picture has no header that says whose it is."


@dataclass(frozen=True)
class Deidentified:
    """What became of the files of a folder.

    Attributes:
        written: copies written now.
        kept: copies that were there and are as they would be written.
        released: those of them that a person had let pass.
        quarantined: reason to films that were kept back for a person to look at.
        left_out: word of ``REASONS`` to files.
        emptied: fact to films whose header states it in words that may not stay, so that the
            copy does not.
        unknown: released rows that are about no film that is kept back.
        table: the private list of films kept back.
        pages: how they look; private.
    """

    written: int
    kept: int
    released: int
    quarantined: dict[str, int]
    left_out: dict[str, int]
    emptied: dict[str, int]
    unknown: int
    table: Path
    pages: tuple[Path, ...]

    def lines(self) -> list[str]:
        """For a person."""
        lines = [f"Copies: {self.written} written, {self.kept} there already"]
        if self.released:
            lines.append(f"  {self.released} of them released by a person")
        lines.append(f"Kept back for a person to look at: {sum(self.quarantined.values())}")
        lines += [f"  {films}: {reason}" for reason, films in self.quarantined.items()]
        lines.append(f"Left out: {sum(self.left_out.values())}")
        lines += [f"  {files}: {word}. {REASONS[word]}" for word, files in self.left_out.items()]
        if self.emptied:
            lines.append("Facts that copies do not state, for their words may name somebody:")
            lines += [f"  {name}: {counted(films, 'film')}" for name, films in self.emptied.items()]
        if self.unknown:
            lines.append(
                f"Note: {counted(self.unknown, 'released row', 'is')} about no film kept back here."
            )
        lines.append(
            "Kept, by the Retain Device Identity option: maker, model, station name, serial "
            "numbers and software versions, as the devices wrote them."
        )
        if self.pages:
            lines += [
                f"Next: look at {self.pages[0]}, write '{YES}' in the column release of "
                f"{self.table} where a film may pass, and run again with --release {self.table}"
            ]
        return lines

    def as_dict(self) -> dict[str, object]:
        """The same, for machines."""
        return {**asdict(self), "table": str(self.table), "pages": [str(p) for p in self.pages]}


def deidentify(
    folder: Path | str,
    out: Path | str,
    *,
    private: Path | str | None = None,
    site: str = "site",
    release: Path | str | None = None,
    show: bool = True,
) -> Deidentified:
    """Write de-identified copies of all radiographs under a folder.

    A copy lies in ``out/<patient>/<study>/<film>.dcm``, by pseudonyms. What is there already is
    not written again. Films that may have text in their pixels are kept back, and listed and
    pictured in the private folder, until a table releases them.

    Args:
        folder: searched with its subfolders; nothing is written there.
        out: where the copies go.
        private: the folder of the key, of the way back to the originals and of the films kept
            back. ``private`` beside ``out`` where nothing is said: whoever gets the copies must
            not get it with them.
        site: the hospital's name, where headers do not say who issued a patient ID.
        release: the private table with ``yes`` in the column release where a film may pass.
        show: whether progress is shown on stderr.

    Raises:
        DataError: there is no radiograph, the folders lie in each other, or the table is wrong.
    """
    folder, out = Path(folder), Path(out)
    private = Path(private) if private is not None else out.parent / PRIVATE
    _apart(folder.resolve(), out.resolve(), private.resolve())
    released = read_released(Path(release)) if release is not None else set()
    pseudonyms = Pseudonyms.load_or_create(private)
    with alone(private / ".deidentify.lock"):
        with Progress("reading headers", show=show) as progress:
            index = index_films(
                folder.resolve(), private, site, pictures=ONLY_DICOM, tick=progress.step
            )
        write_locations(index.locations, private)
        where = index.locations[["path", "member", "file"]]
        films = index.films[["case_id", "group_id", "study_id"]].join(where)
        _tidy(out, films)
        listed = read_quarantine(private)
        job = Job(
            out=out,
            private=private,
            site=site,
            pseudonyms=pseudonyms,
            seen=seen_before(listed),
            passed=frozenset(listed.loc[marked(listed), "case_id"]),
            released=frozenset(released),
        )
        fates: list[Fate] = []
        with Progress("writing copies", len(films), show=show) as progress:
            for chunk in make_copies(films, job):
                fates += chunk
                progress.step(len(chunk))
        through = {fate.case_id for fate in fates if fate.released}
        rows = update(listed, films, _kept_back(fates), through)
        to_decide = rows["case_id"].isin(_kept_back(fates)) | ~marked(rows)
        pages = write_quarantine(rows, private, set(rows.loc[to_decide, "case_id"]))
    return _told(fates, index.left_out, released, private / TABLE, tuple(pages))


def _tidy(out: Path, films: pd.DataFrame) -> None:
    """Remove what a killed process left, and copies of films that are another patient's now.

    Where a hospital has joined two patients, or put a film right, its earlier copy would stand
    under the old patient, and one patient would be two.
    """
    for left in out.glob("*/*/.*.partial"):
        left.unlink()
    homes = dict(zip(films["case_id"], films["group_id"] + "/" + films["study_id"], strict=True))
    for copy in out.glob("*/*/*.dcm"):
        home = homes.get(copy.stem)
        if home is not None and copy.parent != out / home:
            copy.unlink()


def _kept_back(fates: list[Fate]) -> dict[str, str]:
    return {fate.case_id: str(fate.reason) for fate in fates if fate.word == "kept_back"}


def _apart(folder: Path, out: Path, private: Path) -> None:
    """Refuse folders that lie in each other."""
    for one, other, why in (
        (folder, out, "copies are never written among the originals"),
        (folder, private, "nothing is written among the originals"),
        (out, private, "whoever gets the copies must not get the key"),
    ):
        if one == other or one in other.parents or other in one.parents:
            raise DataError(
                f"The folders {one.name or one} and {other.name or other} are one or lie in each "
                f"other: {why}. Give '--out' or '--key-folder' another place. Nothing was written."
            )


def _told(
    fates: list[Fate],
    not_films: pd.DataFrame,
    released: set[str],
    table: Path,
    pages: tuple[Path, ...],
) -> Deidentified:
    words = Counter(fate.word for fate in fates)
    left_out: Counter[str] = Counter()
    for reason, files in not_films.itertuples(index=False):
        left_out[str(reason)] += int(files)
    left_out.update(str(fate.reason) for fate in fates if fate.word == "left_out")
    through = {fate.case_id for fate in fates if fate.released}
    return Deidentified(
        written=words["written"],
        kept=words["kept"],
        released=len(through),
        quarantined=dict(sorted(Counter(_kept_back(fates).values()).items())),
        left_out=dict(sorted(left_out.items())),
        emptied=dict(sorted(Counter(name for fate in fates for name in fate.emptied).items())),
        unknown=len(released - through),
        table=table,
        pages=pages,
    )
