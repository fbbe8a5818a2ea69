"""Writes what public sets are made of: tables, tiny pictures, tiny DICOM films."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

SIZE = 24  # pixels a side
DX = "1.2.840.10008.5.1.4.1.1.1.1"


def write(path: Path, text: str) -> None:
    """Write a table, packed where its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.strip("\n").encode() + b"\n"
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)


def draw(folder: Path, names: Iterable[str], dtype: type[np.unsignedinteger] = np.uint8) -> None:
    """Write pictures, .png or .jpeg by their names; each name gives other pixels."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), _pixels(name, dtype))


def film(folder: Path, name: str, **tags: str) -> None:
    """Write a DICOM film."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = DX
    uid = f"2.25.{zlib.crc32(name.encode())}"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid
    dataset.StudyInstanceUID = dataset.SeriesInstanceUID = uid + ".1"
    dataset.Modality, dataset.PhotometricInterpretation = "DX", "MONOCHROME2"
    dataset.PresentationIntentType, dataset.BodyPartExamined = "FOR PRESENTATION", "CHEST"
    dataset.Rows = dataset.Columns = SIZE
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = _pixels(name, np.uint8).tobytes()
    dataset["PixelData"].VR = "OB"
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)


def _pixels(name: str, dtype: type[np.unsignedinteger]) -> np.ndarray:
    made = np.random.default_rng(zlib.crc32(name.encode())).integers(
        0, np.iinfo(dtype).max, (SIZE // 4, SIZE // 4), dtype=dtype
    )
    return np.kron(made, np.ones((4, 4), dtype))
