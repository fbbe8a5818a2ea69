"""Two hospitals' films through check, look and the store, as their owner would send them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.films.locations import read_locations
from medtune.films.store import open_store
from medtune.workflow.decoding import spec_of

RUN = """
name: {site}
site: {site}
data:
  images: {real}/xray/{site}/images
  labels: {real}/xray/{site}/labels.csv
  findings: [pneumonia]
model: {{backbone: timm/mobilenetv3_small_050, weights: none, image_size: 96}}
"""
FILMS = {"nih": 322, "guangzhou": 1876}


def medtune(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "medtune.cli", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=["nih", "guangzhou"])
def hospital(request, real_data: Path, tmp_path: Path) -> Path:
    (tmp_path / "run.yaml").write_text(RUN.format(site=request.param, real=real_data))
    return tmp_path / "run.yaml"


@pytest.mark.slow
def test_check_look_and_the_store(hospital: Path):
    run = load_run(hospital)
    films = FILMS[run.site]

    report = json.loads(medtune("check", str(hospital), "--json"))
    assert not report["stops"]
    assert report["problems"] == []
    assert report["flow"][0]["films"] == films
    assert sum(split["films"] for split in report["splits"]) == films
    assert report["undecodable"] == {}
    assert not any(leak["stops"] for leak in report["leaks"])
    shares = {row["split"]: row["prevalence"] for row in report["findings"]}
    assert max(shares.values()) - min(shares.values()) < 0.02

    drawn = json.loads(medtune("look", str(hospital), "--json"))
    sheet = cv2.imread(drawn["sheet"])
    assert sheet.std() > 30  # pictures, not a blank page
    assert sum(len(group["shown"]) for group in drawn["groups"]) >= 4

    places = read_locations(run.data.work / "private")
    ticks: list[int] = []
    store = open_store(run.data.work / "store", spec_of(run), places, tick=ticks.append)
    assert sum(ticks) == 0  # check had decoded them all
    assert store.rows["row"].notna().sum() == films
    assert store.rows["digest"].nunique() >= films - 6  # exported twice, each within a patient
    means = np.array([store.pixels[int(row)].mean() for row in store.rows["row"]])
    assert 0.2 < (means / np.iinfo(store.pixels.dtype).max).mean() < 0.7


@pytest.mark.slow
def test_films_that_are_negatives_are_named(real_data: Path, tmp_path: Path):
    """Looked at: the only two of the 322 that are exported with air white and bone dark."""
    (tmp_path / "run.yaml").write_text(RUN.format(site="nih", real=real_data))
    report = json.loads(medtune("check", str(tmp_path / "run.yaml"), "--json"))
    named = [leak["cases"][0] for leak in report["leaks"] if leak["kind"] == "negative"]
    places = read_locations(tmp_path / "work/private").set_index("case_id")
    assert len(named) == 2
    for case_id in named:
        film = open_store(
            tmp_path / "work/store",
            spec_of(load_run(tmp_path / "run.yaml")),
            pd.DataFrame(places.loc[[case_id]]).reset_index(),
        )
        picture = film.pixels[int(film.rows.loc[case_id, "row"])]
        side = picture.shape[0]
        lungs = picture[side * 3 // 10 : side // 2, side // 4 : side * 3 // 4]
        abdomen = picture[side * 17 // 20 : side * 19 // 20, side * 2 // 5 : side * 3 // 5]
        assert lungs.mean() > 1.2 * abdomen.mean()
