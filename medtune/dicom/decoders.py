"""Which transfer syntaxes of radiographs this machine can read, and by what."""

from __future__ import annotations

import imagecodecs
from pydicom.pixels import get_decoder
from pydicom.uid import UID

# Transfer syntaxes (PS3.5 section 10, PS3.6 table A-1) and the codec of imagecodecs that reads
# each; None where pydicom reads the pixels itself. JPEG8 is libjpeg-turbo 3, which knows the
# 12-bit and the lossless processes too.
SYNTAXES: dict[str, str | None] = {
    "1.2.840.10008.1.2": None,
    "1.2.840.10008.1.2.1": None,
    "1.2.840.10008.1.2.1.99": None,
    "1.2.840.10008.1.2.2": None,
    "1.2.840.10008.1.2.5": None,
    "1.2.840.10008.1.2.4.50": "JPEG8",
    "1.2.840.10008.1.2.4.51": "JPEG8",
    "1.2.840.10008.1.2.4.57": "JPEG8",
    "1.2.840.10008.1.2.4.70": "JPEG8",
    "1.2.840.10008.1.2.4.80": "JPEGLS",
    "1.2.840.10008.1.2.4.81": "JPEGLS",
    "1.2.840.10008.1.2.4.90": "JPEG2K",
    "1.2.840.10008.1.2.4.91": "JPEG2K",
    "1.2.840.10008.1.2.4.201": "HTJ2K",
    "1.2.840.10008.1.2.4.202": "HTJ2K",
    "1.2.840.10008.1.2.4.203": "HTJ2K",
}


def available() -> list[tuple[str, str, str | None]]:
    """What reads each transfer syntax here.

    Returns:
        For each: its UID, its name in the standard, and "imagecodecs", "pydicom", or None where
        nothing on this machine reads it.
    """
    return [(uid, UID(uid).name, _reader(uid, codec)) for uid, codec in SYNTAXES.items()]


def _reader(uid: str, codec: str | None) -> str | None:
    if codec is not None and getattr(imagecodecs, codec).available:
        return "imagecodecs"
    return "pydicom" if get_decoder(UID(uid)).is_available else None
