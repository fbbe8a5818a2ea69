"""The time of a typed index of headers, against pydicom and dicomsdl."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest

from medtune.dicom import headers
from medtune.dicom.film import film_of
from medtune.dicom.header import header_of
from medtune.dicom.opening import open_dataset
from medtune.dicom.wanted import TOLD

BEFORE_PIXELS = 0x7FE00000


def typed(paths: list[str]) -> list[headers.Header | None]:
    """Facts and identity of every file, in their types."""
    return [
        found
        for start in range(0, len(paths), headers.MOST)
        for found in headers.headers_of(paths[start : start + headers.MOST])
    ]


@pytest.mark.bench
def test_a_typed_index_takes_a_fraction_of_reading_headers(
    request: pytest.FixtureRequest, ratio, peer
):
    sdl = peer("dicomsdl")
    files: list[Path] = request.getfixturevalue("headers")
    paths = [str(path) for path in files]
    ours = typed(paths)
    for path, found in zip(files, ours, strict=True):
        assert found == header_of(film_of(open_dataset(path, pixels=False)[0]))

    def by_pydicom() -> None:
        for path in paths:
            pydicom.dcmread(path, specific_tags=list(TOLD), stop_before_pixels=True)

    def by_dicomsdl() -> None:
        for path in paths:
            dataset = sdl.open(path, load_until=BEFORE_PIXELS)
            for keyword in TOLD:
                dataset[keyword]

    ratio(
        "index",
        f"typed facts of {len(paths)} headers of 127 elements, one process",
        {"medtune": lambda: typed(paths), "pydicom": by_pydicom, "dicomsdl": by_dicomsdl},
        {"pydicom": 0.10, "dicomsdl": 0.35},
        packages=("pydicom", "dicomsdl", "numpy"),
    )
