"""The time of reading one large film against the usual way with pydicom."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_modality_lut, apply_voi_lut

from medtune.dicom import read_xray

ROWS, COLUMNS = 2500, 2048
ROUNDS = 15


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A native 12-bit MONOCHROME1 film with a window."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.SOPClassUID = pydicom.uid.ComputedRadiographyImageStorage
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    dataset.Modality = "CR"
    dataset.PhotometricInterpretation = "MONOCHROME1"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = ROWS, COLUMNS, 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.WindowCenter, dataset.WindowWidth = 2048, 3000
    cells = np.random.default_rng(0).integers(0, 4096, (ROWS, COLUMNS), np.uint16)
    dataset.PixelData = cells.tobytes()
    path = tmp_path_factory.mktemp("bench") / "film.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def usual(path: Path) -> np.ndarray:
    """pydicom's functions one after the other, and min-max to [0, 1]."""
    dataset = pydicom.dcmread(path)
    shown = apply_voi_lut(apply_modality_lut(dataset.pixel_array, dataset), dataset)
    shown = (shown - shown.min()) / (shown.max() - shown.min())
    return (1 - shown).astype(np.float32)


def median_seconds(ways: list[Callable[[], object]]) -> list[float]:
    """Each way's median over rounds in which they take turns."""
    took: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, seconds in zip(ways, took, strict=True):
            start = time.perf_counter()
            way()
            seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in took]


@pytest.mark.bench
def test_reading_takes_a_fraction_of_the_usual_way(film: Path, record_property):
    np.testing.assert_allclose(read_xray(film).pixels, usual(film), atol=1e-6)
    ours, theirs = median_seconds([lambda: read_xray(film), lambda: usual(film)])
    record_property("ratio", ours / theirs)
    print(f"\nread_xray {1000 * ours:.0f} ms, pydicom {1000 * theirs:.0f} ms: {ours / theirs:.3f}")
    assert ours / theirs < 0.35
