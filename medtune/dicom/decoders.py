"""Which transfer syntaxes of radiographs this machine can read, and by what."""

from __future__ import annotations

from typing import Any

import imagecodecs
from pydicom.pixels import get_decoder
from pydicom.uid import UID

# Transfer syntaxes (PS3.5 section 10, PS3.6 table A-1) and the codec of imagecodecs that reads
# each; None where the pixels are not compressed. JPEG8 is libjpeg-turbo 3, which knows the
# 12-bit, the progressive and the lossless processes too. JPEG2K is OpenJPEG, which knows
# high-throughput JPEG 2000 (201 to 203) too: the codec HTJ2K is faster, but on a damaged stream
# it returns garbage instead of raising.
SYNTAXES: dict[str, str | None] = {
    "1.2.840.10008.1.2": None,
    "1.2.840.10008.1.2.1": None,
    "1.2.840.10008.1.2.1.99": None,
    "1.2.840.10008.1.2.2": None,
    "1.2.840.10008.1.2.5": "DICOMRLE",
    "1.2.840.10008.1.2.4.50": "JPEG8",
    "1.2.840.10008.1.2.4.51": "JPEG8",
    "1.2.840.10008.1.2.4.53": "JPEG8",
    "1.2.840.10008.1.2.4.55": "JPEG8",
    "1.2.840.10008.1.2.4.57": "JPEG8",
    "1.2.840.10008.1.2.4.70": "JPEG8",
    "1.2.840.10008.1.2.4.80": "JPEGLS",
    "1.2.840.10008.1.2.4.81": "JPEGLS",
    "1.2.840.10008.1.2.4.90": "JPEG2K",
    "1.2.840.10008.1.2.4.91": "JPEG2K",
    "1.2.840.10008.1.2.4.201": "JPEG2K",
    "1.2.840.10008.1.2.4.202": "JPEG2K",
    "1.2.840.10008.1.2.4.203": "JPEG2K",
}


def decode_stream(codec: str, stream: bytes, samples: int) -> Any:
    """Decode one frame by a codec of imagecodecs.

    Args:
        codec: JPEG8, JPEGLS or JPEG2K.
        stream: the frame as it is stored.
        samples: 1 or 3 values a pixel.

    Returns:
        An array (H, W) or (H, W, 3). JPEG components are as stored: what they mean is told by
        the photometric interpretation.

    Raises:
        RuntimeError: or another exception of the codec, where the stream is damaged.
    """
    if codec == "JPEG8" and samples > 1:
        # in and out alike: no conversion
        return imagecodecs.jpeg8_decode(stream, colorspace="ycbcr", outcolorspace="ycbcr")
    return getattr(imagecodecs, f"{codec.lower()}_decode")(stream)


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
    try:
        return "pydicom" if get_decoder(UID(uid)).is_available else None
    except NotImplementedError:
        return None
