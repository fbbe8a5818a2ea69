"""From stored values to the machine's units: Modality LUT or rescale (PS3.3 C.11.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.dicom.lut import read_lut
from medtune.dicom.values import Tags, items, number
from medtune.errors import UnreadableFile


@dataclass(frozen=True)
class Units:
    """Values after the modality transformation.

    Attributes:
        values: float64, of the shape of the stored values.
        low, high: what the file could hold at most, not what this picture holds.
        notes: what was done.
    """

    values: NDArray[np.float64]
    low: float
    high: float
    notes: tuple[str, ...]


def to_units(
    dataset: Tags, stored: NDArray[np.float64], low: int, high: int, *, big_endian: bool
) -> Units:
    """Apply the Modality LUT, else slope and intercept.

    Args:
        dataset: the header.
        stored: stored values.
        low: least value that the bits stored can hold.
        high: the greatest.
        big_endian: order of bytes in the file.

    Raises:
        UnreadableFile: bad_lut.
    """
    tables = items(dataset, "ModalityLUTSequence")
    if tables:
        lut = read_lut(tables[0], signed_input=low < 0, big_endian=big_endian)
        if lut is None:
            raise UnreadableFile("bad_lut", "The Modality LUT is ill-formed.")
        note = f"modality LUT: {len(lut.entries)} entries"
        return Units(lut.apply(stored), 0.0, lut.top, (note, *lut.notes))
    slope, intercept = number(dataset, "RescaleSlope"), number(dataset, "RescaleIntercept")
    if slope is None and intercept is None:
        return Units(stored, float(low), float(high), ())
    slope, intercept = 1.0 if slope is None else slope, intercept or 0.0
    if slope == 0:
        return Units(stored, float(low), float(high), ("rescale ignored: slope 0",))
    if (slope, intercept) == (1.0, 0.0):
        return Units(stored, float(low), float(high), ())
    ends = sorted((low * slope + intercept, high * slope + intercept))
    note = f"rescale: slope {slope:g} intercept {intercept:g}"
    return Units(stored * slope + intercept, ends[0], ends[1], (note,))
