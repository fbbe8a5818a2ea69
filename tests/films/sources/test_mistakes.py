from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from medtune.errors import DataError
from medtune.films.sources import describe, read_source, source_names

from .miniatures import BUILDERS
from .writing import write


def message(name: str, folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_source(name, folder)
    said = str(caught.value)
    assert str(folder.parent) not in said
    return said


@pytest.mark.parametrize("ask", [lambda name: read_source(name, Path()), describe])
def test_an_unknown_set_names_the_nearest_and_all(ask: Callable[[str], object]):
    with pytest.raises(DataError, match=r"Did you mean 'padchest'\?") as caught:
        ask("pad_chest")
    assert all(name in str(caught.value) for name in source_names())


@pytest.mark.parametrize("name", source_names())
def test_a_folder_without_the_set_says_what_was_looked_for(tmp_path: Path, name: str):
    home = tmp_path / "elsewhere"
    (home / "inner").mkdir(parents=True)
    said = message(name, home)
    assert "elsewhere" in said
    assert "published like this" in said
    assert all(line in said for line in describe(name)[5:7])


def test_a_table_that_is_needed_says_its_names(tmp_path: Path):
    BUILDERS["mimic_cxr_jpg"](tmp_path)
    (tmp_path / "mimic-cxr-2.0.0-chexpert.csv.gz").unlink()
    said = message("mimic_cxr_jpg", tmp_path)
    assert "mimic-cxr-2.0.0-chexpert.csv or mimic-cxr-2.0.0-negbio.csv" in said
    assert ".gz" in said


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path):
    assert "there is no folder nowhere" in message("nih", tmp_path / "nowhere")


def test_a_set_that_is_there_twice_is_told(tmp_path: Path):
    BUILDERS["nih"](tmp_path / "v1")
    BUILDERS["nih"](tmp_path / "v2")
    assert "more than once: v1, v2" in message("nih", tmp_path)


def changed(table: Path, old: str, new: str) -> None:
    text = table.read_text()
    assert old in text
    table.write_text(text.replace(old, new))


def test_all_columns_that_a_table_lacks_are_told_with_what_was_meant(tmp_path: Path):
    BUILDERS["nih"](tmp_path)
    table = tmp_path / "Data_Entry_2017_v2020.csv"
    changed(table, "Finding Labels", "Finding Label")
    changed(table, "Patient ID", "Person")
    said = message("nih", tmp_path)
    assert "no column 'Finding Labels' (did you mean 'Finding Label'?)" in said
    assert "no column 'Patient ID'" in said


def test_a_label_column_that_is_missing_is_told(tmp_path: Path):
    BUILDERS["chexpert"](tmp_path)
    changed(tmp_path / "CheXpert-v1.0-small" / "valid.csv", "Pleural Effusion", "Effusion")
    assert "valid.csv has no column 'Pleural Effusion'" in message("chexpert", tmp_path)


def test_a_label_that_is_no_word_of_the_set_is_told_with_its_line_and_not_shown(tmp_path: Path):
    BUILDERS["mura"](tmp_path)
    changed(
        tmp_path / "MURA-v1.1" / "valid_labeled_studies.csv", "study2_negative/,0", "x/,patient7"
    )
    said = message("mura", tmp_path)
    assert "valid_labeled_studies.csv: the column 'label'" in said
    assert "first in line 2" in said
    assert "patient7" not in said


def test_a_listed_finding_that_is_no_word_of_the_set_is_told_and_not_shown(tmp_path: Path):
    BUILDERS["nih"](tmp_path)
    changed(tmp_path / "Data_Entry_2017_v2020.csv", "Cardiomegaly|Emphysema", "Cardiomegaly|Smith")
    said = message("nih", tmp_path)
    assert "in 1 row 'Finding Labels' lists something else" in said
    assert "Smith" not in said


def test_a_table_without_its_header_line_gives_no_patient_away(tmp_path: Path):
    BUILDERS["chexpert"](tmp_path)
    for table in (tmp_path / "CheXpert-v1.0-small").glob("*.csv"):
        table.write_text("\n".join(table.read_text().splitlines()[1:]))
    said = message("chexpert", tmp_path)
    assert "has no column 'Path'" in said
    assert "patient90001" not in said


def test_an_image_that_stands_twice_is_told(tmp_path: Path):
    BUILDERS["nih"](tmp_path)
    table = tmp_path / "Data_Entry_2017_v2020.csv"
    table.write_text(table.read_text() + table.read_text().splitlines()[1] + "\n")
    assert "1 images stand in more than one row" in message("nih", tmp_path)


def test_a_split_that_contradicts_itself_is_told(tmp_path: Path):
    BUILDERS["mimic_cxr"](tmp_path)
    table = tmp_path / "mimic-cxr-2.0.0-split.csv.gz"
    text = gzip.decompress(table.read_bytes()).decode()
    write(table, text + text.splitlines()[1].replace(",train", ",test"))
    said = message("mimic_cxr", tmp_path)
    assert "2 rows have the same image and say different things" in said


def test_paths_of_another_form_are_told(tmp_path: Path):
    BUILDERS["chexpert"](tmp_path)
    changed(tmp_path / "CheXpert-v1.0-small" / "train.csv", "patient90003/", "somebody/")
    said = message("chexpert", tmp_path)
    assert "1 of 7 rows do not tell the file, the patient and the study" in said


@pytest.mark.parametrize("damage", ["cut", "empty", "header"])
def test_a_damaged_or_empty_table_is_told(tmp_path: Path, damage: str):
    BUILDERS["padchest"](tmp_path)
    table = next(tmp_path.glob("*.csv.gz"))
    header = gzip.decompress(table.read_bytes()).splitlines()[0]
    table.write_bytes(
        {"cut": table.read_bytes()[:300], "empty": b"", "header": gzip.compress(header)}[damage]
    )
    said = message("padchest", tmp_path)
    assert table.name in said
    assert ("holds no row" in said) == (damage == "header")
