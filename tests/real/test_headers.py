"""The fast way to a header on genuine files: what it says is what pydicom says."""

from __future__ import annotations

from pathlib import Path

import pytest

from medtune.dicom.film import film_of, open_film
from medtune.dicom.header import header_of
from medtune.dicom.headers import MOST, headers_of
from medtune.dicom.opening import open_dataset
from medtune.errors import UnreadableFile

# (folder, how many of its files the walk of many files reads itself)
FOLDERS = [("dicom_zoo/files", 100), ("xray/nih/images", 322), ("xray/guangzhou/images", 1876)]


@pytest.mark.parametrize(("folder", "least"), FOLDERS)
def test_one_or_many_at_a_time_say_what_pydicom_says(real_data: Path, folder: str, least: int):
    paths = sorted(path for path in (real_data / folder).rglob("*") if path.is_file())
    together = []
    for start in range(0, len(paths), MOST):
        together += headers_of([str(path) for path in paths[start : start + MOST]])
    for path, among_many in zip(paths, together, strict=True):
        try:
            dataset, has_pixels = open_dataset(path, pixels=False)
        except UnreadableFile as refusal:
            reason = refusal.reason
        else:
            reason = None
        if reason is not None:
            with pytest.raises(UnreadableFile) as refused:
                open_film(path, pixels=False)
            assert refused.value.reason == reason
            assert among_many is None
            continue
        film, theirs = open_film(path, pixels=False), header_of(film_of(dataset))
        assert header_of(film) == theirs, path.name
        assert film.has_pixels == has_pixels
        assert among_many in (None, theirs), path.name
    assert sum(header is not None for header in together) >= least
