"""Genuine files of every kind: each decodes, or is refused with a word of the closed list."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pydicom.pixels import pixel_array

from medtune.dicom import REASONS, find_xrays, read_header, read_xray
from medtune.dicom.decode import Stored, stored_frame
from medtune.dicom.film import film_of
from medtune.dicom.opening import open_dataset
from medtune.errors import UnreadableFile

LOSSY = {f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 53, 55)}


def files(real_data: Path) -> list[Path]:
    return sorted((real_data / "dicom_zoo" / "files").iterdir())


def values(stored: Stored) -> np.ndarray:
    cells = stored.cells.astype(np.int64) >> stored.shift & (1 << stored.bits) - 1
    half = 1 << (stored.bits - 1)
    return (cells ^ half) - half if stored.signed else cells


def attempt(function, *args, **options):
    """What a function returns, or the refusal that it raises; anything else fails the test."""
    try:
        return function(*args, **options)
    except UnreadableFile as refusal:
        return refusal


def test_every_file_decodes_or_is_refused_with_a_reason(real_data):
    outcome: Counter[str] = Counter()
    for path in files(real_data):
        results = [attempt(read_xray, path, frame=frame) for frame in (None, 0)]
        for result in results:
            if isinstance(result, UnreadableFile):
                assert result.reason in REASONS
                assert path.stem not in str(result)
            else:
                assert result.pixels.dtype == np.float32
                assert result.pixels.ndim == 2
                assert 0 <= result.pixels.min() < result.pixels.max() <= 1
        outcome[getattr(results[-1], "reason", "read")] += 1
    assert sum(outcome.values()) == 193
    assert outcome["read"] == 147
    assert outcome["unsupported_pixels"] == 24  # masks of 1 bit, floats, 12 and 32 bits allocated
    assert outcome["undecodable"] + outcome["truncated"] == 2


def test_every_header_is_read_or_refused_and_every_file_is_told_of(real_data):
    folder = real_data / "dicom_zoo" / "files"
    found = list(find_xrays(folder, modalities=("CR", "DX", "MG", "SC")))
    there = [one for one in found if one.reason != "missing_file"]  # of a DICOMDIR without films
    assert [one.path for one in there] == files(real_data)
    for one in there:
        header = attempt(read_header, one.path)
        if isinstance(header, UnreadableFile):
            assert header.reason == one.reason
        else:
            assert one.header in (None, header)
            assert one.reason is None or one.reason in REASONS
    assert sum(one.header is not None for one in found) >= 7


def test_lossless_files_equal_pydicom_where_pydicom_decodes(real_data):
    equal = 0
    for path in files(real_data):
        try:
            dataset, _ = open_dataset(path, pixels=True)
            film = film_of(dataset)
            stored = stored_frame(film, 0)
            theirs = pixel_array(dataset, index=0, raw=True)
        except Exception:
            continue  # what either refuses is the matter of the test above
        if dataset.file_meta.TransferSyntaxUID not in LOSSY:
            np.testing.assert_array_equal(values(stored), theirs, err_msg=path.name)
            equal += 1
    assert equal >= 120


@pytest.mark.parametrize("start", ["903381fc76", "ceb52aeaac"])
def test_jpeg_extended_of_12_bits(real_data, start):
    (path,) = (real_data / "dicom_zoo" / "files").glob(f"{start}*")
    image = read_xray(path, frame=0)
    assert image.facts.transfer_syntax == "1.2.840.10008.1.2.4.51"
    assert "decoded by imagecodecs JPEG8" in image.notes
    assert image.facts.bits_stored == 12
    assert len(np.unique(image.pixels)) > 100
