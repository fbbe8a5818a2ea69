"""Simulated films for measuring: full headers, and large pictures in every kind of compression."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from medtune.films.store import Decoded
from medtune.phantom.films import stored_values
from medtune.phantom.hospitals import NORTH
from medtune.phantom.roster import studies_of
from medtune.vision.samples import Change, Films

ELEMENTS = 127  # of a header, sequences counted as one, the pixel data too
PRIVATE_BYTES = 24_576  # in one header of five
ROWS, COLUMNS = 2500, 2048
DX, CR = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1"
MAKERS = (("Simulated One", "A 1"), ("Simulated One", "A 2"), ("Simulated Two", "B"))
NOISE = 12  # standard deviation, of 4096 stored values
JPEG = "1.2.840.10008.1.2.4."


def write_headers(
    folder: Path, count: int, *, rows: int = 512, columns: int = 512, seed: int = 0
) -> list[Path]:
    """Write films whose headers are as full as genuine ones; half are implicit.

    The pixels are a hole in the file: all zero, and on most disks no blocks.
    """
    paths = []
    for number in range(count):
        path = folder / f"{number % 20:02d}" / f"IM{number:05d}"
        path.parent.mkdir(exist_ok=True)
        dataset = header(np.random.default_rng((seed, number)), number, rows, columns)
        implicit = dataset.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
        dataset.save_as(path, enforce_file_format=True)
        length = 2 * rows * columns
        form = struct.pack("<HHI", 0x7FE0, 0x0010, length)
        if not implicit:
            form = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, length)
        with path.open("r+b") as file:
            file.seek(0, 2)
            file.write(form)
            file.truncate(file.tell() + length)
        paths.append(path)
    return paths


def header(rng: np.random.Generator, number: int, rows: int, columns: int) -> Dataset:
    """A header without its pixel data: so many elements less one."""
    digital = rng.random() < 0.6
    maker, model = MAKERS[rng.integers(len(MAKERS))]
    uid = f"2.25.{int(rng.integers(1 << 60))}{number}"
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = (
        ExplicitVRLittleEndian if number % 2 else ImplicitVRLittleEndian
    )
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = DX if digital else CR
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"{uid}.1"
    day, clock = (
        f"20{rng.integers(10, 25)}{rng.integers(1, 13):02d}17",
        f"{rng.integers(8, 20):02d}3015",
    )
    for kind in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{kind}Date", day)
        setattr(dataset, f"{kind}Time", clock)
    tags: dict[str, Any] = {
        "SpecificCharacterSet": "ISO_IR 100",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "AccessionNumber": f"A{number:07d}",
        "Modality": "DX" if digital else "CR",
        "Manufacturer": maker,
        "ManufacturerModelName": model,
        "InstitutionName": "Simulated Hospital",
        "StationName": "ROOM1",
        "StudyDescription": "CHEST",
        "SeriesDescription": "CHEST PA",
        "PatientName": f"SIMULATED^{number:05d}",
        "PatientID": f"P{number // 2:06d}",
        "PatientBirthDate": f"19{rng.integers(30, 99)}0{rng.integers(1, 10)}11",
        "PatientSex": "FM"[rng.integers(2)],
        "PatientAge": f"{rng.integers(18, 95):03d}Y",
        "BodyPartExamined": "CHEST",
        "KVP": f"{rng.integers(60, 125)}",
        "DistanceSourceToDetector": "1800",
        "ImagerPixelSpacing": [0.148, 0.148],
        "ExposureIndex": f"{rng.uniform(100, 900):.1f}",
        "ViewPosition": ("PA", "AP", "LL")[rng.integers(3)],
        "StudyInstanceUID": f"{uid}.2",
        "SeriesInstanceUID": f"{uid}.3",
        "SeriesNumber": "1",
        "InstanceNumber": f"{number}",
        "PatientOrientation": ["L", "F"],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": ("MONOCHROME1", "MONOCHROME2")[rng.integers(2)],
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "BurnedInAnnotation": "NO",
        "WindowCenter": ["2048", "1800"],
        "WindowWidth": ["3000", "2000"],
        "WindowCenterWidthExplanation": ["NORMAL", "HARD"],
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "RescaleType": "US",
        "LossyImageCompression": "00",
    }
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    if digital:
        dataset.PresentationIntentType = "FOR PRESENTATION"
        dataset.ImageLaterality, dataset.PresentationLUTShape = "U", "IDENTITY"
    dataset.AnatomicRegionSequence = Sequence([coded("51185008", "SCT", "Chest")])
    dataset.ProcedureCodeSequence = Sequence(
        [coded(f"CH{place}", "99SIM", "Chest, two views") for place in range(3)]
    )
    dataset.RequestAttributesSequence = Sequence([request(number)])
    if rng.random() < 0.2:
        block = dataset.private_block(0x0029, "SIMULATED VENDOR OB", create=True)
        block.add_new(0x10, "OB", rng.bytes(PRIVATE_BYTES))
    _fill(dataset, rng)
    return dataset


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    """An item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def request(number: int) -> Dataset:
    """An item with a sequence inside."""
    item = Dataset()
    item.RequestedProcedureID = f"R{number}"
    item.ScheduledProtocolCodeSequence = Sequence([coded("CHEST", "99SIM", "Chest")])
    return item


