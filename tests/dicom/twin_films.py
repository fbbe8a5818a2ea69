"""The films of the twins: each holds the levels of one picture in its own way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.sequence import Sequence

from tests.dicom.conftest import lut, make

Levels = NDArray[np.uint8]
Cells = NDArray[Any]

BIG = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4."


def linear(low: float, high: float) -> dict[str, Any]:
    """The LINEAR window that shows low as 0 and high as 1 (C.11.2.1.2.1)."""
    return {"WindowCenter": (low + high) / 2 + 0.5, "WindowWidth": high - low + 1}


def tens(levels: Levels) -> Cells:
    """Twelve bits, 400 to 2950; the window is ``linear(400, 2950)``."""
    return (400 + 10 * levels.astype(np.int32)).astype(np.uint16)


def whole(levels: Levels, bits: int) -> Cells:
    """The nearest value of the full range of so many bits."""
    return np.rint(levels * (((1 << bits) - 1) / 255)).astype(np.uint16)


def curved(levels: Levels) -> Cells:
    """Twelve bits along a curve, which a table straightens."""
    return np.rint(4095 * np.sqrt(levels / 255)).astype(np.uint16)


def table(bits: int, first: int = 0, length: int = 4096) -> Cells:
    """Entries that turn ``curved`` values, from ``first`` on, into levels of so many bits."""
    known = curved(np.arange(256, dtype=np.uint8))
    entries = np.interp(np.arange(first, first + length), known, np.arange(256))
    return np.rint(entries * (((1 << bits) - 1) / 255)).astype(np.uint16)


def packed(item: Dataset, entries: Cells) -> Dataset:
    """The table with two entries of 8 bits in a word."""
    item.LUTData = entries.astype(np.uint8).tobytes()
    return item


def film(pixels: Cells | bytes, **tags: Any) -> Dataset:
    """A DX film as a machine would write it."""
    if isinstance(pixels, bytes):
        tags = {"Rows": 127, "Columns": 111, **tags}
    header = {
        "PatientName": "SIMULATED^TWIN",
        "PatientID": "TWIN",
        "StudyInstanceUID": "2.25.11",
        "SeriesInstanceUID": "2.25.12",
        "ImageType": ["ORIGINAL", "PRIMARY"],
        "PresentationIntentType": "FOR PRESENTATION",
        "ImagerPixelSpacing": [3.2, 3.2],
        "BodyPartExamined": "CHEST",
    }
    return make(pixels, **header, **tags)


def twelve(pixels: Cells | bytes, **tags: Any) -> Dataset:
    """A film of ``tens`` with its window."""
    return film(pixels, **{"BitsStored": 12, **linear(400, 2950), **tags})


def bare_syntax(levels: Levels, syntax: str) -> Dataset:
    """A film of ``tens`` that is not compressed."""
    return twelve(tens(levels).astype(">u2" if syntax == BIG else "<u2"), syntax=syntax)


def negative(stored: Cells, **tags: Any) -> Dataset:
    """A MONOCHROME1 film of 12 bits: values and window mirrored."""
    window = linear(4095 - 2950, 4095 - 400)
    return twelve(4095 - stored, PhotometricInterpretation="MONOCHROME1", **{**window, **tags})


def padded(levels: Levels, photometric: str, value: int, **tags: Any) -> Dataset:
    """The frame is padding: black, whatever its value would have been shown as."""
    inverted = photometric == "MONOCHROME1"
    dataset = negative(tens(levels)) if inverted else twelve(tens(levels))
    stored = np.frombuffer(dataset.PixelData, np.uint16, levels.size).reshape(levels.shape).copy()
    edge = frame_of(levels)
    stored[edge] = value if "PixelPaddingRangeLimit" not in tags else ramp_of(edge, value)
    dataset.PixelData = stored.tobytes()
    for keyword, content in {"PixelPaddingValue": value, **tags}.items():
        setattr(dataset, keyword, content)
    return dataset


def frame_of(levels: Levels) -> NDArray[np.bool_]:
    """The black frame."""
    edge = np.ones(levels.shape, bool)
    edge[3:-3, 3:-3] = False
    return edge


def ramp_of(edge: NDArray[np.bool_], first: int) -> Cells:
    """Padding that varies: 50 values upwards."""
    return (first + np.arange(edge.sum()) % 50).astype(np.uint16)


def signed_padding(levels: Levels) -> Dataset:
    """Signed pixels with padding below zero, which an unsigned tag gives as 63536."""
    stored = tens(levels).astype(np.int16)
    stored[frame_of(levels)] = -2000
    dataset = film(stored, PhotometricInterpretation="MONOCHROME1", **linear(400, 2950))
    inside = ~frame_of(levels)
    stored[inside] = 3350 - stored[inside]  # mirrored about the middle of the window
    dataset.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    return dataset


def cut_off(levels: Levels) -> Dataset:
    """Black and white lie far outside of the window, as collimation and direct beam do."""
    stored = tens(levels)
    stored[levels == 0], stored[levels == 255] = 3, 4000
    return twelve(stored)


def sigmoid(levels: Levels) -> Dataset:
    """Stored values at which the sigmoid passes the levels (C.11.2.1.3.1)."""
    center, width = 32768, 12000
    grey = np.clip(levels / 255, 1e-4, 1 - 1e-4)
    stored = np.rint(center + width / 4 * np.log(grey / (1 - grey))).astype(np.uint16)
    window = {"WindowCenter": center, "WindowWidth": width, "VOILUTFunction": "SIGMOID"}
    return film(stored, **window)


def half_sigmoid(levels: Levels) -> Dataset:
    """The window counts in units, not in stored values."""
    dataset = sigmoid(levels)
    dataset.RescaleSlope, dataset.RescaleIntercept = 0.5, -1000
    dataset.WindowCenter, dataset.WindowWidth = 32768 / 2 - 1000, 6000
    return dataset


def by_lut(levels: Levels, bits: int, **tags: Any) -> Dataset:
    """A VOI LUT of so many bits."""
    return film(curved(levels), BitsStored=12, VOILUTSequence=[lut(0, bits, table(bits))], **tags)


def packed_lut(levels: Levels) -> Dataset:
    """A VOI LUT of 8 bits, two entries a word."""
    item = packed(lut(0, 8, table(8)), table(8))
    return film(curved(levels), BitsStored=12, VOILUTSequence=[item])


def late_lut(levels: Levels) -> Dataset:
    """A VOI LUT whose first entry is for 500; below it the frame lies."""
    stored = (500 + curved(levels) // 2 * 2).astype(np.uint16)
    stored[levels == 0] = 100
    known = 500 + curved(np.arange(256, dtype=np.uint8)) // 2 * 2
    entries = np.rint(np.interp(np.arange(500, 4596), known, np.arange(256)) * 257)
    return film(stored, BitsStored=13, VOILUTSequence=[lut(500, 16, entries)])


def signed_lut(levels: Levels) -> Dataset:
    """A VOI LUT that begins below zero."""
    stored = curved(levels).astype(np.int16) - 2048
    return film(stored, BitsStored=12, VOILUTSequence=[lut(-2048, 16, table(16))])


def by_modality_lut(levels: Levels, bits: int, **tags: Any) -> Dataset:
    """A Modality LUT of so many bits."""
    item = lut(0, bits, table(bits))
    item.ModalityLUTType = "US"
    return film(curved(levels), BitsStored=12, ModalityLUTSequence=[item], **tags)


def low_cells(levels: Levels) -> Dataset:
    """Signed values of 12 bits with nothing in the four bits above them."""
    values = tens(levels).astype(np.int32) - 2048
    stored = (values & 0xFFF).astype(np.uint16)
    return twelve(stored, PixelRepresentation=1, **linear(400 - 2048, 2950 - 2048))


def signed12(levels: Levels, **tags: Any) -> Dataset:
    """Signed values of 12 bits."""
    stored = (tens(levels).astype(np.int32) - 2048).astype(np.int16)
    return twelve(stored, **linear(400 - 2048, 2950 - 2048), **tags)


def dirty(levels: Levels) -> Dataset:
    """Remains of something else in the four unused bits."""
    remains = np.random.default_rng(0).integers(0, 16, levels.shape).astype(np.uint16) << 12
    return twelve(tens(levels) | remains)


def overlay(levels: Levels) -> Dataset:
    """An overlay plane in the highest bit, as old consoles embedded it (C.9.2)."""
    stored = tens(levels)
    stored[20:60, 40:44] |= 0x8000
    dataset = twelve(stored)
    rows, columns = levels.shape
    for element, vr, value in (
        *((0x10, "US", rows), (0x11, "US", columns), (0x40, "CS", "G"), (0x50, "SS", [1, 1])),
        *((0x100, "US", 16), (0x102, "US", 15)),
    ):
        dataset.add_new(0x60000000 | element, vr, value)
    return dataset


def swapped(levels: Levels) -> Dataset:
    """Cells of 8 bits in big-endian words (PS3.5 8.2, annex A.3)."""
    raw = levels.tobytes() + b"\0"
    dataset = film(levels, syntax=BIG)
    dataset.PixelData = np.frombuffer(raw, "<u2").astype(">u2").tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def cluttered(levels: Levels) -> Dataset:
    """Private blocks, nested sequences and a second Rows inside of them."""
    dataset = twelve(tens(levels))
    block = dataset.private_block(0x0029, "SIMULATED VENDOR", create=True)
    block.add_new(0x10, "OB", bytes(range(256)) * 100)
    block.add_new(0x11, "LO", "nothing of interest")
    inner = Dataset()
    inner.Rows, inner.Columns, inner.PhotometricInterpretation = 9, 9, "MONOCHROME1"
    inner.WindowCenter, inner.WindowWidth = 1, 2
    inner.IconImageSequence = Sequence([make(np.arange(81, dtype=np.uint8).reshape(9, 9))])
    for item in inner.IconImageSequence:
        del item.file_meta
    dataset.IconImageSequence = Sequence([inner])
    dataset["IconImageSequence"].is_undefined_length = True
    return dataset


def compressed(levels: Levels, syntax: str, encode: Callable[[Cells], bytes]) -> Dataset:
    """A film of ``tens`` in one fragment."""
    return twelve(encode(tens(levels)), syntax=syntax)


def compressed8(levels: Levels, syntax: str, encode: Callable[[Cells], bytes]) -> Dataset:
    """A film of 8 bits in one fragment."""
    return film(encode(levels), BitsAllocated=8, BitsStored=8, HighBit=7, syntax=syntax)


def in_fragments(levels: Levels, syntax: str, encode: Callable[[Cells], bytes]) -> Dataset:
    """One frame in three fragments, without an offset table."""
    dataset = compressed(levels, syntax, encode)
    dataset.PixelData = encapsulate([encode(tens(levels))], fragments_per_frame=3, has_bot=False)
    return dataset


def with_extended_offsets(levels: Levels) -> Dataset:
    """The extended offset table of PS3.3 C.7.6.3.1.8."""
    dataset = compressed(levels, f"{JPEG}90", jpeg_2000)
    values = encapsulate_extended([jpeg_2000(tens(levels))])
    dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = values
    return dataset


def by_pydicom(dataset: Dataset, syntax: str, plugin: str) -> Dataset:
    """Compressed by pydicom or one of its plugins."""
    dataset.compress(syntax, encoding_plugin=plugin, generate_instance_uid=False)
    return dataset


def signed_jpeg_2000(levels: Levels) -> Dataset:
    """A codestream that knows the sign."""
    stored = (tens(levels).astype(np.int32) - 2048).astype(np.int16)
    window = linear(400 - 2048, 2950 - 2048)
    return twelve(jpeg_2000(stored), PixelRepresentation=1, syntax=f"{JPEG}90", **window)


def negative_jpeg_2000(levels: Levels) -> Dataset:
    """A negative, compressed."""
    window = linear(4095 - 2950, 4095 - 400)
    frame = jpeg_2000(4095 - tens(levels))
    return twelve(frame, PhotometricInterpretation="MONOCHROME1", syntax=f"{JPEG}90", **window)


def unsigned_jpeg_ls(levels: Levels) -> Dataset:
    """Signed values in a codestream that knows no sign (pydicom issue 2009)."""
    cells = ((tens(levels).astype(np.int32) - 2048) & 0xFFF).astype(np.uint16)
    window = linear(400 - 2048, 2950 - 2048)
    return twelve(jpeg_ls(cells), PixelRepresentation=1, syntax=f"{JPEG}80", **window)


def lossless_jpeg(stored: Cells, predictor: int = 1) -> bytes:
    """JPEG process 14."""
    bits = 8 if stored.dtype == np.uint8 else 12
    return imagecodecs.jpeg8_encode(
        stored, lossless=True, predictor=predictor, bitspersample=bits
    )  # fmt: skip


def jpeg_2000(stored: Cells, wrapped: bool = False) -> bytes:
    """JPEG 2000 of 12 bits, reversible; ``wrapped`` in the file format that DICOM leaves out."""
    return imagecodecs.jpeg2k_encode(
        stored, reversible=True, codecformat="jp2" if wrapped else "j2k", bitspersample=12
    )


jpeg_ls = imagecodecs.jpegls_encode
htj2k = partial(imagecodecs.htj2k_encode, reversible=True)
