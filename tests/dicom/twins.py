"""One radiograph written in many ways: every file shows the same picture.

The picture has 256 levels, k / 255, so that even a file of 8 bits holds it exactly. Every twin is
right by the standard (whoever follows PS3.3 C.11 sees k / 255), or is of a kind that machines and
archives are known to write and of which only one reading makes sense.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import JPEGLSLossless, RLELossless

from medtune.phantom.films import stored_values
from medtune.phantom.hospitals import NORTH
from medtune.phantom.roster import studies_of
from tests.dicom.twin_films import (
    BIG,
    JPEG,
    Levels,
    bare_syntax,
    by_lut,
    by_modality_lut,
    by_pydicom,
    cluttered,
    compressed,
    compressed8,
    cut_off,
    dirty,
    film,
    half_sigmoid,
    htj2k,
    in_fragments,
    jpeg_2000,
    jpeg_ls,
    late_lut,
    linear,
    lossless_jpeg,
    low_cells,
    negative,
    negative_jpeg_2000,
    overlay,
    packed_lut,
    padded,
    sigmoid,
    signed12,
    signed_jpeg_2000,
    signed_lut,
    signed_padding,
    swapped,
    tens,
    twelve,
    unsigned_jpeg_ls,
    whole,
    with_extended_offsets,
)

TOLERANCE = 1 / 4096  # of the range
IMPLICIT, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"
BARE = ("no preamble, explicit", "no preamble, implicit")


def picture() -> Levels:
    """A simulated thorax, 127 x 111, in a black frame as collimators leave it."""
    stored, _ = stored_values(NORTH, 3, next(iter(studies_of(NORTH, 3, 1))), 1, 128)
    levels = np.rint(stored[:127, 8:119] * (255 / 4095)).astype(np.uint8)
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
    "LINEAR window that cuts off both ends": cut_off,
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
    "VOI LUT of 8 bits, one a word": lambda k: by_lut(k, 8),
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
