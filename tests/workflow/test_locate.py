"""Where a network looked, and where a film lies: on the road of two simulated hospitals."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from medtune.errors import DataError, InputError
from medtune.films.locations import read_locations
from medtune.report.locate_words import LOCATE_ENGLISH
from medtune.tables.predictions import read_predictions
from medtune.workflow.locate import locate
from medtune.workflow.place import place_of_case


@pytest.fixture(scope="module")
def home(judged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("located") / "home"
    shutil.copytree(judged, copy)
    for name in ("north", "south"):  # a run knows its folders by whole paths
        for path in (copy / "runs" / name).rglob("run.yaml"):
            path.write_text(path.read_text().replace(str(judged), str(copy)))
    return copy


def looks(home: Path) -> list[dict]:
    (log,) = (home / "work/splits").glob("*/looks.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_the_page_has_chosen_films_and_the_look_is_logged(home: Path) -> None:
    pytest.importorskip("captum", reason="captum is not installed: medtune[saliency]")
    before = len(looks(home))
    found = locate(home / "runs/south", each=2, show=False)
    assert [look["verb"] for look in looks(home)[before:]] == ["locate"]
    page = found.page.read_text()
    test = read_predictions(home / "runs/south/predictions.parquet")
    test = test[(test["split"] == "test") & (test["model"] == "fine_tuned")]
    assert set(found.table["case_id"]) <= set(test["case_id"])
    assert found.table.groupby("group").size().max() == 2
    likeness = found.table["likeness"]
    assert likeness.dropna().between(-1, 1).all()
    without = int(likeness.isna().sum())
    assert (f"speaks for the finding: {without}." in page) == (without > 0)
    assert (LOCATE_ENGLISH.sanity_none in page) == (without == len(likeness))
    assert "These maps do not explain the decisions" in page
    assert page.count("data:image/png") == 2 * found.table["case_id"].nunique()
    assert "<script" not in page
    assert str(home) not in page
    assert pd.read_csv(home / "runs/south/locate/locate.csv")["case_id"].tolist() == (
        found.table["case_id"].tolist()
    )

    films = found.table["case_id"].unique()[:3]
    boxes = home / "boxes.csv"
    whole = {"x": 0, "y": 0, "width": 4000, "height": 4000}
    pd.DataFrame([{"case_id": name, **whole} for name in films]).to_csv(boxes, index=False)
    again = locate(home / "runs/south", each=2, boxes=boxes, show=False)
    rows = again.table.set_index("case_id").loc[films]
    assert (rows["chance"] == 1).all()  # a box that is the whole film says nothing
    assert "Where a person drew a box" in again.page.read_text()
    np.testing.assert_array_equal(again.table["likeness"], likeness)
    boxes.write_text("case_id,x,y,width,height\nnobody,0,0,5,5\n")
    with pytest.raises(DataError, match=r"line 2: there is no case 'nobody'"):
        locate(home / "runs/south", boxes=boxes, show=False)


def test_what_cannot_be_mapped_is_refused_before_the_look(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = looks(home)
    test = read_predictions(home / "runs/south/predictions.parquet")
    other = test[test["split"] == "calibration"]["case_id"].iloc[0]
    boxes = home / "elsewhere.csv"
    boxes.write_text(f"case_id,x,y,width,height\n{other},0,0,5,5\n")
    with pytest.raises(DataError, match="None of the chosen films has a box"):
        locate(home / "runs/south", boxes=boxes, show=False)
    monkeypatch.setattr("medtune.vision.saliency._in_windows", lambda network: True)
    with pytest.raises(InputError, match=r"is shown of|needs captum"):
        locate(home / "runs/south", show=False)
    assert looks(home) == before


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{case},0,,5,5", "line 2: y is empty"),
        ("{case},0,0,wide,5", "line 2: width has 'wide', which is no number"),
        ("{case},inf,0,5,5", "line 2: x has 'inf', which is no number"),
    ],
)
def test_a_box_that_is_no_number_is_named(home: Path, row: str, said: str) -> None:
    case = read_predictions(home / "runs/south/predictions.parquet")["case_id"].iloc[0]
    boxes = home / "wrong.csv"
    boxes.write_text("case_id,x,y,width,height\n" + row.format(case=case) + "\n")
    with pytest.raises(DataError, match=said):
        locate(home / "runs/south", boxes=boxes, show=False)


def test_a_look_up_of_a_place_loads_no_torch() -> None:
    code = "import sys, medtune.workflow.place; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_finding_is_named(home: Path) -> None:
    with pytest.raises(InputError, match="Did you mean 'effusion'"):
        locate(home / "runs/south", finding="efusion", show=False)


def test_a_pseudonym_leads_to_its_film_and_that_is_logged(home: Path) -> None:
    case = read_predictions(home / "runs/south/predictions.parquet")["case_id"].iloc[0]
    place = place_of_case(home / "runs/south", case)
    assert Path(place.path).exists()
    log = home / "work/private/located.jsonl"
    assert json.loads(log.read_text().splitlines()[-1])["case_id"] == case
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    with pytest.raises(DataError, match="no film 'nobody'"):
        place_of_case(home / "runs/south", "nobody")


def test_a_mask_that_is_a_box_gives_the_figures_of_the_box(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("captum", reason="captum is not installed: medtune[saliency]")
    run = home / "runs/south"
    films = locate(run, each=2, show=False).table["case_id"].tolist()
    assert len(films) >= 5
    places = read_locations(home / "work/private").set_index("case_id")
    number = places["accession_number"]
    alone = ~number.duplicated(keep=False)  # a study of several films has no mask by its number
    films.sort(key=lambda film: not alone[film])
    one = str(number[films[1]])
    random = np.random.default_rng(3)
    rows = []
    for name, file in zip(films[:2], (films[0], one), strict=True):
        x, y = (int(value) for value in random.integers(0, 45, 2))
        width, height = (int(value) for value in random.integers(5, 35, 2))
        rows.append({"case_id": name, "x": x, "y": y, "width": width, "height": height})
        mask = np.zeros((80, 80), np.uint8)
        mask[y : y + height, x : x + width] = 1 + len(rows)
        write_mask(tmp_path / "masks/effusion" / f"{file}.png", mask)
    write_mask(tmp_path / "masks/effusion" / f"{films[2]}.png", np.ones((40, 80), np.uint8))
    write_mask(tmp_path / "masks/effusion" / f"{films[3]}.png", np.zeros((80, 80), np.uint8))
    (tmp_path / "masks/effusion" / f"{films[4]}.png").write_bytes(b"no picture")
    pd.DataFrame(rows).to_csv(tmp_path / "boxes.csv", index=False)
    boxed = locate(run, each=2, boxes=tmp_path / "boxes.csv", show=False)
    masked = locate(run, each=2, masks=tmp_path / "masks", show=False)
    pd.testing.assert_frame_equal(boxed.table, masked.table)
    assert boxed.table["inside"].notna().sum() == 2
    assert boxed.table["chance"].dropna().between(0.001, 0.3).all()
    (said,) = [line for line in boxed.said if "inside the box" in line]
    assert said.replace("the box", "the mask") in masked.said
    page = masked.page.read_text()
    assert "Where a person drew a mask" in page
    assert masked.said[-3:] == [
        "The mask of 1 of the films is not used, it cannot be read (bad_geometry): "
        + films[4] + ".",
        "The mask of 1 of the films is not used, it has not the size of the film: "
        f"{films[2]} (80 x 40 pixels, the film 80 x 80).",
        "The mask of 1 of the films is not used, it is 0 everywhere: " + films[3] + ".",
    ]  # fmt: skip
    assert all(line in page for line in masked.said)
    assert one not in page


def test_masks_that_cannot_be_used_are_refused_before_the_look(home: Path, tmp_path: Path) -> None:
    before, run = looks(home), home / "runs/south"
    test = read_predictions(run / "predictions.parquet")
    write_mask(tmp_path / "A.png", np.ones((80, 80), np.uint8))
    with pytest.raises(DataError, match=r"file 1 by name: there is no case of that name"):
        locate(run, masks=tmp_path, show=False)
    other = str(test[test["split"] == "calibration"]["case_id"].iloc[0])
    (tmp_path / "A.png").rename(tmp_path / f"{other}.png")
    with pytest.raises(DataError, match="None of the chosen films has a mask: "):
        locate(run, masks=tmp_path, show=False)
    for name in test.loc[test["split"] == "test", "case_id"].unique():
        write_mask(tmp_path / f"{name}.png", np.zeros((80, 80), np.uint8))
    with pytest.raises(DataError, match=r"a mask that can be used: .*: it is 0 everywhere"):
        locate(run, masks=tmp_path, show=False)
    (tmp_path / "boxes.csv").write_text(f"case_id,x,y,width,height\n{other},0,0,5,5\n")
    with pytest.raises(InputError, match="'--boxes' and '--masks' are two ways"):
        locate(run, masks=tmp_path, boxes=tmp_path / "boxes.csv", show=False)
    assert looks(home) == before


def write_mask(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    assert cv2.imwrite(str(path), pixels)
