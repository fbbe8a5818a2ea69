from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hatchling.builders.wheel import WheelBuilder

from medtune.films.sources import describe, read_source, source_names, vocabulary

from .conftest import Miniature
from .miniatures import BUILDERS

ROOT = Path(__file__).parents[3]
Make = Callable[[str], Miniature]
Show = Callable[[pd.DataFrame], pd.DataFrame]
FACTS = {
    **dict.fromkeys(("file", "patient_id", "study_uid", "view", "sex"), "string"),
    "age": "Float64",
    "date": "string",
    "portable": "boolean",
    **dict.fromkeys(("modality", "body_part", "official_split"), "string"),
}

each = pytest.mark.parametrize("name", source_names())


def test_every_source_has_a_miniature():
    assert tuple(sorted(BUILDERS)) == source_names()


@each
def test_a_set_is_read_as_it_is_published(miniature: Make, shown: Show, name: str):
    made = miniature(name)
    found = shown(made.published.images)
    assert sorted(found.index) == sorted(made.expected.index)
    pd.testing.assert_frame_equal(
        found.loc[made.expected.index, made.expected.columns],
        made.expected,
        check_dtype=False,
        check_index_type=False,
    )


@each
def test_all_columns_are_there_in_their_types(miniature: Make, name: str):
    published = miniature(name).published
    images = published.images
    assert list(images.columns) == [*FACTS, *published.findings]
    assert {column: str(images[column].dtype) for column in FACTS} == FACTS
    assert {str(images[finding].dtype) for finding in published.findings} == {"Float64"}
    assert images[list(published.findings)].stack().dropna().isin([1, 0, -1]).all()
    assert images["file"].is_unique
    assert images[["file", "patient_id", "study_uid", "body_part"]].notna().all().all()
    assert images.groupby("study_uid")["patient_id"].nunique().max() == 1
    assert images["official_split"].dropna().isin(["train", "tune", "test"]).all()
    assert list(images.index) == list(range(len(images)))


@each
def test_a_file_lies_where_its_row_says_or_is_the_only_one_of_its_name(miniature: Make, name: str):
    made = miniature(name)
    for file in made.published.images["file"]:
        if "/" in file:
            assert (made.folder / file).is_file()
        else:
            assert len(list(made.folder.rglob(file))) == 1


@each
def test_the_folder_around_a_set_serves_as_well(miniature: Make, tmp_path: Path, name: str):
    made = miniature(name)
    (tmp_path / "set").symlink_to(_home(made), target_is_directory=True)
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "readme.txt").write_text("other things lie here too")
    around, inside = read_source(name, tmp_path), read_source(name, tmp_path / "set")
    pd.testing.assert_frame_equal(
        around.images.drop(columns="file"), made.published.images.drop(columns="file")
    )
    told = ["set/" + file if "/" in file else file for file in inside.images["file"]]
    assert list(around.images["file"]) == told


def _home(made: Miniature) -> Path:
    """The innermost folder that holds the set."""
    inner = [child for child in made.folder.iterdir() if child.is_dir()]
    return inner[0] if len(list(made.folder.iterdir())) == 1 else made.folder


@each
def test_a_set_describes_itself(miniature: Make, name: str):
    published = miniature(name).published
    text = "\n".join(describe(name))
    assert published.title in text
    assert published.licence in text
    assert all(note in text for note in published.notes if "no text" not in note)
    assert list(published.mapping.columns) == ["theirs", "finding", "meaning"]
    for theirs, finding, meaning in published.mapping.itertuples(index=False):
        column, _, word = theirs.partition(" = ")
        assert any(
            f"  {column}: {finding} (" in line and f"{word} {meaning}".strip() in line
            for line in describe(name)
        )
    assert set(published.findings) == set(published.mapping["finding"]) - {"(all)"}
    assert set(published.findings) <= set(vocabulary())


def test_every_finding_is_defined_in_one_sentence():
    for finding, definition in vocabulary().items():
        assert finding.replace("_", "").isalpha()
        assert finding.islower()
        assert definition.endswith(".")
        assert ". " not in definition


def test_all_descriptions_are_in_the_wheel():
    included = {Path(file.path).name for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    assert {f"{name}.yaml" for name in (*source_names(), "vocabulary")} <= included


def test_reading_a_set_needs_no_torch():
    code = "import sys, medtune.films.sources; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
