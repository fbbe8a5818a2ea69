"""What a radiograph's header says that may be shown: nothing of it names a patient."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from medtune.dicom.elements import Elements, tag_of
from medtune.dicom.scan import elements
from medtune.dicom.values import Tags, code, codes, integer, items, number, numbers, text, texts
from medtune.dicom.views import PORTABLE, portable, view

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_FOR_PRESENTATION = {f"1.2.840.10008.5.1.4.1.1.1.{kind}" for kind in ("1", "2", "3")}
_FOR_PROCESSING = {f"{uid}.1" for uid in _FOR_PRESENTATION}
_MODALITY_OF_SOP_CLASS = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    **dict.fromkeys(("1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1.1"), "DX"),
    **dict.fromkeys(("1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.1.2.1"), "MG"),
    _SECONDARY_CAPTURE: "SC",
}
# Transfer syntaxes that cannot be lossless: JPEG processes 1 to 13 (PS3.5 8.2.1)
_LOSSY_SYNTAXES = {f"1.2.840.10008.1.2.4.{n}" for n in range(50, 57)}
OLDEST = 90.0  # ages above 89 are one group (45 CFR 164.514(b)(2)(i)(C))
_NOBODY_IS_OLDER = 130.0
_YEARS_A_UNIT = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


@dataclass(frozen=True)
class Facts:
    """What may be shown and stored about a film: nothing in it names a patient.

    Attributes:
        modality: (0008,0060); SC where a secondary capture calls itself OT or nothing.
        sop_class: UID of the kind of object.
        presentation: for_presentation or for_processing, from PresentationIntentType, else from
            the SOP class; None for CR, which has no such notion.
        body_part, view, laterality: view is PA, AP, LATERAL ... (``views.view``).
        sex: F, M, O.
        age: years; 90 for all above 89.
        manufacturer, model_name, scanner: scanner is the first two in one word.
        portable: whether taken at the bedside, where the header says so.
        photometric, presentation_lut_shape: what great values mean.
        samples_per_pixel, rows, columns, frames: shape of the picture.
        bits_allocated, bits_stored, high_bit, signed: how a value is stored.
        transfer_syntax: UID; '' where the file does not say.
        image_type: e.g. (DERIVED, PRIMARY).
        windows: (center, width) pairs that are numbers; window_explanations has as many.
        voi_lut_function: LINEAR, LINEAR_EXACT or SIGMOID, where the file says so.
        has_voi_lut, has_modality_lut: whether there are such tables.
        has_padding: whether the file names a value that is no picture.
        pixel_spacing: (between rows, between columns), mm: PixelSpacing, else
            ImagerPixelSpacing over the stated magnification (PS3.3 10.7.1.3).
        exposure_index: IEC 62494-1.
        kvp: peak tube voltage, kV.
        detector_type: SCINTILLATOR, STORAGE, FILM ...
        grid: what stood before the detector: NONE, FIXED, FOCUSED ...
        lossy: whether the picture was ever compressed with loss, as far as the file says.
        burned_in: YES, NO.
        conversion_type: how a secondary capture came about: WSD, DF, SI ...
        pixel_intensity_relationship: LIN, LOG ...
    """

    modality: str | None
    sop_class: str | None
    presentation: str | None
    body_part: str | None
    view: str | None
    laterality: str | None
    sex: str | None
    age: float | None
    manufacturer: str | None
    model_name: str | None
    scanner: str | None
    portable: bool | None
    photometric: str | None
    presentation_lut_shape: str | None
    samples_per_pixel: int | None
    rows: int | None
    columns: int | None
    frames: int
    bits_allocated: int | None
    bits_stored: int | None
    high_bit: int | None
    signed: bool
    transfer_syntax: str
    image_type: tuple[str, ...]
    windows: tuple[tuple[float, float], ...]
    window_explanations: tuple[str, ...]
    voi_lut_function: str | None
    has_voi_lut: bool
    has_modality_lut: bool
    has_padding: bool
    pixel_spacing: tuple[float, float] | None
    exposure_index: float | None
    kvp: float | None
    detector_type: str | None
    grid: tuple[str, ...]
    lossy: bool
    burned_in: str | None
    conversion_type: str | None
    pixel_intensity_relationship: str | None


Read = Callable[[Tags], dict[str, Any]]
_REMEMBERED = 20_000


@dataclass(frozen=True)
class Group:
    """Facts that depend on some elements alone: the same bytes give the same facts.

    The films of a scanner have most of their header in common, and a dictionary is faster than
    reading it again.

    Attributes:
        tags: the elements.
        read: from a header to facts.
        known: from the bytes of the elements to facts.
    """

    tags: tuple[int, ...]
    read: Read
    known: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)

    def of(self, header: Tags) -> dict[str, Any]:
        """The facts of a header."""
        if not isinstance(header, Elements):
            return self.read(header)
        key = (header.encoding, header.explicit, *map(header.values.get, self.tags))
        return self.of_bytes(key)

    def of_bytes(self, key: tuple[Any, ...]) -> dict[str, Any]:
        """The facts of a header's bytes: encoding, explicit or not, and a value for each tag."""
        facts = self.known.get(key)
        if facts is None:
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            encoding, explicit, *values = key
            there = {
                tag: value
                for tag, value in zip(self.tags, values, strict=True)
                if value is not None
            }
            facts = self.known[key] = self.read(elements(there, explicit, encoding))
        return facts


