"""DICOM files written on the spot, one trap each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian

DX = "1.2.840.10008.5.1.4.1.1.1.1"

Write = Callable[..., Path]


def make(pixels: NDArray[Any] | bytes, **tags: Any) -> Dataset:
    """A small DX film; pixels are an array or one compressed frame; None removes a tag."""
    syntax = tags.pop("syntax", ExplicitVRLittleEndian)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = tags.get("SOPClassUID", DX)
    dataset.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    dataset.SOPClassUID, dataset.SOPInstanceUID = DX, "2.25.1"
    dataset.Modality = "DX"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    if isinstance(pixels, np.ndarray):
        dataset.Rows, dataset.Columns = pixels.shape[:2]
        dataset.BitsAllocated = 8 * pixels.dtype.itemsize
        dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
        raw = pixels.tobytes()
        dataset.PixelData = raw + b"\0" * (len(raw) % 2)
    else:
        dataset.BitsAllocated, dataset.PixelRepresentation = 16, 0
        dataset.PixelData = encapsulate([pixels])
        dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OW" if dataset.BitsAllocated == 16 else "OB"
    dataset.BitsStored = tags.get("BitsStored", dataset.BitsAllocated)
    dataset.HighBit = dataset.BitsStored - 1
    for keyword, value in tags.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a film made by ``make``; returns its path."""

    def save(pixels: NDArray[Any] | bytes, name: str = "film.dcm", **tags: Any) -> Path:
        path = tmp_path / name
        make(pixels, **tags).save_as(path, enforce_file_format=True)
        return path

    return save


@pytest.fixture
def ramp() -> NDArray[np.uint16]:
    """Every 12-bit value once, 64 x 64."""
    return np.arange(4096, dtype=np.uint16).reshape(64, 64)


def lut(first: int, bits: int, entries: NDArray[Any], explanation: str = "") -> Dataset:
    """An item of a Modality or VOI LUT Sequence."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries) % 65536, first % 65536, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    if explanation:
        item.LUTExplanation = explanation
    return item
