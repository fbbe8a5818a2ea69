from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from medtune.dicom import Pseudonyms
from medtune.errors import DataError, UnreadableFile
from medtune.films.quarantine import (
    COLUMNS,
    HIDDEN,
    PICTURES,
    PRINTED,
    TABLE,
    has_picture,
    look,
    marked,
    read_quarantine,
    read_released,
    seen_before,
    update,
    write_picture,
    write_quarantine,
)
from tests.dicom.conftest import make
from tests.films.test_burned_in import film, printed


def stored(picture: np.ndarray) -> np.ndarray:
    return np.rint(picture * 4095).astype(np.uint16)


def save(tmp_path: Path, pixels: np.ndarray, **tags) -> Path:
    path = tmp_path / "film.dcm"
    make(pixels, **{"BitsStored": 12} | tags).save_as(path, enforce_file_format=True)
    return path


def table(**rows: tuple[str, str, str]) -> pd.DataFrame:
    """case_id = (reason, path, release)."""
    return pd.DataFrame(
        [(case_id, *row) for case_id, row in rows.items()], columns=list(COLUMNS)
    ).astype(COLUMNS)


def test_a_film_without_text_raises_no_suspicion(tmp_path):
    seen = look(save(tmp_path, stored(film(1000, 800))))
    assert seen.reason is None
    assert seen.picture.dtype == np.uint8
    assert seen.picture.shape == (768, 614)


def test_text_in_the_pixels_is_seen(tmp_path):
    picture = printed(film(1000, 800), "DOE JOHN", 1.0, "top left")
    seen = look(save(tmp_path, stored(picture)))
    assert seen.reason == PRINTED
    assert seen.picture[:40, :150].max() == 255


def test_what_the_header_says_comes_first(tmp_path):
    seen = look(save(tmp_path, stored(film(100, 80)), BurnedInAnnotation="YES"))
    assert seen.reason == "the header says that text is burned in"
    assert seen.picture.shape == (100, 80)


def test_an_overlay_in_hidden_bits_is_seen_and_shown_beside_the_film(tmp_path):
    name = np.zeros((400, 300), np.uint8)
    cv2.putText(name, "DOE JOHN", (10, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, 1, 2)
    pixels = stored(film(400, 300)) | (name.astype(np.uint16) << 14)
    seen = look(save(tmp_path, pixels))
    assert seen.reason == HIDDEN
    assert seen.picture.shape == (400, 600)
    np.testing.assert_array_equal(seen.picture[:, 300:], 255 * name)


def test_text_in_any_frame_is_seen_and_shown(tmp_path):
    plain = film(600, 500)
    frames = np.stack([plain, printed(plain, "DOE JOHN", 1.0, "bottom right"), plain])
    path = save(tmp_path, stored(frames), NumberOfFrames=3, Rows=600, Columns=500)
    seen = look(path)
    assert seen.reason == PRINTED
    assert seen.picture.shape == (600, 1000)  # the brightest and the darkest of each place
    assert seen.picture[-40:, 350:500].max() == 255
    assert seen.picture[-40:, 850:].max() < 255


def test_what_cannot_be_decoded_cannot_be_looked_at(tmp_path):
    with pytest.raises(UnreadableFile, match="truncated"):
        look(save(tmp_path, stored(film(100, 80)), Rows=101))


def test_pictures_pages_and_table_are_private(tmp_path):
    private = tmp_path / "private"
    Pseudonyms.load_or_create(private)
    rows = table(
        c2=("a reason <b>", "/x/2.dcm", ""), c1=(PRINTED, "/x/1.dcm", "yes"), c3=("r", "/x/3", "")
    )
    for case_id in ("c1", "c2", "c3"):
        write_picture(np.zeros((20, 30), np.uint8), private, case_id)
        assert has_picture(private, case_id)
    pages = write_quarantine(rows, private, {"c2", "c3"})
    (page,) = pages
    assert page == private / PICTURES / "page-001.html"
    said = page.read_text()
    assert "c2.jpg" in said
    assert "c1" not in said
    assert "a reason &lt;b&gt;" in said
    assert "/x/" not in said
    assert "1 to 2 of 2 films" in said
    assert not has_picture(private, "c1")  # nothing is kept that nobody needs
    for path in (page, private / TABLE, private / PICTURES / "c2.jpg"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (private / PICTURES).stat().st_mode & 0o777 == 0o700
    pd.testing.assert_frame_equal(
        read_quarantine(private), rows.sort_values("case_id", ignore_index=True)
    )


def test_many_films_are_shown_on_several_pages(tmp_path):
    rows = table(**{f"c{i:03d}": ("r", f"/{i}", "") for i in range(130)})
    pages = write_quarantine(rows, tmp_path, set(rows["case_id"]))
    assert [page.name for page in pages] == [f"page-00{n}.html" for n in (1, 2, 3)]
    middle = pages[1].read_text()
    assert "61 to 120 of 130 films" in middle
    assert 'href="page-001.html"' in middle
    assert 'href="page-003.html"' in middle
    assert write_quarantine(rows[:5], tmp_path, set(rows["case_id"][:5])) == pages[:1]
    assert not pages[2].exists()


def test_a_table_with_marks_releases(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("case_id,reason,release\nc1,r,yes\nc2,r, YES \nc3,r,no\nc4,r,\n")
    assert read_released(path) == {"c1", "c2"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("case_id,release\nc1,yes\nc2,maybe\n", "line 3"),
        ("case_id,reason\nc1,r\n", "no column release"),
    ],
)
def test_a_table_that_is_none_or_unclear_releases_nothing(tmp_path, content, said):
    path = tmp_path / "mine.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=said) as raised:
        read_released(path)
    assert "maybe" not in str(raised.value)


def test_the_table_keeps_marks_and_the_films_of_other_folders():
    before = table(
        c1=("r", "/1", "yes"), c2=("r", "/2", ""), c3=("r", "/3", ""), c9=("r", "/9", "yes")
    )
    films = pd.DataFrame({"case_id": ["c1", "c2", "c3", "c4"], "path": ["/a", "/b", "/c", "/d"]})
    after = update(before, films, {"c1": "now", "c4": PRINTED}, released={"c2"})
    rows = {row[0]: row[1:] for row in after.itertuples(index=False)}
    assert rows == {
        "c1": ("now", "/a", "yes"),
        "c2": ("r", "/2", "yes"),
        "c4": (PRINTED, "/d", ""),
        "c9": ("r", "/9", "yes"),
    }
    assert list(after.loc[marked(after), "case_id"]) == ["c2", "c9", "c1"]
    assert seen_before(after) == {"c4": PRINTED}


def test_without_any_suspect_the_table_is_empty(tmp_path):
    empty = read_quarantine(tmp_path)
    films = pd.DataFrame({"case_id": ["c1"], "path": ["/a"]})
    assert update(empty, films, {}, set()).empty
    assert write_quarantine(empty, tmp_path, set()) == []
    assert read_quarantine(tmp_path).empty
