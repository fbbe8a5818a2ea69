"""Which mask is of which film, and which is none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.films.masks import EMPTY, KIND, mask_files, masks_of, read_mask

FINDINGS = ["effusion", "pneumonia"]
PLACES = pd.DataFrame({
    "case_id": ["A", "B", "C", "D"], "accession_number": ["71", "72", "72", None],
    "path": ["/x/a.dcm", "/x/b.png", "/y/c.dcm", "/y/d.dcm"],
})  # fmt: skip


def png(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    assert cv2.imwrite(str(path), pixels)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("effusion/A.png", "effusion/B.PNG", "pneumonia/A.png"):
        png(tmp_path / "masks" / name.lower(), np.full((4, 4), 9, np.uint8))
    return tmp_path / "masks"


def test_a_folder_a_finding_or_the_masks_alone(folder: Path) -> None:
    assert [path.name for path in mask_files(folder, "effusion", FINDINGS)] == ["a.png", "b.png"]
    alone = mask_files(folder / "pneumonia", "effusion", FINDINGS)
    assert [path.parent.name for path in alone] == ["pneumonia"]


def test_a_folder_that_cannot_be_used_is_told_in_words(folder: Path) -> None:
    (folder / "effusion" / "a.png").rename(folder / "a.png")
    with pytest.raises(DataError, match="has both PNGs and folders"):
        mask_files(folder, "effusion", FINDINGS)
    (folder / "a.png").unlink()
    with pytest.raises(DataError, match=r"has none of nodule. It has: effusion, pneumonia"):
        mask_files(folder, "nodule", [*FINDINGS, "nodule"])
    (folder / "effusions").mkdir()
    with pytest.raises(DataError, match=r"'effusions', .* Did you mean 'effusion'\?"):
        mask_files(folder, "effusion", FINDINGS)
    with pytest.raises(DataError, match="effusions has no PNG"):
        mask_files(folder / "effusions", "effusion", FINDINGS)
    with pytest.raises(DataError, match="There is no folder nowhere"):
        mask_files(folder / "nowhere", "effusion", FINDINGS)


def of(names: list[str], join_on: str = "accession_number") -> tuple[dict[str, str], set[str]]:
    found = masks_of([Path("masks") / name for name in names], list("ABCD"), PLACES, join_on)
    return {case: path.name for case, path in found.of_case.items()}, set(found.of_several)


def test_a_mask_is_of_the_film_with_its_case_id_or_its_key() -> None:
    assert of(["71.png", "B.png", "D.png"]) == (
        {"A": "71.png", "B": "B.png", "D": "D.png"}, set(),
    )  # fmt: skip
    assert of(["a.png", "b.png", "C.png"], "file_name")[0] == {
        "A": "a.png", "B": "b.png", "C": "C.png",
    }  # fmt: skip


def test_a_name_of_several_films_is_of_none_but_those_named_by_case_id() -> None:
    assert of(["72.png", "C.png"]) == ({"C": "C.png"}, {"B"})


def test_a_name_of_no_film_and_a_film_with_two_masks_are_refused_without_the_name() -> None:
    with pytest.raises(DataError, match="masks, file 2 by name: there is no case") as said:
        of(["71.png", "99.png"])
    assert "99" not in str(said.value)
    with pytest.raises(DataError, match="file 2 by name: it is of the same film as file 1"):
        of(["71.png", "A.png"])


def test_only_a_grey_png_of_eight_bits_that_is_not_empty_is_a_mask(tmp_path: Path) -> None:
    square = np.zeros((6, 8), np.uint8)
    square[2, 3] = 1
    mask = read_mask(png(tmp_path / "whole.png", square))
    assert isinstance(mask, np.ndarray)
    assert np.argwhere(mask).tolist() == [[2, 3]]
    assert mask.shape == (6, 8)
    assert read_mask(png(tmp_path / "empty.png", 0 * square)) == EMPTY
    assert read_mask(png(tmp_path / "deep.png", square.astype(np.uint16))) == KIND
    assert read_mask(png(tmp_path / "colour.png", np.stack([square] * 3, 2))) == KIND
    jpeg = png(tmp_path / "other.jpg", 200 * square).rename(tmp_path / "jpeg.png")
    assert read_mask(jpeg) == KIND
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:45])
    assert read_mask(tmp_path / "cut.png") == "it cannot be read (undecodable)"
    (tmp_path / "text.png").write_text("no picture")
    assert read_mask(tmp_path / "text.png") == "it cannot be read (bad_geometry)"
