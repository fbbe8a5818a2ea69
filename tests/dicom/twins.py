"""One radiograph written in many ways: every file shows the same picture.

The picture has 256 levels, k / 255, so that even a file of 8 bits holds it exactly. Every twin is
right by the standard: whoever follows PS3.3 C.11 sees k / 255 in all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.sequence import Sequence
from pydicom.uid import JPEGLSLossless, RLELossless

from medtune.phantom.films import stored_values
from medtune.phantom.hospitals import NORTH
from medtune.phantom.roster import studies_of
from tests.dicom.conftest import lut, make

Levels = NDArray[np.uint8]
Cells = NDArray[Any]

TOLERANCE = 1 / 4096  # of the range
IMPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4."
BARE = ("no preamble, explicit", "no preamble, implicit")


def picture() -> Levels:
    """A simulated thorax, 127 x 111, in a black frame as collimators leave it."""
    film, _ = stored_values(NORTH, 3, next(iter(studies_of(NORTH, 3, 1))), 1, 128)
    levels = np.rint(film[:127, 8:119] * (255 / 4095)).astype(np.uint8)
    levels[:3], levels[-3:], levels[:, :3], levels[:, -3:] = 0, 0, 0, 0
    return levels


def shown(levels: Levels) -> NDArray[np.float64]:
    """What every twin has to show, [0, 1]."""
    return levels / 255


def write_twins(folder: Path, levels: Levels) -> dict[str, Path]:
    """Write every twin; returns their paths by name."""
    paths = {}
    for place, (name, twin) in enumerate(TWINS.items()):
        paths[name] = folder / f"twin{place:02d}.dcm"
        dataset = twin(levels)
        if name in BARE:
            del dataset.file_meta
            implicit = name.endswith("implicit")
            dcmwrite(paths[name], dataset, implicit_vr=implicit, little_endian=True)
        else:
            dataset.save_as(paths[name], enforce_file_format=True)
    return paths


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
    for element, vr, value in ((0x10, "US", 127), (0x11, "US", 111), (0x40, "CS", "G"),
                               (0x50, "SS", [1, 1]), (0x100, "US", 16), (0x102, "US", 15)):  # fmt: skip
        dataset.add_new(0x60000000 + element, vr, value)
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

Twin = Callable[[Levels], Dataset]

TWINS: dict[str, Twin] = {
    # polarity
    "MONOCHROME2": lambda k: twelve(tens(k)),
    "MONOCHROME1": lambda k: negative(tens(k)),
    "MONOCHROME1, shape INVERSE": lambda k: negative(tens(k), PresentationLUTShape="INVERSE"),
    "MONOCHROME2, shape IDENTITY": lambda k: twelve(tens(k), PresentationLUTShape="IDENTITY"),
    "MONOCHROME1, no window": lambda k: film(
        65535 - whole(k, 16), PhotometricInterpretation="MONOCHROME1"
    ),
    # bits and sign
    "8 bits": lambda k: film(k),
    "8 bits, MONOCHROME1": lambda k: film(255 - k, PhotometricInterpretation="MONOCHROME1"),
    "8 bits in 16": lambda k: film(k.astype(np.uint16), BitsStored=8),
    "10 bits": lambda k: film(2 * k.astype(np.uint16) + 300, BitsStored=10, **linear(300, 810)),
    "12 bits, no window": lambda k: film(whole(k, 12), BitsStored=12),
    "14 bits": lambda k: film(40 * k.astype(np.uint16) + 99, BitsStored=14, **linear(99, 10299)),
    "16 bits, no window": lambda k: film(whole(k, 16)),
    "16 bits said, 12 used": lambda k: film(tens(k), **linear(400, 2950)),
    "signed 16 bits": lambda k: film(
        (100 * k.astype(np.int32) - 20000).astype(np.int16), **linear(-20000, 5500)
    ),
    "signed 12 bits": signed12,
    "signed 12 bits, nothing above them": low_cells,
    "signed 8 bits": lambda k: film((k.astype(np.int16) - 128).astype(np.int8)),
    "signed, MONOCHROME1": lambda k: film(
        (255 - k.astype(np.int16)) * 8 - 1500,
        PhotometricInterpretation="MONOCHROME1",
        **linear(-1500, 540),
    ),
    # windows
    "LINEAR_EXACT": lambda k: twelve(
        tens(k), WindowCenter=1675, WindowWidth=2550, VOILUTFunction="LINEAR_EXACT"
    ),
    "SIGMOID": sigmoid,
    "three windows, the first is right": lambda k: twelve(
        tens(k),
        WindowCenter=[1675.5, 900, 3000],
        WindowWidth=[2551, 200, 100],
        WindowCenterWidthExplanation=["NORMAL", "HARD", "SOFT"],
    ),
    "window written with blanks": lambda k: twelve(
        tens(k), WindowCenter=" 1675.5", WindowWidth="+2551.0 "
    ),
    # VOI LUT
    "VOI LUT of 8 bits": lambda k: by_lut(k, 8),
    "VOI LUT of 8 bits, two a word": packed_lut,
    "VOI LUT of 12 bits": lambda k: by_lut(k, 12),
    "VOI LUT of 16 bits": lambda k: by_lut(k, 16),
    "VOI LUT of 16 bits, MONOCHROME1": lambda k: by_lut(
        255 - k, 16, PhotometricInterpretation="MONOCHROME1"
    ),
    "VOI LUT from 500 on": late_lut,
    "VOI LUT from below zero": signed_lut,
    # Modality LUT and rescale
    "modality LUT of 8 bits": lambda k: by_modality_lut(k, 8),
    "modality LUT of 16 bits": lambda k: by_modality_lut(k, 16),
    "modality LUT, then window": lambda k: by_modality_lut(
        255 - k, 16, **linear(0, 65535), PhotometricInterpretation="MONOCHROME1"
    ),
    "rescale, negative intercept": lambda k: twelve(
        tens(k), RescaleSlope=1, RescaleIntercept=-1024, **linear(400 - 1024, 2950 - 1024)
    ),
    "rescale, slope below 1": lambda k: twelve(
        tens(k), RescaleSlope=0.25, RescaleIntercept=0, **linear(100, 737.5)
    ),
    "rescale, negative slope": lambda k: film(
        4095 - whole(k, 12), BitsStored=12, RescaleSlope=-1, RescaleIntercept=4095
    ),
    "rescale, no window": lambda k: film(
        whole(k, 12), BitsStored=12, RescaleSlope=0.5, RescaleIntercept=-1024
    ),
    "rescale, SIGMOID of half the width": half_sigmoid,
    # padding
    "padding": lambda k: padded(k, "MONOCHROME2", 4095),
    "padding, MONOCHROME1": lambda k: padded(k, "MONOCHROME1", 0),
    "padding of a range": lambda k: padded(k, "MONOCHROME2", 4000, PixelPaddingRangeLimit=4049),
    "padding beyond the bits stored": lambda k: padded(k, "MONOCHROME2", 65535),
    "padding, signed": signed_padding,
    # what else a cell holds
    "dirty high bits": dirty,
    "overlay in bit 15": overlay,
    "high bit 15 of 12 bits": lambda k: twelve(tens(k) << 4, HighBit=15),
    # how a file is written
    "implicit": lambda k: bare_syntax(k, IMPLICIT),
    "big endian": lambda k: bare_syntax(k, BIG),
    "big endian, 8 bits in words": swapped,
    "deflated": lambda k: bare_syntax(k, DEFLATED),
    "no preamble, explicit": lambda k: twelve(tens(k)),
    "no preamble, implicit": lambda k: twelve(tens(k)),
    "private blocks and sequences": cluttered,
    # compressed
    "RLE": lambda k: by_pydicom(twelve(tens(k)), RLELossless, "pydicom"),
    "RLE, 8 bits": lambda k: by_pydicom(film(k), RLELossless, "pydicom"),
    "RLE, signed": lambda k: by_pydicom(signed12(k), RLELossless, "pydicom"),
    "JPEG lossless": lambda k: compressed(k, f"{JPEG}57", partial(lossless_jpeg, predictor=6)),
    "JPEG lossless, first-order": lambda k: compressed(k, f"{JPEG}70", lossless_jpeg),
    "JPEG lossless, 8 bits": lambda k: compressed8(k, f"{JPEG}70", lossless_jpeg),
    "JPEG-LS": lambda k: by_pydicom(twelve(tens(k)), JPEGLSLossless, "pyjpegls"),
    "JPEG-LS, 16 bits of stream": lambda k: compressed(k, f"{JPEG}80", jpeg_ls),
    "JPEG-LS, sign left out": unsigned_jpeg_ls,
    "JPEG 2000": lambda k: compressed(k, f"{JPEG}90", jpeg_2000),
    "JPEG 2000, signed": signed_jpeg_2000,
    "JPEG 2000, wrapped": lambda k: compressed(k, f"{JPEG}90", partial(jpeg_2000, wrapped=True)),
    "JPEG 2000, three fragments": lambda k: in_fragments(k, f"{JPEG}90", jpeg_2000),
    "JPEG 2000, extended offsets": with_extended_offsets,
    "JPEG 2000, MONOCHROME1": negative_jpeg_2000,
    "HTJ2K": lambda k: compressed(k, f"{JPEG}201", htj2k),
}
