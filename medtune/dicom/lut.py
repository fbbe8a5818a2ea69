"""A lookup table of a header: Modality LUT or VOI LUT (PS3.3 C.11.1.1, C.11.2.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medtune.dicom.values import Tags, numbers, raw, text

_WORD = 0x10000


@dataclass(frozen=True)
class Lut:
    """A table.

    Attributes:
        first: input value that is mapped by the first entry.
        entries: (n,) outputs, whole numbers as float64.
        top: greatest output that the table's bits can hold.
        explanation: what the file calls it, or ''.
        notes: where the table contradicts itself.
    """

    first: int
    entries: NDArray[np.float64]
    top: float
    explanation: str
    notes: tuple[str, ...]

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Look values up; those outside the table get its first or last entry."""
        place = np.rint(values - self.first).clip(0, len(self.entries) - 1)
        looked_up: NDArray[np.float64] = self.entries[place.astype(np.int64)]
        return looked_up


def read_lut(item: Tags, *, signed_input: bool, big_endian: bool) -> Lut | None:
    """Read the table of a sequence item; None where it is ill-formed.

    The standard allows 8 and 16 bits (modality) or 8 to 16 (VOI); files have all from 1 to 16.

    Args:
        item: holds LUTDescriptor and LUTData.
        signed_input: whether the input can be negative; the descriptor's VR does not say.
        big_endian: order of bytes in table data of VR OW.
    """
    descriptor = numbers(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    length, first, bits = (0 if value is None else int(value) for value in descriptor)
    length = length % _WORD or _WORD  # 0 means 65536, and a reader may have taken it as signed
    first %= _WORD
    if signed_input and first >= _WORD // 2:
        first -= _WORD
    entries = _entries(item, length, big_endian)
    if entries is None or not 1 <= bits <= 16:
        return None
    notes: tuple[str, ...] = ()
    if entries.max() >= 1 << bits:
        notes = (f"lookup table of {bits} bits holds greater values",)
        bits = int(entries.max()).bit_length()
    return Lut(
        first=first,
        entries=entries.astype(np.float64),
        top=float((1 << bits) - 1),
        explanation=text(item, "LUTExplanation") or "",
        notes=notes,
    )


def _entries(item: Tags, length: int, big_endian: bool) -> NDArray[np.uint16] | None:
    data = raw(item, "LUTData")
    try:
        if isinstance(data, bytes):
            packed = data
        else:
            values = np.atleast_1d(np.asarray(data, dtype=np.int64)) % _WORD
            if len(values) >= length:
                return values[:length].astype(np.uint16)
            packed, big_endian = values.astype("<u2").tobytes(), False
    except (TypeError, ValueError, OverflowError):
        return None  # absent, or no numbers
    if len(packed) >= 2 * length:
        words = np.frombuffer(packed, ">u2" if big_endian else "<u2", count=length)
        return words.astype(np.uint16)
    if len(packed) in (length, length + 1):  # entries of 8 bits, filled up to an even length
        return np.frombuffer(packed, np.uint8, count=length).astype(np.uint16)
    return None
