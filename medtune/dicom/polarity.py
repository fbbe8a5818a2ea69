"""Whether great values are black: two elements of a header that are one fact."""

from __future__ import annotations

from medtune.dicom.values import Tags, code, items

_SHAPES = ("IDENTITY", "INVERSE")


def is_inverted(header: Tags, photometric: str) -> tuple[bool, str | None]:
    """Whether the picture must be inverted, once: the Presentation LUT Shape, else photometric.

    The two are one fact, not two inversions (PS3.3 C.8.11.3.1.2, C.11.6.1.2). Where they
    contradict each other the shape decides, as in DCMTK.

    Returns:
        Whether, and a note where there is something to say.
    """
    shape = code(header, "PresentationLUTShape")
    negative = photometric == "MONOCHROME1"
    if items(header, "PresentationLUTSequence"):
        note = "presentation LUT sequence ignored"
        return negative, f"{note}; inverted once: {photometric}" if negative else note
    if shape not in _SHAPES or (shape == "INVERSE") == negative:
        return negative, f"inverted once: {photometric}" if negative else None
    done = "not inverted" if negative else "inverted"
    said = f"{photometric} with presentation LUT shape {shape}: {done}, as DCMTK does"
    return not negative, f"{said}; contradiction"
