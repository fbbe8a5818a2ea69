from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydicom import dcmread

from medtune.dicom import Pseudonyms, find_xrays
from medtune.films.copies import Fate, Job, make_copies
from medtune.films.index import index_films
from medtune.films.locations import known_by
from medtune.films.quarantine import HIDDEN, PRINTED, has_picture
from tests.dicom.conftest import make

GREY = np.arange(4096, dtype=np.uint16).reshape(64, 64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Films that say less and less of themselves."""
    home = tmp_path / "films"
    home.mkdir()
    names = {
        "whole": {"SOPInstanceUID": "1.2.1", "StudyInstanceUID": "1.2.9", "PatientID": "P1"},
        "nobody": {"SOPInstanceUID": "1.2.2", "StudyInstanceUID": "1.2.9"},
        "no study": {"SOPInstanceUID": "1.2.3", "AccessionNumber": "A1"},
        "nothing": {"SOPInstanceUID": None},
        "issued": {"SOPInstanceUID": "1.2.4", "PatientID": "P1", "IssuerOfPatientID": "Other"},
    }
    for name, tags in names.items():
        make(GREY, BitsStored=12, **tags).save_as(home / name, enforce_file_format=True)
    return home


def work(folder: Path, tmp_path: Path, **options) -> tuple[list[Fate], pd.DataFrame, Job]:
    private = tmp_path / "private"
    job = Job(
        **{
            "out": tmp_path / "out",
            "private": private,
            "site": "site",
            "pseudonyms": Pseudonyms.load_or_create(private),
            "seen": {},
            "passed": frozenset(),
            "released": frozenset(),
        }
        | options
    )
    index = index_films(folder, private, "site")
    where = index.locations[["path", "member", "file"]]
    films = index.films[["case_id", "group_id", "study_id"]].join(where)
    return [fate for chunk in make_copies(films, job) for fate in chunk], films, job


def test_films_have_the_names_that_the_index_gives_them(folder, tmp_path):
    fates, films, job = work(folder, tmp_path)
    assert {fate.word for fate in fates} == {"written"}
    by_path = films.set_index("path")
    for found in find_xrays(folder):
        assert found.header is not None
        row = by_path.loc[str(found.path)]
        names = job.pseudonyms.names(found.header.identity, "site", known_by(row["file"], ""))
        assert (names.case, names.group, names.study) == tuple(row)[:3]
        copy = dcmread(job.out / names.group / names.study / f"{names.case}.dcm")
        assert copy.PatientID == names.group
    assert films["group_id"].nunique() == 5


def test_what_was_seen_before_is_not_looked_for_again(folder, tmp_path):
    """Pixels do not change; but without a picture for the person the film is looked at again."""
    _, films, _ = work(folder, tmp_path)
    case_id = films["case_id"][0]
    fates, _, _ = work(folder, tmp_path, seen={case_id: PRINTED})
    (fate,) = [fate for fate in fates if fate.case_id == case_id]
    assert fate.word == "written", "looked at again, and nothing was seen"
    (tmp_path / "private" / "quarantine").mkdir()
    (tmp_path / "private" / "quarantine" / f"{case_id}.jpg").touch()
    fates, _, job = work(folder, tmp_path, seen={case_id: PRINTED})
    (fate,) = [fate for fate in fates if fate.case_id == case_id]
    assert (fate.word, fate.reason) == ("kept_back", PRINTED)
    assert not list(job.out.rglob(f"{case_id}.dcm")), "the copy is withdrawn"


def test_a_film_with_an_overlay_of_old_is_kept_back(folder, tmp_path):
    hidden = GREY.copy()
    hidden[5:9, 5:30] |= 1 << 13
    dataset = make(hidden, BitsStored=12, SOPInstanceUID="1.2.7")
    dataset.save_as(folder / "old", enforce_file_format=True)
    fates, _, job = work(folder, tmp_path)
    (fate,) = [fate for fate in fates if fate.word == "kept_back"]
    assert fate.reason == HIDDEN
    assert has_picture(job.private, fate.case_id)