def _group(*keywords: str) -> Callable[[Read], Group]:
    return lambda read: Group(tuple(tag_of(keyword) for keyword in keywords), read)


@_group(
    *("Modality", "SOPClassUID", "PresentationIntentType", "BodyPartExamined", "PatientSex"),
    *("ViewPosition", "ViewCodeSequence", "ImageLaterality", "Laterality", "Manufacturer"),
    *("ManufacturerModelName", "ImageType", "BurnedInAnnotation", "ConversionType"),
    *("DetectorType", "Grid", "LossyImageCompression", "KVP"),
    *(keyword for keyword in PORTABLE if keyword != "ViewPosition"),
)
def _taken(header: Tags) -> dict[str, Any]:
    """How the film was taken, and with what."""
    manufacturer = text(header, "Manufacturer")
    model = text(header, "ManufacturerModelName")
    laterality = code(header, "ImageLaterality") or code(header, "Laterality")
    return {
        "modality": _modality(header),
        "sop_class": text(header, "SOPClassUID"),
        "presentation": _presentation(header),
        "body_part": code(header, "BodyPartExamined"),
        "view": view(header),
        "laterality": laterality if laterality in ("L", "R", "U", "B") else None,
        "sex": _one_of(header, "PatientSex", ("F", "M", "O")),
        "manufacturer": manufacturer,
        "model_name": model,
        "scanner": " ".join(part for part in (manufacturer, model) if part) or None,
        "image_type": codes(header, "ImageType"),
        "burned_in": _one_of(header, "BurnedInAnnotation", ("YES", "NO")),
        "conversion_type": code(header, "ConversionType"),
        "kvp": number(header, "KVP"),
        "detector_type": code(header, "DetectorType"),
        "grid": codes(header, "Grid"),
        "lossy": code(header, "LossyImageCompression") == "01",
        "portable": portable(header),
    }


@_group(
    *("PhotometricInterpretation", "PresentationLUTShape", "SamplesPerPixel", "NumberOfFrames"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "VOILUTFunction"),
    *("PixelIntensityRelationship", "Rows", "Columns", "PixelSpacing", "ImagerPixelSpacing"),
    *("EstimatedRadiographicMagnificationFactor", "PixelPaddingValue"),
)
def _stored(header: Tags) -> dict[str, Any]:
    """How the picture is stored."""
    return {
        "photometric": code(header, "PhotometricInterpretation"),
        "presentation_lut_shape": code(header, "PresentationLUTShape"),
        "samples_per_pixel": integer(header, "SamplesPerPixel"),
        "rows": integer(header, "Rows"),
        "columns": integer(header, "Columns"),
        "frames": max(integer(header, "NumberOfFrames") or 1, 1),
        "bits_allocated": integer(header, "BitsAllocated"),
        "bits_stored": integer(header, "BitsStored"),
        "high_bit": integer(header, "HighBit"),
        "signed": integer(header, "PixelRepresentation") == 1,
        "voi_lut_function": code(header, "VOILUTFunction"),
        "has_padding": integer(header, "PixelPaddingValue") is not None,
        "pixel_spacing": _spacing(header),
        "pixel_intensity_relationship": code(header, "PixelIntensityRelationship"),
    }


@_group("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation")
def _shown(header: Tags) -> dict[str, Any]:
    """Which windows there are."""
    windows, explanations = _windows(header)
    return {"windows": windows, "window_explanations": explanations}


