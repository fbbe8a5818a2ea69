from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from medtune.films.sources import read_source

from .miniatures import BUILDERS
from .writing import draw, write

Show = Callable[[pd.DataFrame], pd.DataFrame]
NIH = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
)


def test_the_nih_edition_of_2017_ends_its_lines_with_a_comma(tmp_path: Path):
    rows = [
        "00000011_000.png,No Finding,0,11,058Y,M,PA,2682,2749,0.143,0.143,",
        "00000012_000.png,Nodule,0,12,006M,F,AP,2682,2749,0.143,0.143,",
        "00000013_000.png,Nodule|Edema,0,13,149,F,AP,2682,2749,0.143,0.143,",
    ]
    write(tmp_path / "Data_Entry_2017.csv", "\n".join([NIH, *rows]))
    published = read_source("nih", tmp_path)
    assert published.images["age"].tolist()[:2] == [58, 0.5]
    assert pd.isna(published.images["age"].iloc[2])
    assert published.images["official_split"].isna().all()
    assert sum("no official split" in note for note in published.notes) == 2


def test_a_column_may_have_its_newer_name(tmp_path: Path):
    BUILDERS["nih"](tmp_path)
    table = tmp_path / "Data_Entry_2017_v2020.csv"
    table.write_text(table.read_text().replace("Patient Gender", "Patient Sex"))
    assert read_source("nih", tmp_path).images["sex"].tolist() == ["M", "M", "F", "F"]


@pytest.mark.parametrize("packed", ["gz", "zip"])
def test_tables_are_read_packed(tmp_path: Path, packed: str):
    expected = BUILDERS["rsna_pneumonia"](tmp_path)
    for table in tmp_path.glob("*.csv"):
        name = table.with_name(f"{table.name}.{packed}")
        if packed == "gz":
            name.write_bytes(gzip.compress(table.read_bytes()))
        else:
            with zipfile.ZipFile(name, "w") as archive:
                archive.write(table, table.name)
        table.unlink()
    assert sorted(read_source("rsna_pneumonia", tmp_path).images["file"]) == sorted(expected.index)


def test_mimic_films_without_the_tables_of_the_other_edition_have_no_findings(tmp_path: Path):
    BUILDERS["mimic_cxr"](tmp_path)
    for table in tmp_path.glob("mimic-cxr-2.0.0-*"):
        table.unlink()
    published = read_source("mimic_cxr", tmp_path)
    images = published.images
    assert len(images) == 4
    assert (
        images[["view", "date", "portable", "official_split", *published.findings]]
        .isna()
        .all()
        .all()
    )
    assert images["patient_id"].nunique() == 3
    assert sum("is not there" in note for note in published.notes) == 3


def test_films_that_the_label_table_lacks_are_unknown_not_blank(tmp_path: Path):
    BUILDERS["mimic_cxr_jpg"](tmp_path)
    images = read_source("mimic_cxr_jpg", tmp_path).images.set_index("patient_id")
    assert images.loc["11000003", "no_finding"] is pd.NA
    assert images.loc["10000002", "no_finding"] == 0


def test_rsna_films_without_the_mapping_are_their_own_patients(tmp_path: Path):
    BUILDERS["rsna_pneumonia"](tmp_path)
    (tmp_path / "pneumonia-challenge-dataset-mappings_2018.json").unlink()
    published = read_source("rsna_pneumonia", tmp_path)
    assert published.images["patient_id"].nunique() == 4
    assert any("own patient" in note and "is not there" in note for note in published.notes)


def test_patients_common_to_nih_and_rsna_have_one_name(tmp_path: Path):
    BUILDERS["rsna_pneumonia"](tmp_path / "rsna")
    write(
        tmp_path / "nih" / "Data_Entry_2017.csv",
        f"{NIH}\n00000013_005.png,Edema,5,13,60,M,AP,1,1,0.1,0.1,",
    )
    ours = read_source("nih", tmp_path / "nih").images["patient_id"]
    assert (
        read_source("rsna_pneumonia", tmp_path / "rsna").images["patient_id"].isin(ours).sum() == 2
    )


def test_the_second_stage_of_siim_has_other_names(tmp_path: Path):
    write(
        tmp_path / "stage_2_train.csv",
        "ImageId,EncodedPixels\nID_a,-1\nID_b,10 2 30 4\nID_b,50 1\nID_c,\n",
    )
    images = read_source("siim_pneumothorax", tmp_path).images
    assert images["file"].tolist() == ["ID_a.dcm", "ID_b.dcm", "ID_c.dcm"]
    assert images["pneumothorax"].tolist() == [0, 1, pd.NA]


def test_a_table_that_is_about_no_film_here_is_told(tmp_path: Path):
    BUILDERS["nih"](tmp_path)
    write(tmp_path / "test_list.txt", "images/00000002_000.png\nimages/00000003_000.png")
    published = read_source("nih", tmp_path)
    assert published.images["official_split"].tolist() == ["train", "train", pd.NA, pd.NA]
    assert "No row of test_list.txt is about a film here." in published.notes


def test_one_split_of_a_set_is_enough(tmp_path: Path):
    BUILDERS["chexpert"](tmp_path)
    (tmp_path / "CheXpert-v1.0-small" / "train.csv").unlink()
    published = read_source("chexpert", tmp_path)
    assert published.images["official_split"].tolist() == ["tune", "test", "test"]
    assert any(note.startswith("train.csv is not there") for note in published.notes)


@pytest.mark.parametrize(
    ("folder", "found"),
    [("images/0", "images/0/101_a.png"), ("0", "0/101_a.png"), ("all", "101_a.png")],
)
def test_padchest_pictures_are_found_however_they_were_unpacked(
    tmp_path: Path, folder: str, found: str
):
    BUILDERS["padchest"](tmp_path / "made")
    table = next((tmp_path / "made").glob("*.csv.gz"))
    home = tmp_path / "set"
    home.mkdir()
    table.rename(home / table.name)
    draw(home / folder, ["101_a.png"])
    assert read_source("padchest", home).images["file"].iloc[0] == found


def test_the_later_edition_of_kermany_numbers_patients_throughout(tmp_path: Path, shown: Show):
    names = [
        "train/NORMAL/NORMAL-1003233-0001.jpeg",
        "train/PNEUMONIA/BACTERIA-1008087-0001.jpeg",
        "train/PNEUMONIA/BACTERIA-1008087-0002.jpeg",
        "test/PNEUMONIA/VIRUS-1008087-0003.jpeg",
    ]
    draw(tmp_path, names)
    images = shown(read_source("kermany", tmp_path).images).loc[names]
    assert images["patient_id"].tolist() == ["1003233", "1008087", "1008087", "1008087"]
    assert images["pneumonia_viral"].tolist() == ["0", "0", "0", "1"]
    assert images["pneumonia_bacterial"].tolist() == ["0", "1", "1", "0"]


def test_montgomery_and_shenzhen_in_one_folder_are_told_apart(tmp_path: Path):
    draw(tmp_path / "CXR_png", ["MCUCXR_0001_0.png", "CHNCXR_0001_0.png", "CHNCXR_0327_1.png"])
    assert len(read_source("montgomery", tmp_path).images) == 1
    published = read_source("shenzhen", tmp_path)
    assert published.images["tuberculosis"].tolist() == [0, 1]
    assert published.notes[-1].startswith("2 of 2 pictures have no text")
