"""Films that may show in their pixels who the patient is: kept back until a person has looked."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.dicom import Place, read_xray
from medtune.dicom.hidden import hidden_plane
from medtune.dicom.privacy import burned_in_suspect
from medtune.errors import DataError
from medtune.films.burned_in import suspect_text
from medtune.tables.schema import TEXT, declare, read_text_table, write_private

TABLE = "quarantine.csv"
PICTURES = "quarantine"
COLUMNS = {"case_id": TEXT, "reason": TEXT, "path": TEXT, "release": TEXT}
YES = "yes"
PRINTED = "its borders look like printed text"
HIDDEN = "bits beside the pixels' values are set: an old overlay may lie in them"
_SIDE = 768  # pixels of a picture's longer side, at most
_PER_PAGE = 60

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Seen:
    """What was seen in a film.

    Attributes:
        reason: why it may show text, or None.
        picture: the film at low resolution; of several frames the brightest and the darkest
            value at each place; and beside it what lies in hidden bits.
    """

    reason: str | None
    picture: Grey


def look(path: Place) -> Seen:
    """Look at every frame of a film, and into the bits beside its values.

    Raises:
        UnreadableFile: it cannot be decoded, so that nobody can tell what is in it.
    """
    image = read_xray(path, frame=0)
    reason = burned_in_suspect(image.facts)
    printed = suspect_text(image.pixels)
    brightest = darkest = _small(image.pixels)
    for frame in range(1, image.facts.frames):
        pixels = read_xray(path, frame=frame).pixels
        printed = printed or suspect_text(pixels)
        small = _small(pixels)
        brightest, darkest = np.maximum(brightest, small), np.minimum(darkest, small)
    pictures = [brightest] if image.facts.frames == 1 else [brightest, darkest]
    hidden = hidden_plane(path) if image.facts.bits_stored != image.facts.bits_allocated else None
    if hidden is not None:
        pictures.append(_small(hidden.astype(np.float32)))
    reason = reason or (PRINTED if printed else None) or (HIDDEN if hidden is not None else None)
    return Seen(reason, np.hstack(pictures))


def _write(html: str, path: Path) -> None:
    path.write_text(html, encoding="utf-8")


def _small(pixels: NDArray[np.float32]) -> Grey:
    scale = _SIDE / max(pixels.shape)
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)


def write_picture(picture: Grey, private: Path, case_id: str) -> None:
    """Write a picture for the person who decides, mode 0600."""
    done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise RuntimeError("OpenCV could not write a JPEG.")
    write_private(_folder(private) / f"{case_id}.jpg", lambda p: p.write_bytes(jpeg.tobytes()))


def has_picture(private: Path, case_id: str) -> bool:
    """Whether an earlier run pictured a film."""
    return (private / PICTURES / f"{case_id}.jpg").exists()


def _folder(private: Path) -> Path:
    folder = private / PICTURES
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def read_quarantine(private: Path) -> pd.DataFrame:
    """The films that are kept back, of all folders that were looked through with this key."""
    path = private / TABLE
    if not path.exists():
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
    return declare(read_text_table(path), COLUMNS, TABLE)


def read_released(table: Path) -> set[str]:
    """The films that a person has let pass: case_id of the rows with ``yes`` under release.

    Args:
        table: the private table, filled in, or a copy of it.

    Raises:
        DataError: it is no such table, or something else than yes and no stands there.
    """
    rows = read_text_table(table)
    missing = [name for name in ("case_id", "release") if name not in rows.columns]
    if missing:
        raise DataError(
            f"{table.name} has no column {', '.join(missing)}. It must be the table {TABLE} of the "
            "private folder, with 'yes' in the column release where a film may pass."
        )
    said = rows["release"].str.strip().str.lower()
    wrong = rows.index[~said.isin([YES, "no", ""])]
    if len(wrong):
        lines = ", ".join(str(row + 2) for row in wrong[:5])
        raise DataError(
            f"{table.name}, line {lines}: the column release holds something else than yes, no or "
            "nothing. Nothing was released."
        )
    return set(rows.loc[said == YES, "case_id"].str.strip())


def seen_before(listed: pd.DataFrame) -> dict[str, str]:
    """What earlier runs saw in pixels, which do not change: case_id to the reason."""
    rows = listed[listed["reason"].isin((PRINTED, HIDDEN))]
    return dict(zip(rows["case_id"], rows["reason"], strict=True))


def marked(listed: pd.DataFrame) -> pd.Series:
    """Which rows have a yes under release."""
    return listed["release"].str.strip().str.lower() == YES


def update(
    listed: pd.DataFrame, films: pd.DataFrame, kept_back: dict[str, str], released: set[str]
) -> pd.DataFrame:
    """The private table after a run: rows of other folders and of released films stay.

    Args:
        listed: the table before.
        films: case_id and path of the films of this run.
        kept_back: case_id to reason.
        released: case_id of films that a person let pass.
    """
    now = films[films["case_id"].isin(kept_back)]
    marks = now["case_id"].map(listed.set_index("case_id")["release"])
    new = pd.DataFrame(
        {
            "case_id": now["case_id"],
            "reason": now["case_id"].map(kept_back),
            "path": now["path"],
            "release": marks.astype("string").fillna(""),
        }
    )
    through = listed["case_id"].isin(released)
    old = listed[~listed["case_id"].isin(films["case_id"]) | through].copy()
    old.loc[through, "release"] = YES
    parts = [part.astype(COLUMNS) for part in (old, new) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else listed.iloc[:0]


def write_quarantine(rows: pd.DataFrame, private: Path, shown: set[str]) -> list[Path]:
    """Write the private table, and pages that show the films to be decided on.

    Args:
        rows: all films that are or were kept back.
        private: the folder; everything in it is for its owner's eyes only.
        shown: case_id of those that a person has to decide on.

    Returns:
        The pages.
    """
    rows = rows.sort_values("case_id", ignore_index=True)
    write_private(private / TABLE, lambda p: rows[list(COLUMNS)].to_csv(p, index=False))
    rows = rows[rows["case_id"].isin(shown)]
    folder = _folder(private)
    pages = []
    for start in range(0, len(rows), _PER_PAGE):
        page = folder / f"page-{start // _PER_PAGE + 1:03d}.html"
        html = _page(rows.iloc[start : start + _PER_PAGE], start, len(rows))
        write_private(page, partial(_write, html))
        pages.append(page)
    wanted = {page.name for page in pages} | {f"{case_id}.jpg" for case_id in shown}
    for left in folder.iterdir():
        if left.name not in wanted:
            left.unlink()
    return pages


def _page(rows: pd.DataFrame, start: int, total: int) -> str:
    figures = "\n".join(
        f'<figure><img src="{case_id}.jpg" alt="" loading="lazy">'
        f"<figcaption><b>{case_id}</b><br>{html.escape(reason)}</figcaption></figure>"
        for case_id, reason in zip(rows["case_id"], rows["reason"], strict=True)
    )
    number, pages = start // _PER_PAGE + 1, -(-total // _PER_PAGE)
    ways = [
        f'<a href="page-{other:03d}.html">{word}</a>'
        for word, other in (("before", number - 1), ("next", number + 1))
        if 1 <= other <= pages
    ]
    where = f"{start + 1} to {start + len(rows)} of {total} films"
    return _PAGE.format(where=where, ways=" ".join(ways), figures=figures, table=TABLE)


_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Films kept back</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 1.5rem; background: #fff; color: #111; }}
header {{ max-width: 46rem; }}
main {{ display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); }}
figure {{ margin: 0; padding: .5rem; border: 1px solid #bbb; border-radius: 4px; }}
img {{ width: 100%; height: 22rem; object-fit: contain; background: #000; }}
figcaption {{ overflow-wrap: anywhere; }}
b {{ font-family: ui-monospace, monospace; user-select: all; }}
</style>
<header>
<h1>Films kept back</h1>
<p>These films may show text, and with it who the patient is. They are not among the copies, and
this page is for the hospital only. Look for names, numbers and dates; where letters are too small
to be read, open the original, whose place stands in the table.</p>
<p>A film that may pass gets <b>yes</b> in the column release of <b>{table}</b>, beside this
folder; then run the command again with --release and that table.</p>
<p>{where} {ways}</p>
</header>
<main>
{figures}
</main>
</html>
"""
