"""What a radiograph's header says: facts that may be shown, and an identity that may not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset

from medtune.dicom.opening import open_dataset
from medtune.dicom.values import code, codes, integer, items, number, numbers, text, texts
from medtune.dicom.views import portable, view

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
class Identity:
    """Who and what the film is. Its repr shows nothing; an absent value is ''.

    Attributes:
        patient_id, issuer: the patient's number and who gave it.
        sop_instance_uid, study_uid, series_uid, accession_number: the film and its study.
        study_date: YYYYMMDD.
        sop_class: UID of the kind of object.
    """

    patient_id: str = field(repr=False)
    issuer: str = field(repr=False)
    sop_instance_uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    series_uid: str = field(repr=False)
    accession_number: str = field(repr=False)
    study_date: str = field(repr=False)
    sop_class: str = field(repr=False)


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
        has_voi_lut, has_modality_lut: whether there are such tables.
        pixel_spacing: (between rows, between columns), mm: PixelSpacing, else
            ImagerPixelSpacing over the stated magnification (PS3.3 10.7.1.3).
        exposure_index: IEC 62494-1.
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
    has_voi_lut: bool
    has_modality_lut: bool
    pixel_spacing: tuple[float, float] | None
    exposure_index: float | None
    lossy: bool
    burned_in: str | None
    conversion_type: str | None
    pixel_intensity_relationship: str | None


@dataclass(frozen=True)
class Header:
    """A header in its two parts."""

    facts: Facts
    identity: Identity


def read_header(path: Path) -> Header:
    """Read the header of one DICOM file, without its pixels.

    Args:
        path: the file, with or without preamble.

    Raises:
        UnreadableFile: unreadable, not_dicom, dicomdir or damaged_header.
    """
    return header_of(open_dataset(Path(path), pixels=False)[0])


def header_of(dataset: FileDataset) -> Header:
    """The header of a dataset that is open."""
    return Header(facts=_facts(dataset), identity=_identity(dataset))


def _identity(dataset: Dataset) -> Identity:
    def said(keyword: str) -> str:
        return text(dataset, keyword) or ""

    day = re.sub(r"\D", "", said("StudyDate"))
    return Identity(
        patient_id=said("PatientID"),
        issuer=said("IssuerOfPatientID"),
        sop_instance_uid=said("SOPInstanceUID"),
        study_uid=said("StudyInstanceUID"),
        series_uid=said("SeriesInstanceUID"),
        accession_number=said("AccessionNumber"),
        study_date=day if _day(day) else "",
        sop_class=said("SOPClassUID"),
    )


def _facts(dataset: FileDataset) -> Facts:
    manufacturer = text(dataset, "Manufacturer")
    model = text(dataset, "ManufacturerModelName")
    syntax = text(dataset.file_meta, "TransferSyntaxUID") or ""
    windows, explanations = _windows(dataset)
    laterality = code(dataset, "ImageLaterality") or code(dataset, "Laterality")
    return Facts(
        modality=_modality(dataset),
        sop_class=text(dataset, "SOPClassUID"),
        presentation=_presentation(dataset),
        body_part=code(dataset, "BodyPartExamined"),
        view=view(dataset),
        laterality=laterality if laterality in ("L", "R", "U", "B") else None,
        sex=_one_of(dataset, "PatientSex", ("F", "M", "O")),
        age=_age(dataset),
        manufacturer=manufacturer,
        model_name=model,
        scanner=" ".join(part for part in (manufacturer, model) if part) or None,
        portable=portable(dataset),
        photometric=code(dataset, "PhotometricInterpretation"),
        presentation_lut_shape=code(dataset, "PresentationLUTShape"),
        samples_per_pixel=integer(dataset, "SamplesPerPixel"),
        rows=integer(dataset, "Rows"),
        columns=integer(dataset, "Columns"),
        frames=max(integer(dataset, "NumberOfFrames") or 1, 1),
        bits_allocated=integer(dataset, "BitsAllocated"),
        bits_stored=integer(dataset, "BitsStored"),
        high_bit=integer(dataset, "HighBit"),
        signed=integer(dataset, "PixelRepresentation") == 1,
        transfer_syntax=syntax,
        image_type=codes(dataset, "ImageType"),
        windows=windows,
        window_explanations=explanations,
        has_voi_lut=bool(items(dataset, "VOILUTSequence")),
        has_modality_lut=bool(items(dataset, "ModalityLUTSequence")),
        pixel_spacing=_spacing(dataset),
        exposure_index=number(dataset, "ExposureIndex"),
        lossy=code(dataset, "LossyImageCompression") == "01" or syntax in _LOSSY_SYNTAXES,
        burned_in=_one_of(dataset, "BurnedInAnnotation", ("YES", "NO")),
        conversion_type=code(dataset, "ConversionType"),
        pixel_intensity_relationship=code(dataset, "PixelIntensityRelationship"),
    )


def _one_of(dataset: Dataset, keyword: str, allowed: tuple[str, ...]) -> str | None:
    value = code(dataset, keyword)
    return value if value in allowed else None


def _modality(dataset: Dataset) -> str | None:
    stated = code(dataset, "Modality")
    of_class = _MODALITY_OF_SOP_CLASS.get(text(dataset, "SOPClassUID") or "")
    if stated is None or (stated == "OT" and of_class == "SC"):
        return of_class or stated
    return stated


def _presentation(dataset: Dataset) -> str | None:
    intent = code(dataset, "PresentationIntentType")
    sop_class = text(dataset, "SOPClassUID")
    if intent == "FOR PRESENTATION" or (intent is None and sop_class in _FOR_PRESENTATION):
        return "for_presentation"
    if intent == "FOR PROCESSING" or (intent is None and sop_class in _FOR_PROCESSING):
        return "for_processing"
    return None


def _age(dataset: Dataset) -> float | None:
    """Years, from PatientAge (PS3.5 6.2, VR AS), else from birth to study; 90 above 89."""
    years = None
    stated = re.fullmatch(r"(\d{1,3})([DWMY])", code(dataset, "PatientAge") or "")
    if stated:
        years = int(stated[1]) * _YEARS_A_UNIT[stated[2]]
    else:
        born = _day(text(dataset, "PatientBirthDate") or "")
        taken = _day(text(dataset, "StudyDate") or "")
        if born and taken:
            years = (taken - born).days / 365.25
    if years is None or not 0 <= years <= _NOBODY_IS_OLDER:
        return None
    return years if years < OLDEST else OLDEST


def _day(stated: str) -> date | None:
    match = re.fullmatch(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})", stated)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _windows(dataset: Dataset) -> tuple[tuple[tuple[float, float], ...], tuple[str, ...]]:
    """The pairs that are numbers, each with its explanation."""
    explanations = texts(dataset, "WindowCenterWidthExplanation")
    pairs, said = [], []
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    for place, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if center is not None and width is not None:
            pairs.append((center, width))
            said.append(explanations[place] if place < len(explanations) else "")
    return tuple(pairs), tuple(said)


def _spacing(dataset: Dataset) -> tuple[float, float] | None:
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