@_group("PatientAge", "PatientBirthDate", "StudyDate")
def _aged(header: Tags) -> dict[str, Any]:
    return {"age": _age(header)}


@_group("ExposureIndex")
def _exposed(header: Tags) -> dict[str, Any]:
    return {"exposure_index": number(header, "ExposureIndex")}


GROUPS: tuple[Group, ...] = (_taken, _stored, _shown, _aged, _exposed)
LONG = {"has_voi_lut": "VOILUTSequence", "has_modality_lut": "ModalityLUTSequence"}
"""Facts about tables; these are long, and no two films need have the same: not remembered."""


def facts_of(header: Tags, syntax: str) -> Facts:
    """The facts of a header.

    Args:
        header: as pydicom reads it, or as the scan does.
        syntax: UID of the transfer syntax.
    """
    parts = [group.of(header) for group in GROUPS]
    parts.append({name: bool(items(header, keyword)) for name, keyword in LONG.items()})
    return together(parts, syntax)


def together(parts: Sequence[dict[str, Any]], syntax: str) -> Facts:
    """The facts that stand in several parts."""
    found = object.__new__(Facts)  # every field is there: fifty checked assignments cost more
    facts = found.__dict__
    facts["transfer_syntax"] = syntax
    for part in parts:
        facts.update(part)
    if syntax in _LOSSY_SYNTAXES:
        facts["lossy"] = True
    return found


def _one_of(dataset: Tags, keyword: str, allowed: tuple[str, ...]) -> str | None:
    value = code(dataset, keyword)
    return value if value in allowed else None


def _modality(dataset: Tags) -> str | None:
    stated = code(dataset, "Modality")
    of_class = _MODALITY_OF_SOP_CLASS.get(text(dataset, "SOPClassUID") or "")
    if stated is None or (stated == "OT" and of_class == "SC"):
        return of_class or stated
    return stated


def _presentation(dataset: Tags) -> str | None:
    intent = code(dataset, "PresentationIntentType")
    sop_class = text(dataset, "SOPClassUID")
    if intent == "FOR PRESENTATION" or (intent is None and sop_class in _FOR_PRESENTATION):
        return "for_presentation"
    if intent == "FOR PROCESSING" or (intent is None and sop_class in _FOR_PROCESSING):
        return "for_processing"
    return None


def _age(dataset: Tags) -> float | None:
    """Years, from PatientAge (PS3.5 6.2, VR AS), else from birth to study; 90 above 89."""
    years = None
    stated = re.fullmatch(r"(\d{1,3})([DWMY])", code(dataset, "PatientAge") or "")
    if stated:
        years = int(stated[1]) * _YEARS_A_UNIT[stated[2]]
    else:
        born = day_of(text(dataset, "PatientBirthDate") or "")
        taken = day_of(text(dataset, "StudyDate") or "")
        if born and taken:
            years = (taken - born).days / 365.25
    if years is None or not 0 <= years <= _NOBODY_IS_OLDER:
        return None
    return years if years < OLDEST else OLDEST


def day_of(stated: str) -> date | None:
    """A day that is written YYYYMMDD, YYYY-MM-DD or YYYY.MM.DD; None where it is no day."""
    match = re.fullmatch(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})", stated)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _windows(dataset: Tags) -> tuple[tuple[tuple[float, float], ...], tuple[str, ...]]:
    """The pairs that are numbers, each with its explanation."""
    explanations = texts(dataset, "WindowCenterWidthExplanation")
    pairs, said = [], []
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    for place, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if center is not None and width is not None:
            pairs.append((center, width))
            said.append(explanations[place] if place < len(explanations) else "")
    return tuple(pairs), tuple(said)


def _spacing(dataset: Tags) -> tuple[float, float] | None:
    magnification = 1.0
    pair = numbers(dataset, "PixelSpacing")
    if not _positive(pair):
        pair = numbers(dataset, "ImagerPixelSpacing")
        magnification = number(dataset, "EstimatedRadiographicMagnificationFactor") or 1.0
    if not _positive(pair) or magnification <= 0:
        return None
    rows, columns = pair
    assert rows is not None
    assert columns is not None
    return rows / magnification, columns / magnification


def _positive(pair: tuple[float | None, ...]) -> bool:
    return len(pair) == 2 and all(value is not None and value > 0 for value in pair)