def _fill(dataset: Dataset, rng: np.random.Generator) -> None:
    """Private elements of several kinds, until the header is full."""
    group = 0x0019
    while len(dataset) < ELEMENTS - 1:
        block = dataset.private_block(group, f"SIMULATED VENDOR {group:04X}", create=True)
        for element in range(0x10, 0x28):
            if len(dataset) < ELEMENTS - 1:
                kind = ("LO", "DS", "US", "UI")[element % 4]
                number = int(rng.integers(1, 9999))
                content = {"US": number, "UI": f"2.25.{number}"}.get(kind, f"{number}")
                block.add_new(element, kind, content)
        group += 2


def film(rows: int = ROWS, columns: int = COLUMNS) -> NDArray[np.uint16]:
    """A simulated chest film of 12 bits, MONOCHROME1, with the noise of a detector.

    It is drawn at half its size, as a thorax has no finer detail, and gets its noise at full size.
    """
    size = max(rows, columns)
    study = next(iter(studies_of(NORTH, 5, 1)))
    drawn, _ = stored_values(NORTH, 5, study, 1, (size + 1) // 2)
    top, left = (size - rows) // 2, (size - columns) // 2
    large = cv2.resize(drawn.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    large = large[top : top + rows, left : left + columns]
    noise = np.random.default_rng(5).standard_normal(large.shape, np.float32) * NOISE
    return (4095 - np.clip(np.rint(large + noise), 0, 4095)).astype(np.uint16)


Encode = Callable[[NDArray[Any]], bytes]

# name to transfer syntax and encoder; None where pydicom writes it
KINDS: dict[str, tuple[str, Encode | None]] = {
    "native": (str(ExplicitVRLittleEndian), None),
    "rle": (str(RLELossless), None),
    "jpeg_lossless": (
        f"{JPEG}70",
        lambda cells: imagecodecs.jpeg8_encode(cells, lossless=True, predictor=1, bitspersample=12),
    ),
    "jpeg_ls": (f"{JPEG}80", imagecodecs.jpegls_encode),
    "jpeg_2000": (
        f"{JPEG}90",
        lambda cells: imagecodecs.jpeg2k_encode(
            cells, reversible=True, codecformat="j2k", bitspersample=12
        ),
    ),
    "jpeg_8bit": (f"{JPEG}50", lambda cells: imagecodecs.jpeg8_encode(cells, level=95)),
}


def write_pictures(folder: Path, rows: int = ROWS, columns: int = COLUMNS) -> dict[str, Path]:
    """Write one film in every kind of compression; all but ``jpeg_8bit`` hold the same values."""
    cells = film(rows, columns)
    paths = {}
    for kind in KINDS:
        paths[kind] = folder / f"{kind}.dcm"
        held = (cells >> 4).astype(np.uint8) if kind == "jpeg_8bit" else cells
        picture(held, kind).save_as(paths[kind], enforce_file_format=True)
    return paths


def picture(cells: NDArray[Any], kind: str) -> Dataset:
    """One film, compressed or not, with a LINEAR window of the whole range."""
    syntax, encode = KINDS[kind]
    bits = 8 if cells.dtype == np.uint8 else 12
    rng = np.random.default_rng(1)
    dataset = header(rng, 1, *cells.shape)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.PhotometricInterpretation = "MONOCHROME1"
    for keyword in ("PresentationLUTShape", "WindowCenterWidthExplanation"):
        if keyword in dataset:
            delattr(dataset, keyword)
    dataset.BitsAllocated, dataset.BitsStored = 8 * cells.itemsize, bits
    dataset.HighBit = bits - 1
    dataset.WindowCenter, dataset.WindowWidth = 1 << (bits - 1), 1 << bits
    if encode is None:
        dataset.PixelData = cells.tobytes()
    else:
        dataset.PixelData = encapsulate([bytes(encode(cells))])
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset["PixelData"].is_undefined_length = True
    dataset["PixelData"].VR = "OW" if encode is None else "OB"
    if syntax == RLELossless:
        dataset.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    return dataset


def write_store(folder: Path, films: int, size: int) -> Decoded:
    """A store's array on disk, with smooth pictures and noise; no film is behind it."""
    path = folder / "pixels.npy"
    rng = np.random.default_rng(0)
    array = np.lib.format.open_memmap(path, "w+", np.uint16, (films, size, size))
    ramp = np.linspace(0, 60_000, size)[:, None]
    for row in range(films):
        array[row] = ramp + rng.integers(0, 5000, (size, size))
    array.flush()
    names = pd.Index([f"case{row:04d}" for row in range(films)], name="case_id")
    return Decoded(np.load(path, mmap_mode="r"), pd.DataFrame({"row": np.arange(films)}, names))


def films_of(decoded: Decoded, change: Change | None = None) -> Films:
    """All films of such a store; every second one has the finding."""
    cases = pd.DataFrame({"case_id": decoded.rows.index})
    targets = (np.arange(len(cases)) % 2).astype(np.float32)[:, None]
    return Films(decoded, cases, targets, np.ones_like(targets, bool), change)
